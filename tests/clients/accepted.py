"""What each step has to have given a client, in the client's own words."""

import time
from typing import Any

from tests.clients.conftest import API, SCOPE
from tests.flows import App

Words = dict[str, Any]


def check(steps: dict[str, Words], issuer: str, person: Any, app: App, service: App) -> None:
    """Everything that a program has told."""
    first = steps["code"]["tokens"]
    bearer_token(first, SCOPE)
    assert first["refresh_token"]
    if "discovery" in steps:
        assert steps["discovery"] == {"issuer": issuer}
    if "id_token" in steps:
        id_token(steps["id_token"]["claims"], issuer, person, app)
    if "userinfo" in steps:
        about(steps["userinfo"]["claims"], person)
    if "refresh" in steps:
        refreshed(steps["refresh"], first, person)
    if "introspection" in steps:
        introspected(steps["introspection"]["claims"], issuer)
    if "revocation" in steps:
        revoked(steps["revocation"])
    if "client_credentials" in steps:
        own(steps["client_credentials"], service)
    if "jwt_access_token" in steps:
        assert steps["jwt_access_token"]["claims"]["aud"] in (API, [API])
        assert steps["jwt_access_token"]["claims"]["client_id"] == service.client_id


def bearer_token(tokens: Words, scope: str | None) -> None:
    assert tokens["access_token"]
    assert tokens["token_type"].lower() == "bearer"
    assert 3590 <= tokens["expires_in"] <= 3600
    if scope is not None:
        granted = tokens["scope"]
        assert sorted(granted.split() if isinstance(granted, str) else granted) == sorted(scope.split())


def id_token(claims: Words, issuer: str, person: Any, app: App) -> None:
    assert claims["iss"] == issuer
    assert claims["aud"] in (app.client_id, [app.client_id])
    assert claims["sub"] == str(person.pk)
    assert claims["nonce"]
    assert claims["exp"] == claims["iat"] + 3600
    assert claims["auth_time"] <= claims["iat"] <= time.time() + 1
    assert claims["amr"] == ["pwd"]


def about(claims: Words, person: Any) -> None:
    expected = {
        "sub": str(person.pk),
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.org",
        "email_verified": False,
    }
    assert {name: claims.get(name) for name in expected} == expected


def refreshed(told: Words, first: Words, person: Any) -> None:
    second = told["tokens"]
    bearer_token(second, SCOPE)
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] not in ("", first["refresh_token"])
    if "claims" in told:
        assert told["claims"]["sub"] == str(person.pk)


def introspected(claims: Words, issuer: str) -> None:
    assert claims["active"] is True
    assert claims["iss"] == issuer
    assert claims["token_type"] == "Bearer"


def revoked(told: Words) -> None:
    """The refresh token was revoked: it is refused, and the access token of its family is dead."""
    assert told["refused"] == "invalid_grant"
    assert told["active"] is False


def own(told: Words, service: App) -> None:
    bearer_token(told["tokens"], None)
    assert not told["tokens"].get("refresh_token")
    if "claims" in told:
        assert told["claims"]["sub"] == told["claims"]["client_id"] == service.client_id
