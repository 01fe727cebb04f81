"""Clients that may have tokens from the front, and what their answers must hold."""

import base64
import hashlib
from typing import Any

import jwt

from oauth_server import issuers
from oauth_server.keys import jose, store
from tests import factories
from tests.flows import App

IMPLICIT = ("token", "id_token", "id_token token")
HYBRID = ("code id_token", "code token", "code id_token token")
HASHES = {"RS256": "sha256", "PS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}


def allow(settings: Any) -> None:
    """Both legacy settings on."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "IMPLICIT_GRANT": True, "HYBRID_FLOW": True}


def app(**fields: Any) -> App:
    """A client that may use every response type."""
    good = {
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": ["code", *IMPLICIT, *HYBRID],
    }
    return factories.app(**{**good, **fields})


def half(value: str, algorithm: str) -> str:
    """OpenID Connect Core 1.0 §3.1.3.6, computed here once more."""
    raw = hashlib.new(HASHES[algorithm], value.encode()).digest()
    return base64.urlsafe_b64encode(raw[: len(raw) // 2]).rstrip(b"=").decode()


def claims(id_token: str) -> dict[str, Any]:
    """Of an ID token whose signature is the server's."""
    issuer = issuers.first()
    return dict(jose.verify(id_token, store.published(issuer), typ="JWT", issuer=issuer.identifier).claims)


def header(id_token: str) -> dict[str, Any]:
    return jwt.get_unverified_header(id_token)
