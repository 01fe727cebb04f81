"""APIs in frameworks that are not Django take our tokens by the verifier of the wheel: exact challenges, and their metadata."""

import contextlib
import hashlib
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from oauth_server.keys import jose, jwk, store
from tests import factories, jwts
from tests.clients.conftest import API, HERE, TOOLS, Program
from tests.plugins.servers import ROOT, Server, free_port
from tests.unit.oauth_server.proof import test_dpop as proofs

ORDERS = "orders:read"


def listens(port: int) -> str:
    end = time.monotonic() + 120  # a shared machine can be slow
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return f"http://127.0.0.1:{port}"
        time.sleep(0.1)
    raise AssertionError("it does not listen")


@pytest.mark.bar("D3.3")
@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.spec("RFC 9449", "7.1")
@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_an_api_takes_our_tokens_and_its_challenges_name_the_rule(
    framework: str, server: Server, start: Callable[..., Program]
) -> None:
    api = factories.AudienceFactory(identifier=API, token_format="jwt")
    scopes = [factories.ScopeFactory(name=name, audience=api) for name in (ORDERS, "orders:write")]
    robot = factories.app(grant_types=["client_credentials"], redirect_uris="", audiences=[api], scopes=scopes)
    port = free_port()
    command = [str(TOOLS / "python/bin/python"), str(HERE / "python" / f"api_{framework}.py")]
    start(command, PYTHONPATH=str(ROOT), PORT=str(port)).hear()
    url = listens(port)

    def call(authorization: str | None = None, **headers: str) -> tuple[int, str, dict[str, Any]]:
        sent = headers if authorization is None else {**headers, "Authorization": authorization}
        answer = requests.get(f"{url}/orders", headers=sent, timeout=30)
        return answer.status_code, answer.headers.get("WWW-Authenticate", ""), answer.json()

    def token(scope: str) -> str:
        form = {"grant_type": "client_credentials", "scope": scope, "audience": API}
        answer = requests.post(f"{server.url}/oauth2/token", form, auth=(robot.client_id, robot.secret), timeout=30)
        return str(answer.json()["access_token"])

    head = f'Bearer realm="{API}"'
    tail = 'resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1"'
    assert call()[:2] == (401, f"{head}, {tail}")
    good = token(ORDERS)
    assert call(f"Bearer {good}") == (200, "", {"for": robot.client_id})
    assert call(f"Bearer {token('orders:write')}")[:2] == (
        403,
        f'{head}, error="insufficient_scope", error_description="The access token does not have the scope for this.", '
        f'scope="orders:read", {tail}',
    )
    status, told, _ = call("Bearer x")
    assert (status, told.startswith(f'{head}, error="invalid_token", error_description="')) == (401, True)
    header, claims = jwts.parts(good)
    key = store.active(api.issuer, "ES256")
    bound = jose.sign({**claims, "cnf": {"jkt": jwk.thumbprint(proofs.BARE)}}, key, typ=header["typ"])
    assert 'error_description="cnf: ' in call(f"Bearer {bound}")[1]
    proof = proofs.made(htu=f"{url}/orders", ath=jwts.b64(hashlib.sha256(bound.encode()).digest()))
    assert call(f"DPoP {bound}", DPoP=proof)[0] == 200
    status, told, _ = call(f"DPoP {bound}", DPoP=proof)
    assert (status, told.startswith(f'DPoP realm="{API}", error="invalid_dpop_proof"')) == (401, True)
    document = requests.get(f"{url}/.well-known/oauth-protected-resource/v1", timeout=30).json()
    assert (document["resource"], document["authorization_servers"]) == (API, [server.url])
