"""oidc-client-ts in Chromium: an app without a secret on another origin, which CORS has to let read the answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_httpserver import HTTPServer

from tests.browser.conftest import Console
from tests.clients.accepted import check
from tests.clients.conftest import HERE, SCOPE, TOOLS, Journey
from tests.flows import App
from tests.plugins.servers import Server

LIBRARY = TOOLS / "node/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"
STEPS = {"discovery", "code", "id_token", "userinfo", "refresh", "revocation"}


@pytest.fixture
def origin(httpserver: HTTPServer) -> str:
    page = (HERE / "node/spa.html").read_text()
    httpserver.expect_request("/app").respond_with_data(page, content_type="text/html")
    httpserver.expect_request("/oidc-client-ts.min.js").respond_with_data(
        LIBRARY.read_text(), content_type="text/javascript"
    )
    return httpserver.url_for("").rstrip("/")


@pytest.mark.spec("RFC 9700", "2.6")
@pytest.mark.spec("RFC 7636", "4")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
def test_a_single_page_app_signs_a_person_in_and_accepts_every_answer(
    server: Server,
    origin: str,
    journey: Journey,
    person: Any,
    console: Console,
    register: Callable[..., App],
    done: Callable[..., None],
) -> None:
    app = register(
        f"{origin}/app",
        allowed_origins=origin,
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
    )
    console.expect("status of 400")  # the revoked refresh token
    console.expect("status of 401")  # the access token of its family
    page = journey.page
    page.goto(f"{origin}/app?issuer={server.url}&client_id={app.client_id}&scope={SCOPE}")
    page.get_by_role("button", name="Sign in").click()
    journey.answer(app)
    result = page.locator("#result")
    expect(result).to_be_visible()
    told = json.loads(result.text_content() or "")

    assert "failed" not in told, told["failed"]
    assert set(told["steps"]) == STEPS
    check(told["steps"], server.url, person, app, app)
    done("Browser", told["library"], told["version"], STEPS, **{"as": "none"})


def test_a_page_of_another_origin_reads_no_answer_of_the_app(
    server: Server, origin: str, journey: Journey, console: Console, register: Callable[..., App]
) -> None:
    app = register(f"{origin}/app", allowed_origins="https://photos.example", token_endpoint_auth_method="none")
    console.expect("blocked by CORS policy|ERR_FAILED")
    page = journey.page
    page.goto(f"{origin}/app?issuer={server.url}&client_id={app.client_id}&scope=openid")
    page.get_by_role("button", name="Sign in").click()
    journey.answer(app)
    expect(page.locator("#result")).to_contain_text("Failed to fetch")
