"""The requests of each case, and what a right answer to each looks like."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

CALLBACK = "https://rp.example/callback"
AUDIENCE = "https://api.example"
HOST = "id.example"
# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass(frozen=True)
class Paths:
    """Where the endpoints are. A peer's come from its metadata."""

    token: str = "/oauth2/token"
    introspection: str = "/oauth2/introspect"
    userinfo: str = "/userinfo"
    metadata: str = "/.well-known/openid-configuration"


DOT = Paths("/o/token/", "/o/introspect/", "/o/userinfo/", "/o/.well-known/openid-configuration")


@dataclass(frozen=True)
class Request:
    """`body` with "{}" where a value that is used once goes; `values` are those. `chained`: the answer brings the next value."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    values: list[str] = field(default_factory=list)
    chained: bool = False


def _basic(client: dict[str, str]) -> dict[str, str]:
    joined = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
    return {"Authorization": f"Basic {joined}", "Content-Type": "application/x-www-form-urlencoded"}


def client_credentials(paths: Paths, seed: dict[str, Any]) -> Request:
    return Request("POST", paths.token, _basic(seed["machine"]), "grant_type=client_credentials")


def client_credentials_jwt(paths: Paths, seed: dict[str, Any]) -> Request:
    return Request("POST", paths.token, _basic(seed["machine_jwt"]), "grant_type=client_credentials")


def introspection(paths: Paths, seed: dict[str, Any]) -> Request:
    body = urlencode({"token": seed["access_token"]})
    return Request("POST", paths.introspection, _basic(seed.get("caller", seed["web"])), body)


def refresh(paths: Paths, seed: dict[str, Any]) -> Request:
    body = "grant_type=refresh_token&refresh_token={}"
    return Request("POST", paths.token, _basic(seed["web"]), body, seed["refresh_tokens"], chained=True)


def code(paths: Paths, seed: dict[str, Any]) -> Request:
    given = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return Request("POST", paths.token, _basic(seed["web"]), urlencode(given) + "&code={}", seed["codes"])


def userinfo(paths: Paths, seed: dict[str, Any]) -> Request:
    return Request("GET", paths.userinfo, {"Authorization": f"Bearer {seed['access_token']}"})


def is_opaque(body: dict[str, Any]) -> bool:
    return bool(body["token_type"].lower() == "bearer") and body["access_token"].count(".") != 2


def is_es256(body: dict[str, Any]) -> bool:
    head, payload, _ = body["access_token"].split(".")
    return _decoded(head)["alg"] == "ES256" and bool(_decoded(payload)["aud"])


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def is_active(body: dict[str, Any]) -> bool:
    return body["active"] is True and bool(body["client_id"])


def is_full(body: dict[str, Any]) -> bool:
    """An access token, a refresh token and an ID token under RS256."""
    return (
        is_opaque(body) and bool(body["refresh_token"]) and _decoded(body["id_token"].split(".")[0])["alg"] == "RS256"
    )


def is_person(body: dict[str, Any]) -> bool:
    return bool(body["sub"] == "1")


@dataclass(frozen=True)
class Case:
    """`goal`: milliseconds of CPU to reach; `statements`: the budget at the server."""

    name: str
    title: str
    make: Callable[[Paths, dict[str, Any]], Request]
    is_right: Callable[[dict[str, Any]], bool]
    goal: float | None
    statements: int


CASES = [
    Case("client_credentials", "Client credentials, opaque token", client_credentials, is_opaque, 0.36, 1),
    Case("client_credentials_jwt", "Client credentials, JWT (ES256)", client_credentials_jwt, is_es256, 0.25, 1),
    Case("introspection", "Introspection, caller authenticated", introspection, is_active, 0.40, 1),
    Case("refresh", "Refresh: rotation, ID token (RS256)", refresh, is_full, 1.1, 4),
    Case("code", "Code exchange with ID token (RS256)", code, is_full, 1.5, 4),
    Case("userinfo", "UserInfo", userinfo, is_person, None, 2),
]
