"""R5: any value in any member, parameter, header and path of what programs send: an answer, and never a fault."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client as HTTP

from oauth_server.api.v1.openapi import document
from oauth_server.keys import jose
from tests import factories
from tests.apps.api.conftest import API, api_of
from tests.apps.api.test_document import LEFT_OUT, Ground
from tests.flows import CALLBACK, FORM, App, Browser
from tests.fuzz.bytes import NAMES
from tests.fuzz.values import TEXTS, any_value
from tests.plugins.figures import Figure, counted

pytestmark = [pytest.mark.django_db, pytest.mark.pg, pytest.mark.goal("R5"), pytest.mark.threat(27, 64)]

JSON = "application/json"
HEADERS = (
    "authorization cookie dpop accept accept-language origin referer traceparent if-match range user-agent x-forwarded-for "
    "x-forwarded-host x-forwarded-proto host"
).split()


@dataclass(frozen=True)
class Asked:
    """A request that is right, or nearly; `{}` in the path is where an ID stands, which `key` is."""

    method: str
    path: str
    members: dict[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    key: str = ""
    kind: str = JSON


def of_the_document(api: API, ground: Ground) -> Iterator[Asked]:
    """The management API. A change begins with what is there."""
    found = document()

    def resolved(part: Any) -> Any:
        while "$ref" in part:
            name = part["$ref"].split("/")
            part = found[name[1]][name[2]][name[3]]
        return part

    headers = {"authorization": f"Bearer {api.token}", "if-match": "*"}
    for path, acts in found["paths"].items():
        key = ground.ids.get(path.split("/")[1], "1")
        url = path.replace("{id}", "{}", 1).replace("{secret}", ground.secret).replace("{key_set}", "kept")
        there = api("GET", url.replace("{}", key)).json() if "put" in acts and "get" in acts else {}
        for method, act in acts.items():
            if act["operationId"] in LEFT_OUT:
                continue
            names = tuple(resolved(one)["name"] for one in act.get("parameters", ()) if resolved(one)["in"] == "query")
            body = act.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
            wanted = resolved(body) if body else {}
            members = {name: _sample(name, wanted, there) for name in wanted.get("properties", ())}
            yield Asked(method.upper(), f"/api/v1{url}", members, names, headers, key)


def _sample(name: str, wanted: Any, there: Any) -> Any:
    kind = wanted["properties"][name].get("type", "object")
    plain = {"string": "x", "array": [], "boolean": False, "integer": 1, "number": 1, "object": {}}
    return there.get(name, plain.get(kind if isinstance(kind, str) else kind[0]))


def of_hydra(api: API, app: App) -> Iterator[Asked]:
    headers = {"authorization": f"Bearer {api.token}"}
    client = HTTP().get(f"/hydra/admin/clients/{app.client_id}", headers=headers).json()
    more = dict.fromkeys(("jwks_uri", "sector_identifier_uri", "frontchannel_logout_uri", "backchannel_logout_uri"), "")
    key = json.loads(jose.generate("ES256")[2])
    trust = {"issuer": "https://t.example", "subject": "a", "allow_any_subject": False, "scope": ["openid"], "jwk": key}
    accepted = dict.fromkeys(("subject", "acr", "error", "user_code"), "x") | {"remember_for": 1, "grant_scope": []}
    page = ("page_size", "page_token")
    yield Asked("PUT", "/hydra/admin/clients/{}", {**client, **more}, (), headers, app.client_id)
    yield Asked("POST", "/hydra/admin/clients", {**client, **more, "client_id": "another"}, page, headers)
    yield Asked("GET", "/hydra/admin/clients", {}, ("client_name", "owner", *page), headers)
    yield Asked("PUT", "/hydra/admin/clients/{}/lifespans", _lifespans(client), (), headers, app.client_id)
    yield Asked("PUT", "/hydra/admin/keys/mine/{}", {**key, "kid": "mine"}, (), headers, "mine")
    yield Asked("POST", "/hydra/admin/keys/{}", {"alg": "ES256", "kid": "", "use": "sig"}, (), headers, "mine")
    trusted = "/hydra/admin/trust/grants/jwt-bearer/issuers"
    yield Asked("POST", trusted, {**trust, "expires_at": "2099-01-01T00:00:00Z"}, (), headers)
    yield Asked("GET", trusted, {}, ("issuer", *page), headers)
    yield Asked("DELETE", f"{trusted}/{{}}", {}, (), headers, "1")
    for name in ("login", "consent", "logout", "device"):
        path = f"/hydra/admin/oauth2/auth/requests/{name}/accept"
        yield Asked("PUT", path, accepted, (f"{name}_challenge",), headers)
    sessions = "/hydra/admin/oauth2/auth/sessions/"
    yield Asked("GET", f"{sessions}consent", {}, ("subject", "login_session_id", *page), headers)
    yield Asked("DELETE", f"{sessions}consent", {}, ("subject", "client", "all", "consent_request_id"), headers)
    yield Asked("DELETE", f"{sessions}login", {}, ("subject", "sid"), headers)
    yield Asked("DELETE", "/hydra/admin/oauth2/tokens", {}, ("client_id",), headers)


def _lifespans(client: Any) -> dict[str, Any]:
    return {name: value for name, value in client.items() if name.endswith("_lifespan")}


def of_strangers(api: API, app: App) -> Iterator[Asked]:
    """Registration, and the endpoints that take forms."""
    headers = {"authorization": f"Bearer {api.token}"}
    known = HTTP().get(f"/hydra/admin/clients/{app.client_id}", headers=headers).json()
    names = "jwks_uri sector_identifier_uri initiate_login_uri frontchannel_logout_uri backchannel_logout_uri software_id client_name#de"
    members = {**dict.fromkeys(known), **dict.fromkeys(names.split()), "redirect_uris": [CALLBACK]}
    made = HTTP().post("/oauth2/register", json.dumps({"redirect_uris": [CALLBACK]}), content_type=JSON).json()
    own = {"authorization": f"Bearer {made['registration_access_token']}"}
    given = {name: value for name, value in members.items() if value is not None} | {"client_id": made["client_id"]}
    yield Asked("POST", "/oauth2/register", members)
    yield Asked("PUT", "/oauth2/register/{}", dict.fromkeys(names.split()) | given, (), own, made["client_id"])
    code = {"client_id": app.client_id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    everything = dict.fromkeys(NAMES) | code | {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
    basic = dict(app.credentials()[0])
    for path in ("token", "par", "introspect", "revoke", "device/auth"):
        for grant in GRANTS if path == "token" else ("",):
            yield Asked("POST", f"/oauth2/{path}", {**everything, "grant_type": grant}, (), basic, kind=FORM)
    for path in ("/oauth2/auth", "/oauth2/sessions/logout", "/userinfo"):
        yield Asked("POST", path, everything, kind=FORM)
        yield Asked("GET", path, {}, tuple(NAMES))


GRANTS = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "password",
)


def changed(chance: random.Random, asked: Asked) -> tuple[str, dict[str, Any], bytes]:
    """The address, the headers and the body, wrong in one place or two."""
    members = {name: value for name, value in asked.members.items() if value is not None}
    query: dict[str, bytes] = {}
    key, headers = asked.key, dict(asked.headers)
    for _ in range(chance.choice((1, 1, 2))):
        places = ["header"] + ["member"] * 6 * bool(asked.members) + ["query"] * 6 * bool(asked.parameters)
        match chance.choice(places + ["key"] * 2 * bool(key)):
            case "member":
                name = chance.choice(list(asked.members))
                members[name] = any_value(chance) if asked.kind == JSON else chance.choice(TEXTS)
            case "query":
                query[chance.choice(asked.parameters)] = _bytes(chance.choice(TEXTS))
            case "key":
                key = chance.choice(TEXTS)
            case _:
                before = chance.choice(("", "Bearer ", "Basic ", "a="))
                headers[chance.choice(HEADERS)] = (before.encode() + _bytes(chance.choice(TEXTS))).decode("latin-1")
    path = asked.path.replace("{}", quote(key, safe="", errors="surrogateescape"))
    form = {name: _bytes(value) if isinstance(value, str) else value for name, value in members.items()}
    body = json.dumps(members) if asked.kind == JSON else urlencode(form)
    return f"{path}?{urlencode(query)}", headers, body.encode() if members else b""


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


@pytest.fixture
def asks(app: App, signed_in: Browser, person: Any, settings: Any) -> list[Asked]:
    limits = dict.fromkeys(("REGISTRATIONS", "API_REQUESTS", "API_FAILURES", "CLIENT_SECRET_FAILURES"), 10**9)
    opened = {"HYDRA_API": True, "DYNAMIC_REGISTRATION": "open"}
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **limits, **opened}
    api = api_of(app.row.issuer)
    factories.RefreshTokenFactory()
    ground = Ground(api, app, signed_in, person)
    return [*of_the_document(api, ground), *of_hydra(api, app), *of_strangers(api, app)]


def tried(asks: list[Asked], seed: int, count: int) -> int:
    """How many of them did what was asked. Whatever one did is undone."""
    http: Any = HTTP()
    chance, done = random.Random(seed), 0
    for number in range(count):
        asked = asks[number % len(asks)]
        url, headers, body = changed(chance, asked)
        told = (seed, number, asked.method, url, headers, body[:2_000])
        try:
            with transaction.atomic():
                answer = http.generic(asked.method, url, body, content_type=asked.kind, headers=headers)
                if answer.streaming:
                    list(answer.streaming_content)
                transaction.set_rollback(True)
        except Exception as error:
            raise AssertionError(told) from error
        assert answer.status_code < 500, told
        done += answer.status_code < 300
    return done


def test_any_value_in_some_requests_of_programs(asks: list[Asked]) -> None:
    assert len(asks) > 90
    assert tried(asks, random.randrange(2**32), 400) > 40


@pytest.mark.long
def test_any_value_in_every_request_of_programs(asks: list[Asked], figure: Figure) -> None:
    count, began = counted(40_000), time.monotonic()
    done = tried(asks, random.randrange(2**32), count)
    figure(
        "R5",
        f"{count:,} values in {len(asks)} requests of programs: no fault ({done:,} done)",
        time.monotonic() - began,
    )
