"""The commands on a server elsewhere: over HTTP, with a token, and nothing of this database."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oauth_server.models import AuditEvent, Client, Issuer
from tests.apps.cli.conftest import Oauth
from tests.apps.cli.test_authorization_code import Browser, Sample
from tests.factories import ClientFactory
from tests.plugins.servers import Server
from tests.ran import Ran

ALL = "manage:read,manage:write,manage:secrets,manage:keys,manage:login"
Elsewhere = Callable[..., Ran]


@pytest.fixture
def elsewhere(at_server: Server, oauth: Oauth) -> Elsewhere:
    """Commands with the environment of somebody who has a token, and no look into the database that is here."""
    token = oauth("create", "admin-token", "--scope", ALL, "-q").out.strip()

    def ask(*arguments: str, **env: str) -> Ran:
        with CaptureQueriesContext(connection) as here:
            ran = oauth(*arguments, env={"OAUTH_ENDPOINT": at_server.url, "OAUTH_TOKEN": token, **env})
        assert [query["sql"] for query in here.captured_queries] == []
        return ran

    return ask


@pytest.mark.bar("D1.1")
def test_the_tutorial_runs_against_a_server_elsewhere(
    elsewhere: Elsewhere, oauth: Oauth, at_server: Server, person: Any, tmp_path: Path
) -> None:
    project = elsewhere("create", "project", "--name", "Ory OAuth2 Example").labels
    assert project["ISSUER"] == f"{at_server.url}/{project['SLUG']}"
    # each project has tokens of its own
    assert elsewhere("list", "oauth2-clients", "--project", project["SLUG"]).code == 1
    own = tmp_path / "token"
    assert oauth("create", "admin-token", "--project", project["ID"], "--scope", ALL, "--save", str(own)).code == 0
    assert own.stat().st_mode & 0o777 == 0o600
    # as the tutorial has it: by its ID
    env = {"OAUTH_TOKEN": "", "OAUTH_TOKEN_FILE": str(own), "OAUTH_PROJECT": project["ID"]}

    machine = elsewhere("create", "oauth2-client", "--name", "Demo", "--grant-type", "client_credentials", **env).labels
    flags = ["--client-id", machine["CLIENT ID"], "--client-secret", machine["CLIENT SECRET"]]
    token = elsewhere("perform", "client-credentials", *flags, **env).labels["ACCESS TOKEN"]
    told = elsewhere("introspect", "token", token, **env).labels
    assert (told["ACTIVE"], told["SUBJECT"], told["TOKEN USE"]) == ("true", machine["CLIENT ID"], "access_token")
    assert elsewhere("introspect", "token", token, *flags, **env).labels["ACTIVE"] == "true"
    assert elsewhere("revoke", "token", token, **env).code == 0
    assert elsewhere("introspect", "token", token, **env).labels["ACTIVE"] == "false"

    code = ["--grant-type", "authorization_code,refresh_token", "--response-type", "code", "--skip-consent"]
    callback = ["--redirect-uri", "http://127.0.0.1:4446/callback", "--format", "json"]
    app = elsewhere("create", "oauth2-client", *code, *callback, **env).json
    nowhere = {**at_server.env, "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3", "OAUTH_ENDPOINT": at_server.url}
    server: Any = SimpleNamespace(env={**nowhere, "OAUTH_PROJECT": project["ID"]})
    sample, visitor = Sample(server, app, "--linger", "0", "--par"), Browser()
    visitor.sign_in(person)
    link = sample.link(visitor)
    assert ("request_uri=urn" in link, "code_challenge" in link) == (True, False)
    visitor.open(link)
    tokens = sample.end().labels
    told = elsewhere("introspect", "token", tokens["ACCESS TOKEN"], **env).labels
    assert (told["ACTIVE"], told["SUBJECT"], told["CLIENT ID"]) == ("true", str(person.pk), app["client_id"])
    assert elsewhere("decode", tokens["ID TOKEN"], **env).json["signature"] == "valid"
    assert elsewhere("decode", tokens["ID TOKEN"], **{**env, "OAUTH_PROJECT": ""}).json["signature"] == "unknown key"
    for named in (project["SLUG"], str(Issuer.objects.get(slug="").pk)):
        first = named != project["SLUG"]
        ran = elsewhere("list", "oauth2-clients", "--project", named, **({} if first else env))
        assert (ran.code, app["client_id"] in ran.out) == (0, not first), ran.err
    person_of = ["revoke", "consents", "--person", str(person.pk), "--client-id", app["client_id"]]
    assert elsewhere(*person_of, **env).labels["AUTHORIZATIONS ENDED"] == "1"
    assert elsewhere("introspect", "token", tokens["ACCESS TOKEN"], **env).labels["ACTIVE"] == "false"
    rows = AuditEvent.objects.filter(event="client:created", client_id=app["client_id"])
    assert rows.get().actor.startswith("client:admin-tokens.")


@pytest.mark.bar("D1.1", "D1.2")
def test_each_verb_does_the_same_here_and_elsewhere(elsewhere: Elsewhere, oauth: Oauth, tmp_path: Path) -> None:
    first = str(Issuer.objects.get().pk)
    scopes = tmp_path / "scopes.yaml"
    scopes.write_text("- name: films\n  title: See your films\n- name: openid\n- title: no name\n")

    def both(*arguments: str) -> list[Ran]:
        return [oauth(*arguments, "--project", first), elsewhere(*arguments)]

    imported = [
        elsewhere("import", "scope", str(scopes)),
        oauth("delete", "scope", "films"),
        oauth("import", "scope", str(scopes)),
    ]
    assert [ran.code for ran in imported] == [1, 0, 1]
    said = [re.sub(r" \(trace id \w+\)", "", ran.err) for ran in imported]
    assert said[0] == said[2]
    assert "scope 2 (openid)" in imported[0].err
    assert "scope 3 (without a name): name:" in imported[0].err
    audience = ["https://films.example", "--name", "Films"]
    assert elsewhere("create", "audience", *audience).code == 0
    assert elsewhere("update", "audience", audience[0], "--lifetime", "60").labels["LIFETIME"] == "60"
    assert elsewhere("update", "scope", "films", "--audience", audience[0], "--fresh-consent").code == 0
    assert [ran.code for ran in both("delete", "audience", audience[0])] == [1, 1]
    client = elsewhere("create", "oauth2-client", "--id", "films", "--grant-type", "client_credentials").labels
    assert "oas_cs_" in elsewhere("rotate", "secret", "films").labels["CLIENT SECRET"] != client["CLIENT SECRET"]
    assert elsewhere("rotate", "keys", "--algorithm", "ES256", "--force").code == 0
    kid = elsewhere("create", "jwk", "--algorithm", "EdDSA", "-q").out.split()[0]
    for asked in (
        ["list", "projects"],
        ["list", "scopes", "--page-size", "2"],
        ["list", "audiences", "--all"],
        ["list", "oauth2-clients"],
        ["list", "jwks"],
        ["get", "scope", "films", "openid"],
        ["get", "oauth2-client", "films"],
        ["get", "jwk", kid],
        ["get", "scope", "unknown"],
        ["create", "scope", "a b"],
        ["create", "oauth2-client", "--grant-type", "magic"],
    ):
        for form in ("json", "yaml", "table") if asked == ["list", "oauth2-clients"] else ("json",):
            command = [*asked, "--format", form]
            here, there = oauth(*command, *([] if "projects" in asked else ["--project", first])), elsewhere(*command)
            heard = there.err.partition(" (trace")[0].rstrip()
            assert (there.code, there.out, heard) == (here.code, here.out, here.err.rstrip())
    assert yaml.safe_load(elsewhere("get", "scope", "films", "--format", "yaml").out)["audience"] == audience[0]
    assert elsewhere("delete", "scope", "films").out == "films\n"
    assert elsewhere("delete", "oauth2-client", "films").code == 0
    assert not Client.objects.filter(client_id="films").exists()


@pytest.mark.bar("O11.3")
@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_a_project_is_exported_and_applied_until_nothing_differs(
    elsewhere: Elsewhere, oauth: Oauth, tmp_path: Path, place: str
) -> None:
    ask: Any = oauth if place == "here" else elsewhere
    first = Issuer.objects.get()
    file = tmp_path / "project.yaml"
    clients = [{"client_id": f"c{n}", "client_name": f"№ {n}", "grant_types": ["client_credentials"]} for n in range(3)]
    declared = {
        "format": 1,
        "project": {"name": "Films"},
        "audiences": [{"identifier": "https://films.example", "introspectors": ["c1"]}],
        "scopes": [{"name": "films", "title": "See your films", "audience": "https://films.example"}],
        "clients": [{**clients[0], "id_token_audiences": ["c2"]}, {**clients[1], "scope": "films"}, clients[2]],
    }
    file.write_text(yaml.safe_dump(declared))

    def apply(*flags: str) -> Ran:
        return ask("apply", "-f", str(file), *flags)

    planned = apply("--dry-run")
    assert (planned.code, Client.objects.filter(client_id="c1").exists()) == (3, False), planned.err
    done = apply("--format", "json")
    assert done.code == 0, done.err
    told = {change["id"]: change for change in done.json["changes"]}
    assert told["c1"]["client_secret"].startswith("oas_cs_")
    assert told[first.identifier]["members"] == {"name": {"before": first.name, "after": "Films"}}
    assert Client.objects.get(client_id="c0").id_token_audiences == ["c2"]
    again = apply("--dry-run")
    assert (again.code, again.out) == (0, "")

    # as large as whoever registers itself may make theirs
    for _ in range(20):
        ClientFactory(registration_source="dcr", metadata={"software_statement": "x" * 60_000})
    exported = ask("export").out
    assert "films" in exported
    assert exported == ask("export").out
    assert not any(secret in exported for secret in ("oas_cs_", "client_secret", "admin-tokens"))
    file.write_text(exported)
    assert apply("--dry-run", "--prune").code == 0
    oauth("update", "scope", "films", "--title", "Other", "--project", str(first.pk))
    oauth("create", "oauth2-client", "--id", "extra", "--grant-type", "client_credentials", "--project", str(first.pk))
    drift = apply("--dry-run", "--prune")
    assert drift.code == 3
    assert drift.out == '~ scope films\n    title: "Other" → "See your films"\n- client extra\n'
    assert apply("--prune").code == 1  # nobody says yes
    assert apply("--prune", "--yes").code == 0
    assert ask("export").out == exported
    file.write_text(exported.replace("client_credentials", "magic"))
    refused = apply()
    assert refused.code == 1
    assert "client c0: grant_types:" in refused.err
    assert "apply the file again" in refused.err


@pytest.mark.bar("D1.4")
def test_what_stands_in_the_way_is_said_in_one_sentence(
    at_server: Server, elsewhere: Elsewhere, oauth: Oauth, httpserver: HTTPServer, tmp_path: Path
) -> None:
    url = httpserver.url_for("").rstrip("/")
    answers = {
        "/html": Response("<h1>Not found</h1>", 404, content_type="text/html"),
        "/moved": Response("", 302, {"Location": "https://elsewhere.example/"}),
        "/list": Response("[]", 200, content_type="application/json"),
        "/stale": Response('{"rule": "stale", "detail": "x"}', 412, content_type="application/problem+json"),
    }
    for path, answer in answers.items():
        httpserver.expect_request(f"{path}/api/v1/scopes").respond_with_response(answer)
    readable = tmp_path / "token"
    readable.write_text("oas_at_x")
    readable.chmod(0o644)
    ask = ["list", "scopes"]
    for env, code, told in (
        ({"OAUTH_TOKEN": "oas_at_wrong"}, 1, "does not take this token"),
        ({"OAUTH_TOKEN": "oas_at_wrong"}, 1, f"`oauth create admin-token --project {at_server.url}` on the server"),
        ({"OAUTH_TOKEN": ""}, 2, "asks who you are"),
        ({"OAUTH_TOKEN": "a b"}, 2, "The token is not one"),
        ({"OAUTH_TOKEN": "", "OAUTH_TOKEN_FILE": str(readable)}, 2, "chmod 600"),
        ({"OAUTH_TOKEN": "", "OAUTH_TOKEN_FILE": str(tmp_path / "none")}, 2, "cannot be read"),
        ({"OAUTH_ENDPOINT": "http://127.0.0.1:1"}, 1, "Connection refused"),
        ({"OAUTH_ENDPOINT": "http://id.example.com"}, 2, "in clear"),
        ({"OAUTH_ENDPOINT": "id.example.com"}, 2, "such as https://id.example.com"),
        ({"OAUTH_PROJECT": "../x"}, 2, "by its ID or slug"),
        ({"OAUTH_PROJECT": "4f9a4f3c-3f0c-4f5a-8a56-3a3f2c4a9d10"}, 1, "There is no project 4f9a4f3c-"),
        ({"OAUTH_ENDPOINT": f"{url}/html"}, 1, "is not the management API of this server"),
        ({"OAUTH_ENDPOINT": f"{url}/moved"}, 1, "leads elsewhere ('https://elsewhere.example/')"),
        ({"OAUTH_ENDPOINT": f"{url}/list"}, 1, "not what its management API gives"),
        ({"OAUTH_ENDPOINT": f"{url}/stale"}, 1, "changed by somebody else meanwhile"),
    ):
        ran = elsewhere(*ask, **env)
        assert (ran.code, ran.out, told in ran.err) == (code, "", True), (env, ran)
        assert "Traceback" not in ran.err
    read = oauth("create", "admin-token", "-q").out.strip()
    refused = elsewhere("create", "scope", "x", OAUTH_TOKEN=read)
    assert refused.code == 1
    assert "manage:write" in refused.err
    assert read not in refused.err
