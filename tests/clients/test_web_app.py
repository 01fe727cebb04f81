"""A web app with a key of its own in Node.js: it pushes its requests, lets a device ask as well, and hears of the sign-out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.clients import accepted
from tests.clients.conftest import TOOLS, Journey, Program
from tests.flows import App
from tests.plugins.servers import Server, free_port

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
STEPS = {"discovery", "code", "id_token", "userinfo", "refresh", "introspection"}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server(OAUTH_SERVER_MORE=json.dumps({"HYBRID_FLOW": True, "FETCH_PRIVATE_HOSTS": ["127.0.0.1"]}))


@pytest.mark.spec("RFC 9126", "2")
@pytest.mark.spec("RFC 7523", "2.2")
@pytest.mark.spec("RFC 8628", "3")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.3")
@pytest.mark.spec("OAuth 2.0 Form Post Response Mode", "2")
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.6")
def test_openid_client_accepts_every_answer_up_to_the_sign_out(
    server: Server,
    journey: Journey,
    person: Any,
    register: Callable[..., App],
    start: Callable[..., Program],
    done: Callable[..., None],
) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    app = register(
        f"{origin}/callback",
        token_endpoint_auth_method="private_key_jwt",
        grant_types=["authorization_code", "implicit", "refresh_token", DEVICE],
        response_types=["code id_token"],
        post_logout_redirect_uris=f"{origin}/bye",
        backchannel_logout_uri=f"{origin}/logout",
    )
    assert app.key
    key = json.dumps({**app.key.key.as_dict(private=True), "kid": app.key.kid, "alg": app.key.algorithm})
    command = ["node", str(TOOLS / "node/openid_client_web.mjs")]
    program = start(command, app, PRIVATE_JWK=key, PORT=str(port))
    page = journey.page

    journey.go(program.hear()["open"], app)
    page.wait_for_url(f"{origin}/callback")

    page.goto(program.hear()["device"])
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Yes, it matches").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")

    page.goto(program.hear()["logout"])
    page.wait_for_url(f"{origin}/bye?*")
    told = program.hear()

    assert told["parameters"] == ["client_id", "request_uri"]
    assert told["front"]["method"] == "POST"
    assert {"code", "id_token", "state"} <= set(told["front"]["names"])
    assert "access_token" not in told["front"]["names"]
    assert set(told["steps"]) == STEPS
    accepted.check(told["steps"], server.url, person, app, app)
    accepted.bearer_token(told["device"]["tokens"], "openid")
    assert told["device"]["claims"]["sub"] == str(person.pk)
    logout = told["logout"]["claims"]
    assert logout["events"] == {EVENT: {}}
    assert "nonce" not in logout
    assert logout["sid"] == told["steps"]["id_token"]["claims"]["sid"]
    assert told["logout"]["state"]
    other = "PAR; code id_token; form_post; device; back-channel logout (read by jose)"
    done("Node.js", told["library"], told["version"], STEPS | {"logout"}, **{"as": "private_key_jwt", "other": other})
