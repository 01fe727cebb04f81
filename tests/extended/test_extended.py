"""A project adds a grant, a client authentication method, a response mode, a token format, hooks: no view is touched."""

import base64
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client as HTTP

from oauth_server import apps as our_apps
from oauth_server import registry
from oauth_server.client_auth.registry import METHODS
from oauth_server.endpoints import metadata
from oauth_server.grants.registry import GRANTS
from oauth_server.models import Audience, Authorization
from oauth_server.models.audience import ADDED_FORMATS
from oauth_server.registration import metadata as registration
from oauth_server.response_modes.registry import RESPONSE_MODES
from oauth_server.tokens import lookup, revoke
from oauth_server.tokens.formats import FORMATS
from tests import factories
from tests.extended import hooks
from tests.flows import FORM, App, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.bar("D10")]

API = "https://shop.example"
ADDED = {
    "GRANT_TYPES": ["tests.extended.barter.Barter"],
    "CLIENT_AUTH_METHODS": ["tests.extended.handshake.Handshake"],
    "RESPONSE_MODES": ["tests.extended.packed.Packed"],
    "TOKEN_FORMATS": ["tests.extended.short.Short"],
    "CLAIMS_HOOK": "tests.extended.hooks.claims",
    "PEOPLE_POLICY": "tests.extended.hooks.who_may",
}


@pytest.fixture(autouse=True)
def _extended(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for one in (GRANTS, METHODS, RESPONSE_MODES, FORMATS):
        monkeypatch.setattr(one, "_entries", dict(one._entries))
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **ADDED}
    our_apps._extend()
    yield
    ADDED_FORMATS.clear()
    registry.forget()


@pytest.fixture
def shop() -> Audience:
    """An API whose tokens have the project's format, and its scopes."""
    api: Audience = factories.AudienceFactory(identifier=API, token_format="short")
    for name in ("orders:read", "orders:write"):
        factories.ScopeFactory(name=name, audience=api)
    api.full_clean()
    return api


def post(**form: str) -> tuple[int, dict[str, Any]]:
    answer = HTTP().post("/oauth2/token", urlencode(form), content_type=FORM)
    return answer.status_code, answer.json()


def test_a_grant_and_a_client_authentication_and_a_token_format(shop: Audience) -> None:
    client, secret = registration.create(
        shop.issuer,
        {
            "client_name": "Stall",
            "grant_types": ["urn:example:barter"],
            "response_types": [],
            "token_endpoint_auth_method": "handshake",
            "scope": "orders:read orders:write",
        },
    )
    assert not secret
    told = metadata.document(shop.issuer)
    assert "urn:example:barter" in told["grant_types_supported"]
    assert "handshake" in told["token_endpoint_auth_methods_supported"]
    asked = {"grant_type": "urn:example:barter", "client_id": client.client_id, "offer": "gold", "scope": "orders:read"}
    assert post(**asked, handshake="x")[1]["error"] == "invalid_client"
    asked["handshake"] = hmac.digest(b"what both sides know", client.client_id.encode(), "sha256").hex()
    assert post(**{**asked, "offer": "tin"})[1]["error"] == "invalid_grant"
    status, answer = post(**asked)
    assert (status, answer["scope"]) == (200, "orders:read")
    assert answer["access_token"].startswith("shop_")
    found = lookup.access_token(answer["access_token"])
    assert found
    assert (found.active, found.audiences, found.client) == (True, [API], client)
    assert lookup.access_token("shop_" + "x" * 32) is None
    assert lookup.access_token("shop_x") is None
    hooks.ended.clear()
    revoke.family(found.authorization.pk, "the test is over")
    again = lookup.access_token(answer["access_token"])
    assert again
    assert not again.active


def test_a_response_mode_and_the_hooks(
    app: App, signed_in: Browser, shop: Audience, settings: Any, person: Any
) -> None:
    app.row.scopes.add(*shop.issuer.scopes.all())
    assert "packed" in metadata.document(shop.issuer)["response_modes_supported"]
    registration.update(app.row, {"response_modes": ["packed"]}, incomplete=True)
    answer = app.authorize(signed_in, response_mode="packed", scope="openid profile")
    packed = parse_qs(urlsplit(answer["Location"]).query)["answer"][0]
    assert json.loads(base64.urlsafe_b64decode(packed))["code"].startswith("oas_ac_")
    registration.update(app.row, {"response_modes": []}, incomplete=True)
    tokens = app.tokens(signed_in, scope="openid profile")
    assert app.userinfo(tokens["access_token"]).json()["favourite"] == "bread"
    # of what is asked a policy leaves a part, or nothing
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "TOKEN_POLICY": "tests.extended.hooks.token_policy"}
    both: dict[str, Any] = {"scope": "orders:read orders:write"}
    assert app.client_credentials(**both).json()["scope"] == "orders:read"
    refused = app.client_credentials(scope="orders:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "access_denied")
    assert app.tokens(signed_in, **both)["scope"] == "orders:read"
    app.row.name = "Rival"
    app.row.save()
    assert app.client_credentials(scope="orders:read").json()["error"] == "access_denied"
    person.email = "ada@rival.example"
    person.save()
    assert not app.is_active(tokens["access_token"])


def test_a_signal_tells_what_ended(
    app: App, signed_in: Browser, person: Any, django_capture_on_commit_callbacks: Any
) -> None:
    app.tokens(signed_in)
    families = set(Authorization.objects.values_list("pk", flat=True))
    hooks.ended.clear()
    with django_capture_on_commit_callbacks(execute=True):
        revoke.person(person.pk)
    assert families == set(hooks.ended) != set()
