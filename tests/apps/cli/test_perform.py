"""`perform` and the commands that ask over HTTP, against a running server."""

from typing import Any

import pytest

from oauth_server.models import AccessToken, AuditEvent
from tests.apps.cli.conftest import Oauth
from tests.factories import AuthorizationFactory, RefreshTokenFactory
from tests.plugins.servers import Server

WRONG = "not-the-secret-of-this-client"


@pytest.fixture
def machine(at_server: Server, oauth: Oauth) -> dict[str, Any]:
    """A client for its own tokens, with a scope of an API."""
    oauth("create", "audience", "https://networks.example")
    oauth("create", "scope", "networks", "--audience", "https://networks.example")
    made: dict[str, Any] = oauth(
        "create", "oauth2-client", "--grant-type", "client_credentials", "--scope", "networks", "--format", "json"
    ).json
    return made


def credentials(client: dict[str, Any], value: str = "") -> list[str]:
    return ["--client-id", client["client_id"], "--client-secret", value or client["client_secret"]]


@pytest.mark.seed("S-11", "S-12", "S-48")
@pytest.mark.spec("RFC 6749", "4.4")
def test_client_credentials_print_four_labels_and_no_other_token(oauth: Oauth, machine: dict[str, Any]) -> None:
    told = oauth("perform", "client-credentials", *credentials(machine))
    assert told.code == 0, told.err
    assert list(told.labels) == ["ACCESS TOKEN", "REFRESH TOKEN", "ID TOKEN", "EXPIRY"]
    assert told.labels["ACCESS TOKEN"].startswith("oas_at_")
    assert told.labels["REFRESH TOKEN"] == told.labels["ID TOKEN"] == "<empty>"
    assert told.labels["EXPIRY"].endswith("Z")
    answer = oauth("perform", "client-credentials", *credentials(machine), "--format", "json").json
    assert {"refresh_token", "id_token"}.isdisjoint(answer)


@pytest.mark.seed("S-12")
@pytest.mark.parametrize("scope", ["openid", "offline_access", "offline"])
def test_what_needs_a_person_is_refused_to_a_client_alone(oauth: Oauth, machine: dict[str, Any], scope: str) -> None:
    told = oauth("perform", "client-credentials", *credentials(machine), "--scope", scope)
    assert told.code == 1
    assert "invalid_scope" in told.err
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-70", "S-13")
def test_a_scope_gives_a_token_for_the_api_that_owns_it(oauth: Oauth, machine: dict[str, Any]) -> None:
    token = oauth("perform", "client-credentials", *credentials(machine), "--scope", "networks", "-q").out.strip()
    for caller in ([], credentials(machine)):
        told = oauth("introspect", "token", token, *caller, "--format", "json").json
        assert (told["active"], told["scope"], told["aud"]) == (True, "networks", ["https://networks.example"])
        assert told["sub"] == told["client_id"] == machine["client_id"]


@pytest.mark.seed("S-11", "S-29")
def test_an_audience_is_asked_for_and_a_foreign_one_refused(oauth: Oauth, machine: dict[str, Any]) -> None:
    ask = ["perform", "client-credentials", *credentials(machine), "--audience"]
    assert oauth(*ask, "https://networks.example").code == 0
    refused = oauth(*ask, "https://other.example")
    assert refused.code == 1
    assert "invalid_target" in refused.err


@pytest.mark.seed("S-11")
@pytest.mark.threat(100)
def test_a_wrong_secret_is_refused_and_echoed_nowhere(oauth: Oauth, at_server: Server, machine: dict[str, Any]) -> None:
    told = oauth("perform", "client-credentials", *credentials(machine, WRONG))
    assert told.code == 1
    assert "invalid_client" in told.err
    assert told.out == ""
    assert WRONG not in told.err + at_server.log + str(list(AuditEvent.objects.values()))


