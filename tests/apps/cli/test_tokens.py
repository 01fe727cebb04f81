"""`introspect token`, `revoke token`, `decode`, as the operator runs them beside the database."""

from typing import Any

import pytest

from oauth_server.keys import jose, store
from oauth_server.models import AuditEvent
from oauth_server.tokens import opaque
from tests.apps.cli.conftest import Oauth
from tests.factories import AccessTokenFactory, AuthorizationCodeFactory, IssuerFactory, RefreshTokenFactory

LABELS = ["ACTIVE", "SUBJECT", "CLIENT ID", "SCOPE", "EXPIRY", "TOKEN USE"]


@pytest.mark.seed("S-13")
@pytest.mark.parametrize(
    ("factory", "use"), [(AccessTokenFactory, "access_token"), (RefreshTokenFactory, "refresh_token")]
)
def test_a_live_token_is_told_with_six_labels_in_order(oauth: Oauth, factory: Any, use: str) -> None:
    token = factory(scope="openid email")
    told = oauth("introspect", "token", token.clear)
    assert list(told.labels) == LABELS
    assert told.labels == {
        "ACTIVE": "true",
        "SUBJECT": str(token.user.pk),
        "CLIENT ID": token.application.client_id,
        "SCOPE": "openid email",
        "EXPIRY": token.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "TOKEN USE": use,
    }


@pytest.mark.seed("S-13")
@pytest.mark.parametrize(
    "value",
    ["nothing", pytest.param(opaque.make(opaque.ACCESS_TOKEN, None), id="well-formed"), "a.b.c", ""],
)
def test_an_unknown_token_is_inactive_and_no_failure(oauth: Oauth, value: str) -> None:
    told = oauth("introspect", "token", value)
    assert told.code == 0
    assert told.labels["ACTIVE"] == "false"
    assert told.labels["SUBJECT"] == "<empty>"
    assert oauth("introspect", "token", value, "--format", "json").json == {"active": False}


@pytest.mark.seed("S-13")
def test_a_missing_scope_makes_it_inactive(oauth: Oauth) -> None:
    token = AccessTokenFactory(scope="openid email").clear
    active = [
        oauth("introspect", "token", token, "--scope", scope).labels["ACTIVE"] for scope in ("openid,email", "phone")
    ]
    assert active == ["true", "false"]


def test_a_code_is_no_token(oauth: Oauth) -> None:
    assert oauth("introspect", "token", AuthorizationCodeFactory().clear).labels["ACTIVE"] == "false"


@pytest.mark.seed("S-52")
def test_another_projects_token_is_inactive_and_not_revoked(oauth: Oauth) -> None:
    token, other = AccessTokenFactory(), IssuerFactory()
    assert oauth("introspect", "token", token.clear, "--project", other.slug).labels["ACTIVE"] == "false"
    assert oauth("revoke", "token", token.clear, "--project", other.slug).code == 1
    assert oauth("introspect", "token", token.clear).labels["ACTIVE"] == "true"


@pytest.mark.seed("S-13")
def test_a_revoked_token_is_inactive(oauth: Oauth) -> None:
    token = RefreshTokenFactory()
    access = AccessTokenFactory(authorization=token.authorization)
    assert oauth("revoke", "token", token.clear).out == f"{token.clear}\n"
    for value in (token.clear, access.clear):
        assert oauth("introspect", "token", value).labels["ACTIVE"] == "false"
    assert token.clear not in str(list(AuditEvent.objects.values()))


def test_revoking_what_was_never_issued_is_told(oauth: Oauth) -> None:
    assert oauth("revoke", "token", opaque.make(opaque.ACCESS_TOKEN, None)).code == 1


def test_over_http_the_caller_has_to_be_named(oauth: Oauth) -> None:
    for command in ("introspect", "revoke"):
        assert oauth(command, "token", "x", "--endpoint", "http://127.0.0.1:1").code == 2


def signed(**claims: Any) -> str:
    issuer = IssuerFactory()
    return jose.sign({"iss": issuer.identifier, **claims}, store.active(issuer, "ES256"), typ="JWT")


def test_a_jwt_is_decoded_and_its_signature_judged(oauth: Oauth) -> None:
    token = signed(sub="ada")
    told = oauth("decode", token).json
    assert (told["header"]["alg"], told["claims"]["sub"], told["signature"]) == ("ES256", "ada", "valid")
    head, _, tail = token.rpartition(".")
    forged = f"{head}.{'A' if tail[0] != 'A' else 'B'}{tail[1:]}"
    assert oauth("decode", forged).json["signature"] == "invalid"


def test_a_jwt_of_another_server_is_decoded_too(oauth: Oauth) -> None:
    # {"alg":"none"} . {"sub":"x"}
    assert oauth("decode", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.").json["signature"] == "unknown key"


@pytest.mark.parametrize("value", ["oas_at_x", "a.b.c", "eyJhbGciOiJub25lIn0.W10.", "...", "é.é.é"])
def test_what_is_no_jwt_is_wrong_use(oauth: Oauth, value: str) -> None:
    assert oauth("decode", value).code == 2
