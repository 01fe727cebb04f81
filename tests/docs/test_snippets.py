"""The snippets of the pages, run as they are printed, against a running server."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib import admin
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from rest_framework.test import APIRequestFactory

from config import urls
from oauth_server import issuers
from oauth_server.claims import catalogue
from oauth_server.cli import introspect, remote
from oauth_server.cli.where import Where
from oauth_server.client_auth import secret
from oauth_server.models import Audience, Client, Issuer, Scope
from oauth_server.policy.detail_types import TYPES
from oauth_server.registration import metadata
from oauth_server.resource_server import challenge
from oauth_server.signals import family_revoked, personal_data
from tests import factories
from tests.apps.cli.conftest import run as oauth
from tests.docs.markdown import DOCS, ROOT, Fence, commands, fences
from tests.flows import App, Browser, parameters
from tests.plugins.servers import Server

HOW_TO, OPERATIONS = DOCS / "how-to", DOCS / "operations"
PATIENCE = 300  # seconds; a shared machine can be slow


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    """A terminal in the checkout, with a client for its own tokens in the variables that the pages name."""
    found = {**server.env, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    found |= {"ISSUER": server.url, "SCOPE": "orders:read"}
    issuer = issuers.first()
    api = Audience.objects.create(issuer=issuer, identifier="https://orders.example", name="Orders")
    Scope.objects.create(issuer=issuer, audience=api, name="orders:read")
    asked = {"grant_types": ["client_credentials"], "scope": "orders:read"}
    client, value = metadata.create(issuer, {"client_name": "Machine", **asked})
    return {**found, "CLIENT_ID": client.client_id, "CLIENT_SECRET": value or ""}


def run(fence: Fence, environment: dict[str, str], cwd: Path = ROOT) -> str:
    """What a block prints."""
    program = ["bash", "-euo", "pipefail", "-c"] if fence.kind == "shell" else [sys.executable, "-c"]
    done = subprocess.run(
        [*program, fence.text], cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, f"{fence.text}\n{done.stdout}{done.stderr}"
    return done.stdout


def token(environment: dict[str, str]) -> str:
    asked = {"grant_type": "client_credentials", "scope": environment["SCOPE"]}
    url = f"{environment['ISSUER']}/oauth2/token"
    answer = remote.post(
        url, asked, remote.Caller(environment["CLIENT_ID"], environment["CLIENT_SECRET"], "client_secret_basic")
    )
    return str(answer["access_token"])


@pytest.mark.seed("S-11", "S-48", "S-61")
def test_each_way_to_get_a_token_brings_one(environment: dict[str, str]) -> None:
    *ways, by_operator, by_client = fences(HOW_TO / "get-a-token.md", "shell", "python")
    assert [way.kind for way in ways] == ["shell", "shell", "python", "python"]
    printed = [run(way, environment) for way in ways]
    assert printed[0].startswith("ACCESS TOKEN")
    answer = json.loads(printed[1])
    assert (answer["token_type"], answer["scope"]) == ("Bearer", "orders:read")
    tokens = [printed[0].split()[2], answer["access_token"], printed[2].strip(), printed[3].strip()]
    assert len(set(tokens)) == 4
    for value in tokens:
        told = json.loads(run(by_client, {**environment, "TOKEN": value}))
        assert (told["active"], told["client_id"]) == (True, environment["CLIENT_ID"])
    assert "true" in run(by_operator, {**environment, "TOKEN": tokens[0]}).splitlines()[0]


@pytest.mark.bar("D5.2")
def test_the_calls_of_the_management_api_do_what_they_say(environment: dict[str, str]) -> None:
    first, *calls, loop = fences(HOW_TO / "management-api.md", "shell", "python")
    made = {**environment, "TOKEN": run(first, environment).strip()}
    look, make, change, end, log = (run(call, made) for call in calls)
    assert len(json.loads(look)["items"]) == 2
    assert json.loads(make)["client_secret"]
    assert json.loads(change)["client_name"] == "Photo Book 2"
    assert end.endswith('"ended":0,"is_over":true}')
    assert {event["client_id"] for event in json.loads(log)["items"]} == {"photo-book"}
    assert "photo-book" in run(loop, made).split()


def test_the_commands_about_scopes_do_what_they_say(environment: dict[str, str]) -> None:
    for fence in fences(HOW_TO / "scopes-and-audiences.md", "shell"):
        run(fence, environment)
    client = Client.objects.get(client_id="photo-book")
    assert set(client.scopes.values_list("name", flat=True)) == {"openid", "photos.read"}


@pytest.mark.bar("D5.1", "D5.2")
def test_the_commands_about_each_kind_of_app_make_such_a_client(environment: dict[str, str]) -> None:
    for page in ("web-server.md", "single-page.md", "native.md", "mcp.md"):
        for fence in fences(HOW_TO / page, "shell"):
            run(fence, environment)
    found = {client.client_id: client for client in Client.objects.filter(client_id__startswith="photo-")}
    assert {name: client.is_public for name, client in found.items()} == {
        "photo-web": False,
        "photo-page": True,
        "photo-app": True,
        "photo-assistant": True,
    }
    assert found["photo-page"].allowed_origins == "https://app.photos.example"
    assert found["photo-assistant"].scopes.filter(name="photos:search").exists()


def test_the_commands_and_the_hook_about_claims_do_what_they_say(
    environment: dict[str, str], tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fence in fences(HOW_TO / "claims.md", "shell"):
        run(fence, environment)
    client = Client.objects.get(client_id=environment["CLIENT_ID"])
    told = (client.subject_type, client.algorithm, client.userinfo_signed_response_alg)
    assert told == ("pairwise", "EdDSA", "ES256")
    hook, *_others = fences(HOW_TO / "claims.md", "python")
    (tmp_path / "shown_hook.py").write_text(hook.text)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLAIMS_HOOK": "shown_hook.claims"}
    assert set(catalogue.declared()) == {"is_staff", "groups"}
    person = SimpleNamespace(is_staff=True, groups=SimpleNamespace(all=list))
    assert catalogue.by_name(person, client, ["staff"], ["is_staff"]) == {"is_staff": True}
    assert catalogue.by_name(person, client, ["openid"], ["is_staff"]) == {}


def test_the_receiver_about_own_data_adds_its_section() -> None:
    (shown,) = fences(HOW_TO / "my-account.md", "python")
    names: dict[str, Any] = {}
    exec(shown.text, names)  # noqa: S102 - the page says so
    person = SimpleNamespace(orders=SimpleNamespace(values=lambda *asked: [dict.fromkeys(asked, "7")]))
    try:
        answers: list[Any] = [answer for _, answer in personal_data.send(sender=SimpleNamespace, user=person)]
    finally:
        personal_data.disconnect(names["orders_of"])
    assert answers == [{"orders": [{"number": "7", "placed_at": "7"}]}]


def test_each_way_to_revoke_ends_the_token(environment: dict[str, str]) -> None:
    def active(value: str) -> bool:
        return bool(introspect.told(Where(), value)["active"])

    *ways, switch_off_and_on, rotate = fences(HOW_TO / "revoke.md", "shell")
    for way in [*ways, switch_off_and_on]:
        value = token(environment)
        assert active(value)
        run(way, {**environment, "TOKEN": value})
        assert not active(value), way.text
    assert "oas_cs_" in run(rotate, environment)
    client = Client.objects.get(client_id=environment["CLIENT_ID"])
    assert not secret.verify(client, environment["CLIENT_SECRET"], "")


def test_an_operators_program_moves_from_hydra(environment: dict[str, str]) -> None:
    first, settings = fences(HOW_TO / "move-from-hydra.md", "shell", "python")
    assert environment["CLIENT_ID"] in {one["client_id"] for one in json.loads(run(first, environment))}
    assert "HYDRA_LOGIN_URL" in settings.text


def test_the_commands_about_keys_put_new_ones_in_their_place(environment: dict[str, str]) -> None:
    issuer = Issuer.objects.get()
    before = issuer.keys.get(algorithm="ES256", state="active").kid
    for fence in fences(OPERATIONS / "rotate-keys.md", "shell"):
        run(fence, environment)
    assert issuer.keys.get(algorithm="ES256", state="active").kid != before
    assert issuer.keys.filter(algorithm="EdDSA", state="active").exists()
    assert issuer.keys.get(kid=before).state == "retiring"


@pytest.mark.bar("D1.4", "O11.3")
def test_the_commands_from_another_machine_and_those_of_a_file_do_what_they_say(
    environment: dict[str, str], tmp_path: Path
) -> None:
    there = {**environment, "PYTHONPATH": str(ROOT), "TOKEN": token(environment)}
    (make, use, several), (keep,), (doctor,) = (
        fences(page, "shell")
        for page in (HOW_TO / "command-line.md", OPERATIONS / "as-code.md", OPERATIONS / "doctor.md")
    )
    run(make, there, tmp_path)
    # the password of the database does not go along
    printed = run(
        Fence("shell", f"{use.text}\n{several.text}\n{keep.text}"),
        {**there, "DATABASE_URL": "sqlite:///none"},
        tmp_path,
    )
    assert "client_name: Robot" in printed
    assert '"token_use": "access_token"' in printed
    assert "films.write" in printed
    (shown,) = fences(OPERATIONS / "as-code.md", "yaml")
    (tmp_path / "project.yaml").write_text(shown.text)
    run(Fence("shell", f"oauth apply -f project.yaml && {doctor.text}"), there, tmp_path)
    assert Client.objects.get(client_id="films-web").audiences.count() == 0
    assert Scope.objects.get(name="films.read").title == "See your films"


def test_the_command_after_a_restore_ends_what_there_is(environment: dict[str, str]) -> None:
    value = token(environment)
    for fence in fences(OPERATIONS / "restore.md", "shell"):
        run(fence, environment)
    assert not introspect.told(Where(), value)["active"]
    assert introspect.told(Where(), token(environment))["active"]


def test_the_commands_about_projects_make_issuers_of_their_own(environment: dict[str, str], server: Server) -> None:
    for fence in fences(HOW_TO / "projects.md", "shell"):
        run(fence, environment)
    found = run(Fence("shell", "oauth list projects --format json"), environment)
    assert {row["issuer"] for row in json.loads(found)["items"]} == {
        server.url,
        f"{server.url}/staff",
        "https://partners.example.com",
    }
    assert Client.objects.get(name="Wiki").issuer.slug == "staff"


@pytest.mark.bar("D3.1", "D3.3")
def test_the_api_of_the_page_takes_tokens_for_it_and_no_others(
    environment: dict[str, str], server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    for fence in fences(HOW_TO / "protect-an-api.md", "shell"):
        run(fence, environment)
    monkeypatch.setenv("INVOICES_API_SECRET", secret.issue(Client.objects.get(client_id="invoices-api")))
    names, alone, elsewhere = (
        _names(fence.text.replace("https://auth.example.com", server.url))
        for fence in fences(HOW_TO / "protect-an-api.md", "python")
    )
    client = Client.objects.get(name="Invoices robot")
    robot = remote.caller(client.client_id, secret.issue(client))
    answer = remote.post(f"{server.url}/oauth2/token", {"grant_type": "client_credentials"}, robot)
    assert "scope" not in answer or answer["scope"] == ""
    asked = {"grant_type": "client_credentials", "scope": "invoices:read"}
    answer = remote.post(f"{server.url}/oauth2/token", asked, robot)

    def call(method: str, **headers: str) -> Any:
        return names["Invoices"].as_view()(APIRequestFactory().generic(method, "/invoices", headers=headers))

    good = {"Authorization": f"Bearer {answer['access_token']}"}
    assert call("GET", **good).data == {"for": client.client_id}
    assert call("POST", **good).status_code == 403
    assert call("DELETE", **good).status_code == 403
    assert call("GET").status_code == 401
    assert call("GET", Authorization="Bearer oas_at_nonsense").status_code == 401

    def ask(path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
        heads: list[Any] = []
        body = alone["app"]({"PATH_INFO": path, **environ}, lambda *head: heads.extend(head))
        return heads[0], dict(heads[1]), b"".join(body)

    status, _, body = ask("/", HTTP_AUTHORIZATION=good["Authorization"])
    assert (status, json.loads(body)) == ("200 OK", {"for": client.client_id})
    status, headers, _ = ask("/", HTTP_AUTHORIZATION="Bearer x")
    assert (status, 'error="invalid_token"' in headers["WWW-Authenticate"]) == ("401 Refused", True)
    found = headers["WWW-Authenticate"].partition('resource_metadata="')[2].rstrip('"')
    assert json.loads(ask(urlsplit(found).path)[2])["authorization_servers"] == [server.url]

    other = elsewhere["Invoices"].as_view()
    request = APIRequestFactory().get("/invoices", headers=good)
    assert other(request).data == {"for": client.client_id}
    run(Fence("shell", 'oauth revoke token "$TOKEN"'), {**environment, "TOKEN": answer["access_token"]})
    assert call("GET", **good).status_code == 401
    # who asks hears of it at once; who verifies by itself, when the token expires
    refused = other(APIRequestFactory().get("/invoices", headers=good))
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]
    assert ask("/", HTTP_AUTHORIZATION=good["Authorization"])[0] == "200 OK"


@pytest.mark.bar("D3.3", "D5.2")
def test_the_programs_for_fastapi_and_flask_are_those_that_run_against_the_server(environment: dict[str, str]) -> None:
    page = HOW_TO / "protect-fastapi-flask.md"
    for fence in fences(page, "shell"):
        run(fence, environment)
    assert Scope.objects.get(name="tickets:read").audience.token_format == "jwt"

    def program(text: str) -> list[str]:
        """Without its docstring, where it gets the two addresses from, and how it is started."""
        own = (
            "import os",
            "import uvicorn",
            "from program",
            "ISSUER, API =",
            "tell(",
            "uvicorn.run",
            "app.run",
            "#",
            '"""An API',
        )
        return [line for line in text.splitlines() if line and not line.startswith(own)]

    shown = [program(fence.text.replace("tickets", "orders")) for fence in fences(page, "python")]
    ran = [program((ROOT / f"tests/clients/python/api_{name}.py").read_text()) for name in ("fastapi", "flask")]
    assert shown == ran


