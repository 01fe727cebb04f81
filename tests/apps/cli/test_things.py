"""`scope`, `audience`, `jwk`."""

from pathlib import Path

import pytest

from oauth_server import issuers
from oauth_server.models import Audience, AuditEvent, Scope, SigningKey
from oauth_server.registration import initial_access_token
from tests.apps.cli.conftest import Oauth
from tests.factories import ClientFactory

API = "https://orders.example"


@pytest.mark.parametrize(("flags", "apis"), [([], ["https://orders.example.com"]), (["--no-sample-api"], [])])
def test_a_project_comes_with_a_sample_api_or_without(oauth: Oauth, flags: list[str], apis: list[str]) -> None:
    project = oauth("create", "project", "--name", "Staff", *flags, "-q").out.strip()
    assert oauth("list", "audiences", "--project", project, "-q").out.split() == apis


@pytest.mark.bar("D1.2")
def test_a_scope_is_created_shown_changed_and_deleted(oauth: Oauth) -> None:
    oauth("create", "audience", API, "--name", "Orders")
    flags = ["--title", "See your orders", "--audience", API, "--claim", "a,b", "--sensitive"]
    made = oauth("create", "scope", "orders:read", *flags, "--format", "json").json
    assert made["audience"] == API
    assert made["claims"] == ["a", "b"]
    assert made["sensitive"]
    oauth("update", "scope", "orders:read", "--audience", "", "--required")
    shown = oauth("get", "scope", "orders:read").labels
    assert (shown["AUDIENCE"], shown["REQUIRED"], shown["TITLE"]) == ("", "yes", "See your orders")
    assert "orders:read" in oauth("list", "scopes", "-q").out.split()
    assert oauth("delete", "scope", "orders:read").out == "orders:read\n"
    assert oauth("get", "scope", "orders:read").code == 1
    assert AuditEvent.objects.filter(event="scope:changed", object="orders:read").count() == 3


@pytest.mark.parametrize("name", ["with space", "a,b", 'a"b', "a\\b", "é", "openid"])
def test_a_scope_that_cannot_be_one_or_is_there_is_refused(oauth: Oauth, name: str) -> None:
    before = Scope.objects.count()
    assert oauth("create", "scope", name).code == (1 if name == "openid" else 2)
    assert Scope.objects.count() == before


def test_an_audience_is_created_shown_changed_and_deleted(oauth: Oauth) -> None:
    client = ClientFactory()
    made = oauth(
        "create", "audience", API, "--lifetime", "300", "--introspector", client.client_id, "--format", "json"
    ).json
    assert (made["access_token_lifetime"], made["introspectors"]) == (300, [client.client_id])
    assert not issuers.first().keys.filter(algorithm="EdDSA").exists()
    oauth("update", "audience", API, "--token-format", "jwt", "--algorithm", "EdDSA")
    assert issuers.first().keys.filter(algorithm="EdDSA", state="active").exists()
    assert oauth("get", "audience", API).labels["TOKEN FORMAT"] == "jwt"
    assert oauth("list", "audiences", "-q").out.split() == [API]
    assert oauth("delete", "audience", API).code == 0
    assert not Audience.objects.exists()


def test_an_audience_with_scopes_is_not_deleted(oauth: Oauth) -> None:
    oauth("create", "audience", API)
    oauth("create", "scope", "orders:read", "--audience", API)
    ran = oauth("delete", "audience", API)
    assert ran.code == 1
    assert "orders:read" in ran.err
    assert Audience.objects.exists()
    assert not AuditEvent.objects.filter(event="audience:changed", reason="deleted").exists()


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "2.1")
def test_a_type_of_authorization_details_is_created_given_to_a_client_changed_and_deleted(
    oauth: Oauth, tmp_path: Path
) -> None:
    oauth("create", "audience", API)
    noun, schema = "authorization-detail-type", '{"type": "object", "properties": {"amount": {"type": "string"}}}'
    flags = [
        "--title",
        "Pay",
        "--audience",
        API,
        "--schema",
        schema,
        "--words",
        '{"en": {"amount": "Sum"}}',
        "--sensitive",
    ]
    made = oauth("create", noun, "payment", *flags, "--format", "json").json
    assert (made["audience"], made["sensitive"], made["remember"]) == (API, True, False)
    assert made["schema"]["properties"] == {"amount": {"type": "string"}}
    client = ClientFactory()
    assert oauth("update", "oauth2-client", client.client_id, "--authorization-details-type", "payment").code == 0
    client.refresh_from_db()
    assert client.authorization_details_types == ["payment"]
    assert oauth("update", "oauth2-client", client.client_id, "--authorization-details-type", "none").code == 2
    assert oauth("update", noun, "payment", "--optional", "--remember").code == 0
    shown = oauth("get", noun, "payment").labels
    assert (shown["TITLE"], shown["AUDIENCE"], shown["OPTIONAL"]) == ("Pay", API, "yes")
    assert oauth("list", f"{noun}s", "-q").out == "payment\n"
    assert "payment" in oauth("delete", "audience", API).err
    # as code: the same file is the same state, and makes what is gone
    file = tmp_path / "project.yaml"
    file.write_text(oauth("export").out)
    assert "authorization_detail_types:\n- type: payment\n" in file.read_text()
    assert oauth("apply", "-f", str(file), "--dry-run").code == 0
    oauth("delete", noun, "payment")
    client.refresh_from_db()
    assert client.authorization_details_types == []
    assert oauth("apply", "-f", str(file)).out.startswith("+ authorization detail type payment\n")
    assert oauth("apply", "-f", str(file), "--dry-run").code == 0
    for wrong in (
        ["--schema", "{"],
        ["--schema", '{"type": "string"}'],
        ["--words", "[]"],
        ["--audience", "https://x.example"],
    ):
        assert oauth("update", noun, "payment", *wrong).code == 2, wrong
    assert oauth("create", noun, "payment").code == 1
    assert oauth("delete", noun, "payment").out == "payment\n"
    assert AuditEvent.objects.filter(event="authorization_detail_type:changed", object="payment").count() == 5


