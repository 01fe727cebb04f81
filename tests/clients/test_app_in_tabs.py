"""oidc-client-ts in two tabs of Chromium: one renews in a frame and watches the session, the other signs the person out."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from pytest_httpserver import HTTPServer

from tests.clients import accepted
from tests.clients.conftest import HERE, Journey
from tests.clients.test_single_page_app import LIBRARY
from tests.flows import App
from tests.plugins.servers import Server

SCOPE = "openid profile email"
STEPS = {"discovery", "code", "id_token", "userinfo", "logout"}


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server(OAUTH_SERVER_MORE='{"SESSION_MANAGEMENT": true}')


@pytest.fixture
def origin() -> Iterator[str]:
    """Of the server's own site: over http a browser sends no cookie into a frame of another one."""
    with HTTPServer(threaded=True) as site:
        page = (HERE / "node/session.html").read_text()
        for path in ("/tabs", "/silent"):
            site.expect_request(path).respond_with_data(page, content_type="text/html")
        library = LIBRARY.read_text()
        site.expect_request("/oidc-client-ts.min.js").respond_with_data(library, content_type="text/javascript")
        yield f"http://localhost:{site.port}"


def told(page: Page) -> dict[str, Any]:
    result = page.locator("#result")
    expect(result).to_be_visible()
    said: dict[str, Any] = json.loads(result.text_content() or "")
    assert "failed" not in said, said["failed"]
    return said


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.spec("OpenID Connect Session Management 1.0", "3")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_an_app_renews_in_a_frame_and_sees_that_another_tab_signed_out(
    server: Server,
    origin: str,
    journey: Journey,
    person: Any,
    register: Callable[..., App],
    done: Callable[..., None],
) -> None:
    app = register(
        f"{origin}/tabs",
        f"{origin}/silent",
        post_logout_redirect_uris=f"{origin}/tabs",
        allowed_origins=origin,
        token_endpoint_auth_method="none",
        grant_types=["authorization_code"],
        skip_authorization=True,  # RFC 8252 §8.6: the people of another program on this device would be asked each time
    )
    page = journey.page
    query = urlencode({"issuer": server.url, "client_id": app.client_id, "scope": SCOPE})
    page.goto(f"{origin}/tabs?{query}")
    page.get_by_role("button", name="Sign in").click()
    journey.sign_in()
    first = told(page)
    accepted.bearer_token(first["tokens"], SCOPE)
    accepted.id_token(first["claims"], server.url, person, app)
    accepted.about(first["claims"], person)
    assert first["session_state"]

    page.get_by_role("button", name="Renew").click()
    second = told(page)
    assert second["tokens"]["access_token"] != first["tokens"]["access_token"]
    assert "refresh_token" not in second["tokens"]
    assert second["claims"]["nonce"] != first["claims"]["nonce"]
    for same in ("sub", "sid", "auth_time"):
        assert second["claims"][same] == first["claims"][same]

    page.wait_for_timeout(2_500)  # the server's frame is asked twice
    expect(page.locator("#status")).to_have_text("")
    other = page.context.new_page()
    other.goto(f"{origin}/tabs")
    expect(other.locator("#status")).to_have_text("signed in")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(f"{origin}/tabs?state=*")
    assert told(other) == {"left": "we left"}
    expect(page.locator("#status")).to_have_text("signed out elsewhere")
    words = {"as": "none", "other": "silent renew in a frame; session monitoring"}
    done("Browser", first["library"], first["version"], STEPS, **words)