def _names(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(text, found)  # noqa: S102 (a snippet of our own page)
    return found


@pytest.mark.bar("D5.2")
def test_the_lines_for_a_projects_own_code_do_what_they_say(
    db: None, person: Any, signed_in: Browser, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = next(fence for fence in fences(HOW_TO / "accounts.md", "python") if "def place" in fence.text)
    assert _names(place.text)["place"]("203.0.113.7") == "Lisbon, Portugal"
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    reset = next(fence for fence in fences(HOW_TO / "second-factors.md", "python") if "reset_factors" in fence.text)
    exec(reset.text, {"person": person})  # noqa: S102
    assert not Authenticator.objects.filter(user=person).exists()
    # on what the lazy site is: on the site itself, taking back would take away what `config.urls` has set
    monkeypatch.setattr(admin.site._wrapped, "index_template", None)  # type: ignore[attr-defined]
    exec(fences(OPERATIONS / "watch.md", "python")[0].text, {"admin": admin})  # noqa: S102
    get_template(str(admin.site.index_template))
    (key,) = fences(OPERATIONS / "production.md", "shell")
    assert len(run(key, {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}).strip()) == 64

    heard = _names(fences(DOCS / "reference" / "python.md", "python")[0].text)["forget"]
    try:
        family_revoked.send(sender=None, authorization_id=UUID(int=7), reason="over")
    finally:
        family_revoked.disconnect(heard)
    assert capsys.readouterr().out == f"{UUID(int=7)} over\n"

    app = factories.app(frontchannel_logout_uri="https://rp.example/bye")
    app.tokens(signed_in, scope="openid")
    shown = next(fence for fence in fences(HOW_TO / "sign-out.md", "python") if "def sign_out" in fence.text)
    request: Any = RequestFactory().post("/sign-out")
    request.user, request.session = person, signed_in.http.session
    answer = _names(shown.text)["sign_out"](request)
    assert "https://rp.example/bye?iss=" in answer.content.decode()
    assert "frame-src https://rp.example/bye" in answer["Content-Security-Policy"]


@pytest.mark.bar("D11")
def test_a_block_is_replaced_and_the_rest_of_the_page_stays(tmp_path: Path, settings: Any) -> None:
    (views,) = fences(HOW_TO / "templates.md", "python")
    named: dict[str, Any] = {}
    exec(views.text, named)  # noqa: S102 - that is what pasting is
    handlers = ("handler400", "handler403", "handler404")
    assert [named[name] for name in handlers] == [getattr(urls, name) for name in handlers]
    (block,) = fences(HOW_TO / "templates.md", "django")
    (tmp_path / "oauth_server").mkdir()
    (tmp_path / "oauth_server/base.html").write_text(block.text)
    engine: dict[str, Any] = django_settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    page = render_to_string("oauth_server/error.html", {"title": "A title", "message": "A message"})
    assert "example/logo.svg" in page
    assert "<h1>A title</h1>" in page
    assert "Skip to the content" in page


@pytest.mark.wheel  # a fresh project, which needs no second run on PostgreSQL
@pytest.mark.seed("S-01")
@pytest.mark.bar("D8.1")
@pytest.mark.parametrize("kind", ["", ", with accounts"])
def test_a_fresh_project_with_the_lines_of_the_page_issues_a_token(tmp_path: Path, kind: str) -> None:
    page = HOW_TO / "add-to-a-project.md"
    blocks = {fence.text.splitlines()[0].removeprefix("# "): fence.text for fence in fences(page, "python")}
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    run(Fence("shell", "python -m django startproject host ."), environment, tmp_path)
    with (tmp_path / "host/settings.py").open("a") as file:
        file.write(blocks[f"settings.py{kind}"])
    (tmp_path / "host/urls.py").write_text(blocks[f"urls.py{kind}"])
    (fence,) = fences(page, "shell")
    printed = run(fence, environment, tmp_path)
    assert "no issues" in printed
    labels = dict(line.split("\t") for line in printed.splitlines() if line.startswith("CLIENT"))
    client = {label.strip(): value for label, value in labels.items()}
    asked = run(
        Fence("python", ASK.format(**{name.replace(" ", "_"): value for name, value in client.items()})),
        {
            **environment,
            "DJANGO_SETTINGS_MODULE": "host.settings",
        },
        tmp_path,
    )
    assert json.loads(asked)["token_type"] == "Bearer"


ASK = """
import base64, django
django.setup()
from django.test import Client
basic = base64.b64encode(b"{CLIENT_ID}:{CLIENT_SECRET}").decode()
headers = {{"Host": "localhost:8000", "Authorization": "Basic " + basic}}
assert Client().get("/.well-known/openid-configuration", headers=headers).json()["issuer"] == "http://localhost:8000"
form = {{"data": "grant_type=client_credentials", "content_type": "application/x-www-form-urlencoded"}}
print(Client().post("/oauth2/token", headers=headers, **form).content.decode())
"""


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "9")
@pytest.mark.bar("D5.2")
def test_the_page_about_authorization_details_makes_asks_checks_and_enriches(
    signed_in: Browser, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = HOW_TO / "authorization-details.md"
    for line in commands(page):
        if line.startswith("oauth "):
            assert oauth(*shlex.split(line)[1:]).code == 0, line
    view, own = (_names(fence.text) for fence in fences(page, "python")[:2])
    (asked,) = json.loads(fences(page, "json")[0].text)
    monkeypatch.setattr(TYPES, "_entries", {})
    TYPES.add(own["Payment"]())
    monkeypatch.setattr(type(person), "iban", "DE02", raising=False)
    client = Client.objects.get(client_id="merchant")
    client.skip_authorization = True
    client.save()
    app = App(client, secret.issue(client), "https://merchant.example/callback")
    over = {**asked, "instructedAmount": {**asked["instructedAmount"], "amount": "1000.01"}}
    refused = app.authorize(signed_in, scope=None, authorization_details=json.dumps([over]))
    assert parameters(refused)["error_description"] == "The amount is above the limit."
    body = app.tokens(signed_in, scope=None, authorization_details=json.dumps([asked]))
    assert body["authorization_details"] == [{**asked, "debtorAccount": {"iban": "DE02"}}]

    def pay(value: str) -> Any:
        request = APIRequestFactory().post("/payments", headers={"Authorization": f"Bearer {value}"})
        return view["Payments"].as_view()(request)

    assert pay(body["access_token"]).data == {"paid": "123.50"}
    # a token of the same client for the same API, without such a detail
    client.audiences.set(Audience.objects.all())
    without = pay(app.tokens(signed_in, scope=None)["access_token"])
    assert (without.status_code, 'error="insufficient_scope"' in without["WWW-Authenticate"]) == (403, True)
    assert challenge.covering([asked], asked["type"], {"creditorName": "Merchant B"}) == []
    TYPES.forget()
