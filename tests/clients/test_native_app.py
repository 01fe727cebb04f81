"""Nimbus' OAuth 2.0 SDK: an app in Java that nobody has registered; it does that by itself, and signs its requests."""

from collections.abc import Callable
from typing import Any

import pytest

from oauth_server.models import Client
from tests.clients.accepted import check
from tests.clients.conftest import SCOPE, TOOLS, Journey, Program
from tests.flows import App
from tests.plugins.servers import Server

STEPS = {"discovery", "code", "id_token", "userinfo", "refresh"}


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server(OAUTH_SERVER_MORE='{"DYNAMIC_REGISTRATION": "open"}')


@pytest.mark.spec("RFC 7591", "3")
@pytest.mark.spec("RFC 7592", "2")
@pytest.mark.spec("RFC 9101", "5")
@pytest.mark.spec("RFC 7523", "2.2")
@pytest.mark.spec("OpenID Connect Discovery 1.0", "4")
def test_nimbus_registers_itself_signs_its_request_and_accepts_every_answer(
    server: Server, journey: Journey, person: Any, start: Callable[..., Program], done: Callable[..., None]
) -> None:
    program = start(["java", "-cp", f"{TOOLS}/java:{TOOLS}/java/lib/*", "Client"])
    heard = program.hear()
    app = App(Client.objects.get(client_id=heard["client_id"]))
    journey.go(heard["open"], app)
    journey.page.wait_for_url("http://127.0.0.1:*/callback?*")
    told = program.hear()

    assert set(told["parameters"]) == {"client_id", "request"}
    assert set(told["steps"]) == STEPS
    check(told["steps"], server.url, person, app, app)
    expected = {
        "token_endpoint_auth_method": "private_key_jwt",
        "request_object_signing_alg": "ES256",
        "application_type": "native",
    }
    assert {name: told["registered"][name] for name in expected} == expected
    assert set(told["registered"]["scope"].split()) == set(SCOPE.split())
    assert told["removed"] == 204
    assert not Client.objects.exists()
    words = {"as": "private_key_jwt", "other": "DCR (RFC 7591, 7592); JAR"}
    done("Java", told["library"], told["version"], STEPS, **words)
