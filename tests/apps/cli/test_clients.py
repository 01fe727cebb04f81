"""`oauth2-client`."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from oauth_server import clock, issuers
from oauth_server.client_auth import secret
from oauth_server.models import AuditEvent, Client
from tests import factories
from tests.apps.cli.conftest import Oauth

LABELS = ["CLIENT ID", "CLIENT SECRET", "GRANT TYPES", "RESPONSE TYPES", "SCOPE", "AUDIENCE", "REDIRECT URIS"]
MACHINE = ["create", "oauth2-client", "--name", "Client Credentials Demo", "--grant-type", "client_credentials"]
CODE = ["create", "oauth2-client", "--name", "Code", "--redirect-uri", "http://127.0.0.1:4446/callback"]


def dump() -> str:
    return "\n".join(str(list(model._default_manager.values())) for model in apps.get_models())


@pytest.mark.seed("S-05")
def test_a_machine_client_is_shown_with_seven_labels_in_order(oauth: Oauth) -> None:
    ran = oauth(*MACHINE)
    assert list(ran.labels) == LABELS
    assert ran.labels["GRANT TYPES"] == "client_credentials"
    assert ran.labels["RESPONSE TYPES"] == ran.labels["SCOPE"] == ""


@pytest.mark.seed("S-14")
def test_a_code_client_may_ask_for_sign_in_and_offline_access(oauth: Oauth) -> None:
    ran = oauth(*CODE, "--grant-type", "authorization_code,refresh_token", "--response-type", "code")
    assert list(ran.labels) == LABELS
    assert ran.labels["GRANT TYPES"] == "authorization_code, refresh_token"
    assert ran.labels["RESPONSE TYPES"] == "code"
    assert ran.labels["SCOPE"] == "offline_access openid"
    assert ran.labels["REDIRECT URIS"] == "http://127.0.0.1:4446/callback"


@pytest.mark.seed("S-05", "S-34")
@pytest.mark.threat(100)
@pytest.mark.parametrize("chosen", [[], ["--secret", "a-secret-that-a-person-chose"]])
def test_the_secret_is_shown_once_and_is_nowhere_in_the_database(oauth: Oauth, chosen: list[str]) -> None:
    made = oauth(*MACHINE, *chosen).labels
    value = made["CLIENT SECRET"]
    assert len(value) >= 16
    assert value not in dump()
    client = made["CLIENT ID"]
    for again in (["get", "oauth2-client", client], ["list", "oauth2-clients"], ["update", "oauth2-client", client]):
        for form in ("table", "json"):
            assert value not in oauth(*again, "--format", form).out


@pytest.mark.seed("S-06")
def test_three_spellings_give_equal_clients(oauth: Oauth) -> None:
    spellings = (
        ["--grant-type", "authorization_code,refresh_token"],
        ["--grant-type", "authorization_code", "--grant-type", "refresh_token"],
        ["--grant-type=authorization_code, refresh_token"],
    )
    made = [oauth(*CODE, *spelling, "--format", "json").json for spelling in spellings]
    grants = [client["grant_types"] for client in made]
    assert grants == [["authorization_code", "refresh_token"]] * 3


@pytest.mark.seed("S-06")
def test_left_out_the_grant_is_the_code(oauth: Oauth) -> None:
    assert oauth(*CODE, "--format", "json").json["grant_types"] == ["authorization_code"]


@pytest.mark.seed("S-06")
def test_an_unknown_grant_is_exit_2_names_the_known_ones_and_creates_nothing(oauth: Oauth) -> None:
    ran = oauth(*CODE, "--grant-type", "authorization_code,magic")
    assert ran.code == 2
    assert "magic" in ran.err
    assert "client_credentials" in ran.err
    assert not Client.objects.exists()


def test_every_problem_is_told_at_once(oauth: Oauth) -> None:
    ran = oauth(*MACHINE, "--scope", "a b", "--audience", "https://x.example", "--secret", "password")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["Error", "scope", "audience"]
    assert "password" not in ran.err


@pytest.mark.seed("S-09")
def test_the_name_is_kept_as_it_is_typed(oauth: Oauth) -> None:
    ran = oauth(
        "create", "oauth2-client", "--grant-type", "client_credentials", "--name", "<b>x</b>", "--format", "json"
    )
    assert Client.objects.get(client_id=ran.json["client_id"]).name == "<b>x</b>"


@pytest.mark.seed("S-34")
def test_a_public_client_has_no_secret_at_all(oauth: Oauth) -> None:
    made = oauth(*CODE, "--token-endpoint-auth-method", "none", "--format", "json").json
    assert "client_secret" not in made
    refused = oauth("rotate", "secret", made["client_id"])
    assert refused.code == 1
    assert "public" in refused.err


@pytest.mark.seed("S-56")
def test_the_scope_flag_takes_commas_spaces_and_repeats(oauth: Oauth) -> None:
    made = [
        oauth(*CODE, *flags, "--format", "json").json["scope"]
        for flags in (["--scope", "openid,email"], ["--scope", "openid email"], ["--scope=openid", "--scope=email"])
    ]
    assert made == ["email openid"] * 3


def test_a_comma_inside_a_redirect_uri_stays(oauth: Oauth) -> None:
    made = oauth(*CODE, "--redirect-uri", "https://a.example/x,y,https://b.example/", "--format", "json").json
    assert made["redirect_uris"] == ["http://127.0.0.1:4446/callback", "https://a.example/x,y", "https://b.example/"]


def test_an_update_changes_what_it_names_and_an_empty_value_empties_a_list(oauth: Oauth) -> None:
    made = oauth(*CODE, "--contact", "ada@example.org", "--format", "json").json
    changed = oauth(
        "update", "oauth2-client", made["client_id"], "--name", "Renamed", "--contact", "", "--format", "json"
    )
    expected = {name: value for name, value in made.items() if not name.startswith("client_secret")}
    told = {**changed.json, "updated_at": expected["updated_at"]}
    assert told == {**expected, "client_name": "Renamed", "contacts": []}


def test_switching_a_client_off_is_audited_with_who_did_it(oauth: Oauth) -> None:
    client_id = oauth(*MACHINE, "-q").out.strip()
    assert oauth("update", "oauth2-client", client_id, "--disable").code == 0
    assert not Client.objects.get(client_id=client_id).enabled
    assert AuditEvent.objects.filter(event="client:changed", client_id=client_id).exists()


def test_clients_are_listed_page_by_page(oauth: Oauth) -> None:
    made = [oauth(*MACHINE, "-q").out.strip() for _ in range(5)]
    token, seen = "", []
    for _ in range(3):
        page = oauth("list", "oauth2-clients", "--page-size", "2", "--page-token", token, "--format", "json").json
        seen += [item["client_id"] for item in page["items"]]
        token = page["next_page_token"]
    assert seen == made
    assert page["is_last_page"]
    assert oauth("list", "oauth2-clients", "-q").out.split() == made


def test_deleting_prints_the_ids_and_an_unknown_one_deletes_nothing(oauth: Oauth) -> None:
    made = [oauth(*MACHINE, "-q").out.strip() for _ in range(2)]
    assert oauth("delete", "oauth2-client", made[0], "unknown").code == 1
    assert Client.objects.count() == 2
    assert oauth("delete", "oauth2-client", *made, "--format", "json").json == made
    assert not Client.objects.exists()


def test_a_client_of_another_project_is_not_found(oauth: Oauth) -> None:
    client_id = oauth(*MACHINE, "-q").out.strip()
    project = oauth("create", "project", "--name", "Other", "-q").out.strip()
    for command in (["get", "oauth2-client"], ["delete", "oauth2-client"], ["rotate", "secret"]):
        assert oauth(*command, client_id, "--project", project).code == 1
        assert Client.objects.filter(client_id=client_id, issuer=issuers.first()).exists()


@pytest.mark.bar("D1.2")
def test_a_rotated_secret_leaves_the_old_one_valid_for_the_overlap(oauth: Oauth, moving_clock: Any) -> None:
    made = oauth(*MACHINE, "--format", "json").json
    rotated = oauth("rotate", "secret", made["client_id"], "--overlap", "60", "--format", "json").json
    client = Client.objects.get(client_id=made["client_id"])
    old, new = made["client_secret"], rotated["client_secret"]
    assert (secret.verify(client, old, ""), secret.verify(client, new, "")) == (True, True)
    moving_clock.move(61)
    assert (secret.verify(client, old, ""), secret.verify(client, new, "")) == (False, True)
    ends = client.secrets.exclude(expires=None).get().expires
    assert ends is not None
    assert clock.now() - ends < timedelta(seconds=2)


def test_metadata_that_is_no_json_is_wrong_use(oauth: Oauth) -> None:
    assert oauth(*MACHINE, "--metadata", "{").code == 2
    assert oauth(*MACHINE, "--metadata", '{"team": "blue"}', "--format", "json").json["metadata"] == {"team": "blue"}


def test_the_owner_is_a_person_of_this_server(oauth: Oauth, person: Any) -> None:
    client_id = oauth(*MACHINE, "--owner", person.email, "-q").out.strip()
    assert Client.objects.get(client_id=client_id).user == person
    assert oauth(*MACHINE, "--owner", "nobody@example.org").code == 2


@pytest.mark.threat(93)
def test_a_verified_client_of_which_people_see_something_else_is_verified_no_more(oauth: Oauth):
    row = factories.ClientFactory(verified=True)
    for flags, verified in (
        (["--contact", "ops@rp.example"], True),
        (["--name", "Example Bank", "--still-verified"], True),
        (["--redirect-uri", "https://bank.example/callback"], False),
    ):
        assert oauth("update", "oauth2-client", row.client_id, *flags).code == 0
        row.refresh_from_db()
        assert row.verified is verified, flags
    changes = AuditEvent.objects.latest("pk").changes
    assert changes["verified"] == [True, False]
    assert "redirect_uris" in changes