@pytest.mark.parametrize("arguments", [["no-uri"], [API, "--introspector", "unknown"], [API, "--token-format", "saml"]])
def test_an_audience_that_cannot_be_one_is_wrong_use(oauth: Oauth, arguments: list[str]) -> None:
    assert oauth("create", "audience", *arguments).code == 2
    assert not Audience.objects.exists()


@pytest.mark.threat(100)
def test_keys_are_shown_by_their_public_half(oauth: Oauth) -> None:
    listed = oauth("list", "jwks", "--format", "json").json["items"]
    assert {(key["alg"], key["state"]) for key in listed} == {
        (algorithm, state) for algorithm in ("ES256", "RS256") for state in ("active", "next")
    }
    assert not any({"d", "p", "q"} & set(key) for key in listed)
    assert oauth("get", "jwk", listed[0]["kid"]).labels["KEY ID"] == listed[0]["kid"]


def test_the_first_keys_of_an_algorithm_are_made_once(oauth: Oauth) -> None:
    assert len(oauth("create", "jwk", "--algorithm", "EdDSA", "-q").out.split()) == 2
    assert oauth("create", "jwk", "--algorithm", "EdDSA").code == 1


def test_keys_are_rotated_once_clients_can_know_the_next(oauth: Oauth) -> None:
    before = active("ES256")
    assert oauth("rotate", "keys", "--algorithm", "ES256").code == 1
    assert active("ES256") == before
    assert oauth("rotate", "keys", "--algorithm", "ES256", "--force").code == 0
    assert active("ES256") != before
    assert SigningKey.objects.get(kid=before).state == "retiring"
    assert active("RS256")


def test_the_key_that_signs_is_only_ended_by_force_and_another_takes_its_place(oauth: Oauth) -> None:
    kid = active("ES256")
    assert oauth("delete", "jwk", kid).code == 1
    assert active("ES256") == kid
    assert oauth("delete", "jwk", kid, "--force").out == f"{kid}\n"
    ended = SigningKey.objects.get(kid=kid)
    assert (ended.state, ended.sealed) == ("revoked", "")
    assert active("ES256") != kid
    assert kid not in oauth("list", "jwks", "-q").out


def test_a_next_key_that_is_ended_is_replaced(oauth: Oauth) -> None:
    kid = SigningKey.objects.get(algorithm="ES256", state="next").kid
    oauth("delete", "jwk", kid)
    assert SigningKey.objects.get(algorithm="ES256", state="next").kid != kid


def active(algorithm: str) -> str:
    return str(SigningKey.objects.get(issuer=issuers.first(), algorithm=algorithm, state="active").kid)


@pytest.mark.spec("RFC 7591", "3")
def test_an_initial_access_token_is_made_shown_once_and_deleted(oauth: Oauth) -> None:
    flags = ["--name", "Photo Market", "--scope", "openid,email", "--most", "3", "--days", "7"]
    made = oauth("create", "initial-access-token", *flags, "--format", "json").json
    row = initial_access_token.find(made["initial_access_token"], issuers.first())
    assert (row.scope, row.most, made["used"]) == ("openid email", 3, 0)
    listed = oauth("list", "initial-access-tokens")
    assert made["initial_access_token"] not in listed.out
    assert "Photo Market" in listed.out
    assert oauth("delete", "initial-access-token", str(row.pk)).out == f"{row.pk}\n"
    assert oauth("delete", "initial-access-token", str(row.pk)).code == 1
    assert AuditEvent.objects.filter(event__startswith="initial_access_token:").count() == 2


def test_an_initial_access_token_for_an_unknown_scope_is_refused(oauth: Oauth) -> None:
    ran = oauth("create", "initial-access-token", "--scope", "nothing")
    assert (ran.code, "nothing" in ran.err) == (2, True)
    value = oauth("create", "initial-access-token", "-q").out.strip()
    assert value.startswith("oas_iat_")
