"""RFC 8725 §3.11, §3.12: every kind of token at every place that takes one: only where it belongs is it taken.

The worst case throughout: one client holds all of them, and one key signs whatever is not signed by this server.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as HTTP

from oauth_server import clock, issuers
from oauth_server.keys import jose
from oauth_server.keys.jose import PrivateKey
from oauth_server.models import Client, TrustedIssuer
from oauth_server.registration import initial_access_token, register
from oauth_server.tokens import logout_token
from tests import factories, jwts
from tests.flows import CALLBACK, App, Browser, leads_away, pairs, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 8725", "3.12"), pytest.mark.threat(47)]

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
API = "https://api.example"
PARTNER = "https://partner.example"
BYE = "https://rp.example/bye"
_, PUBLIC, PRIVATE = jose.generate("ES256")
KEY: PrivateKey = jose.load(PRIVATE)


@dataclass
class World:
    """A client with everything, and the browser of a person who is signed in."""

    app: App
    browser: Browser
    _tokens: dict[str, Any] = field(default_factory=dict)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return self.app.tokens(self.browser, scope="openid offline_access", **changes)

    def signed(self, typ: str = "", **claims: Any) -> str:
        now = int(clock.now().timestamp())
        common = {"aud": issuers.first().identifier, "iat": now, "nbf": now, "exp": now + 60}
        header = {"alg": "ES256", "kid": KEY.kid, **({"typ": typ} if typ else {})}
        return jwts.compact(header, {**common, "jti": secrets.token_urlsafe(), **claims}, KEY)


@pytest.fixture
def world(signed_in: Browser, settings: Any) -> World:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DYNAMIC_REGISTRATION": "token", "REGISTRATIONS": 1_000}
    api = factories.AudienceFactory(identifier=API, token_format="jwt")
    scope = factories.ScopeFactory(name="orders", audience=api)
    trusted = TrustedIssuer.objects.create(
        issuer=issuers.first(),
        identifier=PARTNER,
        jwks={"keys": [PUBLIC]},
        any_subject=True,
        signs_software_statements=True,
    )
    trusted.scopes.set([scope])
    trusted.audiences.set([api])
    app = factories.app(
        token_endpoint_auth_method="private_key_jwt",
        client_jwks={"keys": [PUBLIC]},
        grant_types=["authorization_code", "refresh_token", "client_credentials", JWT_BEARER, DEVICE_CODE],
        audiences=[api],
        userinfo_signed_response_alg="RS256",
        post_logout_redirect_uris=BYE,
        request_uris=["https://rp.example/request"],
    )
    app.key = KEY
    return World(app, signed_in)


def _userinfo(w: World) -> str:
    answer = w.app.userinfo(w.tokens()["access_token"])
    assert answer["Content-Type"] == "application/jwt"
    found: str = answer.content.decode()
    return found


def _logout_token(w: World) -> str:
    return logout_token.make(issuers.first(), w.app.row, sub="ada", sid="sid", now=clock.now())


def _request_object(w: World) -> str:
    wanted = {name: value for name, value in w.app.request().items() if value is not None}
    return w.signed("oauth-authz-req+jwt", iss=w.app.client_id, **wanted)


def _pushed(w: World) -> str:
    answer = w.app.post("/oauth2/par", **w.app.request())
    assert answer.status_code == 201, answer.content
    found: str = answer.json()["request_uri"]
    return found


def _device_code(w: World) -> str:
    answer = w.app.post("/oauth2/device/auth", scope="openid")
    assert answer.status_code == 200, answer.content
    found: str = answer.json()["device_code"]
    return found


# Each kind, fresh and good
KINDS: dict[str, Callable[[World], str]] = {
    "ID token": lambda w: w.tokens()["id_token"],
    "logout token": _logout_token,
    "JWT access token": lambda w: w.app.client_credentials(audience=API, scope="orders").json()["access_token"],
    "access token": lambda w: w.tokens()["access_token"],
    "signed UserInfo": _userinfo,
    "client assertion": lambda w: w.app.assertion()["client_assertion"],
    "request object": _request_object,
    "jwt-bearer assertion": lambda w: w.signed(iss=PARTNER, sub="robot-1"),
    "software statement": lambda w: w.signed(iss=PARTNER, software_id="x", redirect_uris=[CALLBACK]),
    "initial access token": lambda w: initial_access_token.make(issuers.first(), most=0)[1],
    "registration access token": lambda w: register.give_token(w.app.row),
    "refresh token": lambda w: w.tokens()["refresh_token"],
    "authorization code": lambda w: w.app.code(w.browser),
    "device code": _device_code,
    "pushed request": _pushed,
}


def _introspect(w: World, value: str) -> bool:
    return bool(w.app.introspect(value).json()["active"])


def _client_assertion(w: World, value: str) -> bool:
    values = {**w.app.assertion(), "client_assertion": value, "token": "x"}
    answer = HTTP().post("/oauth2/revoke", urlencode(values), content_type="application/x-www-form-urlencoded")
    return bool(answer.status_code == 200)


def _authorize(w: World, **values: Any) -> bool:
    answer = w.browser.open(f"/oauth2/auth?{urlencode(pairs({'client_id': w.app.client_id, **values}))}")
    return leads_away(answer) and "code" in parameters(answer)


def _hint(w: World, value: str) -> bool:
    answer = w.app.authorize(w.browser, prompt="none", id_token_hint=value)
    return leads_away(answer) and "code" in parameters(answer)


def _logout_hint(w: World, value: str) -> bool:
    """In a browser in which nobody is signed in: nobody would be asked."""
    query = urlencode({"id_token_hint": value, "post_logout_redirect_uri": BYE})
    answer = Browser().open(f"/oauth2/sessions/logout?{query}")
    return leads_away(answer)


def _granted(w: World, **values: Any) -> bool:
    return bool(w.app.token(**values).status_code == 200)


def _device(w: World, value: str) -> bool:
    answer = w.app.token(grant_type=DEVICE_CODE, device_code=value)
    return bool(answer.json().get("error") == "authorization_pending")


def _post(members: dict[str, Any], token: str) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    return HTTP().post("/oauth2/register", json.dumps(members), content_type="application/json", headers=headers)


def _register(w: World, value: str) -> bool:
    return bool(_post({"redirect_uris": [CALLBACK]}, value).status_code == 201)


def _configure(w: World, value: str) -> bool:
    path = f"/oauth2/register/{w.app.client_id}"
    return bool(HTTP().get(path, headers={"authorization": f"Bearer {value}"}).status_code == 200)


def _statement(w: World, value: str) -> bool:
    _, token = initial_access_token.make(issuers.first(), most=0)
    return bool(_post({"redirect_uris": [CALLBACK], "software_statement": value}, token).status_code == 201)


# Each place, and the kinds that belong there
PLACES: dict[str, tuple[Callable[[World, str], bool], set[str]]] = {
    "UserInfo": (lambda w, v: bool(w.app.userinfo(v).status_code == 200), {"access token"}),
    "introspection": (_introspect, {"access token", "JWT access token", "refresh token"}),
    "client_assertion": (_client_assertion, {"client assertion"}),
    "request": (lambda w, v: _authorize(w, request=v), {"request object"}),
    "request_uri": (lambda w, v: _authorize(w, request_uri=v), {"pushed request"}),
    "id_token_hint": (_hint, {"ID token"}),
    "id_token_hint of a sign-out": (_logout_hint, {"ID token"}),
    "assertion": (
        lambda w, v: _granted(w, grant_type=JWT_BEARER, assertion=v, scope="orders"),
        {"jwt-bearer assertion"},
    ),
    "code": (
        lambda w, v: _granted(
            w, grant_type="authorization_code", code=v, redirect_uri=CALLBACK, code_verifier=w.app.verifier
        ),
        {"authorization code"},
    ),
    "refresh_token": (lambda w, v: _granted(w, grant_type="refresh_token", refresh_token=v), {"refresh token"}),
    "device_code": (_device, {"device code"}),
    "registration": (_register, {"initial access token"}),
    "client configuration": (_configure, {"registration access token"}),
    "software_statement": (_statement, {"software statement"}),
}


@pytest.mark.seed("S-59")
@pytest.mark.parametrize("place", PLACES)
def test_what_is_presented_at_a_place_is_taken_only_where_it_belongs(world: World, place: str):
    present, belong = PLACES[place]
    taken = {kind for kind, make in KINDS.items() if present(world, make(world))}
    assert taken == belong
    assert Client.objects.filter(pk=world.app.row.pk).exists()


BEARERS = ("UserInfo", "registration", "client configuration")


@pytest.mark.threat(43)
@pytest.mark.parametrize("place", [*BEARERS, "request", "id_token_hint", "assertion", "software_statement"])
def test_a_token_whose_signature_is_taken_off_is_refused_everywhere(world: World, place: str):
    present, _ = PLACES[place]
    for kind, make in KINDS.items():
        value = make(world)
        if value.count(".") != 2:
            continue
        header, claims = jwts.parts(value)
        for algorithm in ("none", "None", "HS256"):
            bare = f"{jwts.part({**header, 'alg': algorithm})}.{jwts.part(claims)}."
            assert not present(world, bare), (kind, algorithm)