@pytest.mark.seed("S-11")
def test_the_credentials_may_come_from_the_environment(oauth: Oauth, machine: dict[str, Any]) -> None:
    env = {"OAUTH2_CLIENT_ID": machine["client_id"], "OAUTH2_CLIENT_SECRET": machine["client_secret"]}
    assert oauth("perform", "client-credentials", env=env).code == 0
    assert oauth("perform", "client-credentials").code == 2


@pytest.mark.seed("S-05")
def test_any_other_grant_is_refused(oauth: Oauth, machine: dict[str, Any]) -> None:
    told = oauth("perform", "refresh", "oas_rt_whatever", *credentials(machine))
    assert told.code == 1
    assert "unauthorized_client" in told.err


@pytest.mark.seed("S-37")
def test_a_client_of_the_post_method_is_served_by_it(oauth: Oauth, machine: dict[str, Any]) -> None:
    oauth("update", "oauth2-client", machine["client_id"], "--token-endpoint-auth-method", "client_secret_post")
    assert oauth("perform", "client-credentials", *credentials(machine)).code == 0


@pytest.mark.bar("D1.3")
def test_a_refresh_token_is_turned_into_new_ones(oauth: Oauth, at_server: Server) -> None:
    project = oauth("list", "projects", "-q").out.strip()
    flags = ["--grant-type", "authorization_code,refresh_token", "--redirect-uri", "https://app.example/"]
    made = oauth("create", "oauth2-client", *flags, "--project", project, "--format", "json").json
    from oauth_server.models import Client

    client = Client.objects.get(client_id=made["client_id"])
    token = RefreshTokenFactory(authorization=AuthorizationFactory(client=client))
    told = oauth("perform", "refresh", token.clear, *credentials(made))
    assert told.code == 0, told.err
    assert told.labels["REFRESH TOKEN"] not in (token.clear, "<empty>")
    assert told.labels["ID TOKEN"].startswith("eyJ")


@pytest.mark.seed("S-13")
def test_over_http_a_client_learns_nothing_without_its_secret(oauth: Oauth, machine: dict[str, Any]) -> None:
    token = oauth("perform", "client-credentials", *credentials(machine), "-q").out.strip()
    told = oauth("introspect", "token", token, *credentials(machine, WRONG))
    assert told.code == 1
    assert "invalid_client" in told.err


def test_a_client_revokes_its_own_token_over_http(oauth: Oauth, machine: dict[str, Any]) -> None:
    token = oauth("perform", "client-credentials", *credentials(machine), "-q").out.strip()
    assert oauth("revoke", "token", token, *credentials(machine)).code == 0
    assert oauth("introspect", "token", token).labels["ACTIVE"] == "false"


@pytest.mark.seed("S-52")
def test_a_client_gets_tokens_from_its_own_project(oauth: Oauth, at_server: Server) -> None:
    slugs = [oauth("create", "project", "--name", "P").labels["SLUG"] for _ in range(2)]
    flags = ["--grant-type", "client_credentials", "--project", slugs[0]]
    made = oauth("create", "oauth2-client", *flags, "--format", "json").json
    ask = ["perform", "client-credentials", *credentials(made)]
    assert oauth(*ask).code == oauth(*ask, "--project", slugs[0]).code == 0
    assert oauth(*ask, "--endpoint", f"{at_server.url}/{slugs[0]}").code == 0
    foreign = oauth(*ask, "--project", slugs[1])
    assert foreign.code == 1
    assert "invalid_client" in foreign.err


def test_where_no_server_runs_the_command_says_so(oauth: Oauth, machine: dict[str, Any]) -> None:
    told = oauth("perform", "client-credentials", *credentials(machine), "--endpoint", "http://127.0.0.1:1")
    assert told.code == 1
    assert "http://127.0.0.1:1" in told.err
    assert "running" in told.err
    assert oauth("perform", "client-credentials", *credentials(machine), "--endpoint", "nowhere").code == 2
