"""What the demo starts with: an operator, a person, a client of each kind, and an API with two scopes. Making it again changes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import transaction

from config.demo.api import audience
from oauth_server import issuers
from oauth_server.client_auth import secret
from oauth_server.deeds.issuer import add_sample_api
from oauth_server.keys import rotation
from oauth_server.models import Client, Issuer
from oauth_server.registration import metadata

OPERATOR = ("operator@example.com", "demo-operator-password")
PERSON = ("person@example.com", "demo-person-password")
_API_SCOPES = "orders:read orders:write"
_SAMPLE_APP = "http://127.0.0.1:4446/callback"

CLIENTS: dict[str, dict[str, Any]] = {
    "demo-web": {
        "client_name": "Demo web app",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [_SAMPLE_APP],
        "scope": f"openid profile email offline_access {_API_SCOPES}",
    },
    "demo-spa": {
        "client_name": "Demo single-page app",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["http://localhost:5173/callback", _SAMPLE_APP],
        "allowed_cors_origins": ["http://localhost:5173"],
        "scope": f"openid profile email offline_access {_API_SCOPES}",
    },
    "demo-machine": {"client_name": "Demo machine", "grant_types": ["client_credentials"], "scope": _API_SCOPES},
}


@dataclass(frozen=True, slots=True)
class Notes:
    """The ignored file beside the database: where the demo listens, and the secrets of its clients, which the database cannot tell."""

    issuer: str
    secrets: Mapping[str, str]

    @classmethod
    def path(cls) -> Path:
        return Path(django_settings.BASE_DIR) / ".demo.json"

    @classmethod
    def read(cls) -> "Notes":
        found = json.loads(cls.path().read_text()) if cls.path().exists() else {}
        return cls(found.get("issuer", ""), found.get("secrets", {}))

    def write(self) -> None:
        self.path().touch(mode=0o600)
        self.path().write_text(json.dumps({"issuer": self.issuer, "secrets": dict(self.secrets)}, indent=2))


@transaction.atomic
def provide(known: Mapping[str, str]) -> dict[str, str]:
    """Make what is missing. `known`: the secrets of an earlier run. Returns the secrets by client ID."""
    issuer = issuers.first()
    rotation.provide(issuer)
    _person(*OPERATOR, first_name="Olga", last_name="Operator", is_staff=True, is_superuser=True)
    _person(*PERSON, first_name="Petra", last_name="Person")
    _api(issuer)
    found = {client_id: _client(issuer, client_id, known.get(client_id, "")) for client_id in CLIENTS}
    return {client_id: value for client_id, value in found.items() if value}


def _person(email: str, password: str, **fields: Any) -> None:
    people = get_user_model()._default_manager
    user = people.filter(email=email).first()
    if user is None:
        user = people.create_user(email, password, **fields)
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})


def _api(issuer: Issuer) -> None:
    """The API moves with the port."""
    scope = issuer.scopes.select_related("audience").filter(name="orders:read").first()
    if scope is None:
        add_sample_api(issuer, audience())
    elif scope.audience is not None and scope.audience.identifier != audience():
        scope.audience.identifier = audience()
        scope.audience.save()


def _client(issuer: Issuer, client_id: str, known: str) -> str:
    client = Client.objects.filter(client_id=client_id).first()
    if client is None:
        return metadata.create(issuer, {"client_id": client_id, **CLIENTS[client_id]})[1] or ""
    if client.is_public or (known and secret.verify(client, known, "")):
        return known
    client.secrets.all().delete()
    return secret.issue(client)
