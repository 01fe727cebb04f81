"""The wizard: a few questions, reasons, a client that works; its secret once; what can be pasted runs; lists, previews and last use."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIRequestFactory

from oauth_server import clock, counters, snippets
from oauth_server.client_auth import secret
from oauth_server.models import Audience, AuditEvent, Client, ClientSecret, ClientSecretUse, Counter, Issuer, Scope
from oauth_server.registration.profiles import Kind
from tests import factories, flows
from tests.apps.admin.conftest import CALLBACK, errors, list_of, new_family, new_tokens, of
from tests.apps.admin.test_secrets import secret_form, shown_in
from tests.plugins.servers import Server

NEW = "admin:oauth_server_client_new"
API = "https://orders.example"


@pytest.fixture
def api(issuer: Issuer) -> Audience:
    found = factories.AudienceFactory(identifier=API, name="Orders API")
    Scope.objects.create(issuer=issuer, audience=found, name="orders.read", title="Read your orders")
    Scope.objects.create(issuer=issuer, audience=found, name="manage:write")
    return found  # type: ignore[no-any-return]


def ask(browser: Browser, kind: str) -> tuple[str, dict[str, Any]]:
    """The address of the questions, and a form that says no more than it has to."""
    url = f"{reverse(NEW)}?kind={kind}"
    return url, {"once": browser.get(url).context["form"]["once"].value(), "name": "Photo Market"}


@pytest.mark.bar("O1.1", "O3.1")
@pytest.mark.seed("S-34")
def test_the_wizard_asks_a_few_questions_says_why_and_shows_the_secret_once(
    operator: Browser, staff: Callable[..., Browser], api: Audience
) -> None:
    page = operator.get(reverse(NEW)).content.decode()
    assert all(f'value="{kind.value}"' in page for kind in Kind)
    assert reverse(NEW) in operator.get(list_of("client")).content.decode()
    url, form = ask(operator, "web")
    assert 3 <= len(operator.get(url).context["form"].visible_fields()) <= 5
    page = operator.get(url).content.decode()
    assert "Read your orders" in page
    assert "manage:write" not in page
    # what is wrong is said with the fix, and the fix is one button away
    form |= {
        "redirect_uris": "http://photos.example/callback#x",
        "reach": ["scope orders.read", "scope profile"],
        "stays": "on",
    }
    refused = operator.post(url, form)
    assert "redirect_uris" in refused.context["form"].errors
    assert "https://photos.example/callback" in refused.content.decode()
    mended = operator.post(url, {**form, "mend": "1"})
    assert mended.context["form"]["redirect_uris"].value() == "https://photos.example/callback"
    form["redirect_uris"] = CALLBACK
    review = operator.post(url, form)
    assert "PKCE: a code is of use only to whoever asked for it" in review.content.decode()
    assert not Client.objects.exists()
    assert operator.post(url, {**form, "back": "1"}).context["form"]["name"].value() == "Photo Market"
    answer = operator.post(url, {**form, "confirmed": "1"})
    value, client = shown_in(answer), Client.objects.get()
    assert secret.is_own(client, value)
    assert "no-store" in answer["Cache-Control"]
    assert client.grant_types == ["authorization_code", "refresh_token"]
    assert {*client.scopes.values_list("name", flat=True)} == {"openid", "offline_access", "orders.read", "profile"}
    assert [*client.audiences.all()] == [api]
    assert (client.require_pkce, client.skip_authorization, client.token_endpoint_auth_method) == (
        True,
        False,
        "client_secret_basic",
    )
    assert answer.content.decode().count(value) == 2  # to read, and for the file
    again = operator.post(url, {**form, "confirmed": "1"})
    assert "sent before" in again.content.decode()
    assert Client.objects.count() == 1
    # the file, for who has just seen the secret
    env = reverse("admin:oauth_server_client_env", args=[client.pk])
    loaded = operator.post(env, {"secret": value})
    assert f"OAUTH_CLIENT_SECRET={value}\n" in loaded.content.decode()
    assert "attachment" in loaded["Content-Disposition"]
    assert operator.post(env, {"secret": "oas_cs_somethingelse"}).status_code == 404
    assert operator.get(env).status_code == 405
    assert value not in str([*AuditEvent.objects.values()])
    # trust is not for everybody who may make clients
    assert "first_party" in operator.get(url).context["form"].fields
    clerk = staff("add_client", "view_client")
    assert "first_party" not in clerk.get(url).context["form"].fields
    assert staff("view_client", "view_scope", "view_issuer").get(url).status_code == 403


@pytest.mark.bar("O1.1")
@pytest.mark.parametrize(
    ("kind", "answers", "wanted"),
    [
        ("single_page", {"redirect_uris": CALLBACK}, {"allowed_origins": "https://photos.example"}),
        ("native", {"redirect_uris": "com.example.photos:/callback"}, {"application_type": "native"}),
        ("device", {}, {"redirect_uris": "", "response_types": []}),
        ("machine", {"key_uri": "https://photos.example/jwks"}, {"token_endpoint_auth_method": "private_key_jwt"}),
        ("mcp", {}, {"redirect_uris": "http://127.0.0.1/callback", "token_endpoint_auth_method": "none"}),
        (
            "third_party",
            {"place": "server", "redirect_uris": CALLBACK, "first_party": "on"},
            {"skip_authorization": False},
        ),
        ("api", {"api": "https://new.example"}, {"grant_types": ["client_credentials"]}),
    ],
)
def test_each_kind_becomes_a_client(
    kind: str, answers: dict[str, Any], wanted: dict[str, Any], operator: Browser, issuer: Issuer
) -> None:
    url, form = ask(operator, kind)
    answer = operator.post(url, {**form, **answers, "confirmed": "1"})
    assert answer.status_code == 200
    client = Client.objects.get()
    assert {name: getattr(client, name) for name in wanted} == wanted
    assert bool(shown_in(answer)) is client.has_secret
    if kind == "api":
        assert [*Audience.objects.get(identifier="https://new.example").introspectors.all()] == [client]


@pytest.mark.bar("O13")
def test_redirect_uris_are_judged_while_they_are_typed_and_where_all_settings_are(
    operator: Browser, client: Client, staff: Callable[..., Browser]
) -> None:
    url = reverse("admin:oauth_server_client_lint")
    for public, fix in (("0", "http://127.0.0.1:80/x"), ("1", "http://127.0.0.1:80/x")):
        told = operator.post(
            url, {"redirect_uris": "http://localhost:80/x https://a.example/*", "public": public}
        ).json()
        assert (told["findings"][0]["rule"], told["findings"][0]["fix"]) == ("localhost", fix)
        assert told["findings"][-1]["level"] == "error"
    assert staff("view_client").post(url, {"redirect_uris": "x"}).status_code == 403
    refused = operator.post(of(Client, "change", client.pk), {"redirect_uris": "https://photos.example/*"})
    assert "whoever gets hold of one matching address" in refused.content.decode()
    client.redirect_uris, client.require_pkce = "http://localhost/callback", False
    client.save()
    page = operator.get(of(Client, "change", client.pk)).content.decode()
    assert "http://127.0.0.1/callback" in page
    assert "Without PKCE" in page


@pytest.mark.bar("O3.2")
def test_secrets_overlap_end_and_tell_when_they_were_last_used(
    operator: Browser, client_and_secret: tuple[Client, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, first = client_and_secret
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "COUNT_USAGE": True}
    monkeypatch.setattr(counters, "_start", lambda: None)
    counters._forked()
    url = reverse("admin:oauth_server_client_secret", args=[client.pk])
    days = [value for value, _text in operator.get(url).context["form"].fields["days"].choices]
    assert days == ["", "7", "30", "180", "365"]
    second = shown_in(operator.post(url, secret_form(operator, url, days="7")))
    version = Client.objects.values_list("version", flat=True).get()
    with CaptureQueriesContext(connection) as captured:
        assert secret.verify(client, first, "")
    hot = len(captured)
    with CaptureQueriesContext(connection) as captured:
        assert secret.verify(client, first, "")
    # noting a use costs the request no statement
    assert len(captured) == hot == 1
    counters.write()
    old, new = client.secrets.order_by("pk")
    assert [use.secret_id for use in ClientSecretUse.objects.all()] == [old.pk]
    assert secret.verify(client, second, "")
    assert counters._used == {new.pk: counters._seen[new.pk]}
    counters.write()
    assert clock.now() - ClientSecretUse.objects.get(secret=new).at < timedelta(hours=1, minutes=1)
    assert Client.objects.values_list("version", flat=True).get() == version
    page = operator.get(of(Client, "change", client.pk)).content.decode()
    assert "valid, ends soon" in page
    assert page.count("—") < 4
    assert "A secret of Photo Market expires" in operator.get(reverse("admin:index")).content.decode()
    old.delete()
    counters._used[old.pk] = 1
    counters.write()
    assert not secret.verify(client, first, "")
    assert ClientSecret.objects.get() == new
    assert ClientSecretUse.objects.get().secret_id == new.pk
    counters._forked()


@pytest.mark.bar("O6")
def test_the_page_of_a_client_tells_how_it_fares_and_what_would_stop(
    operator: Browser, client: Client, person: Any
) -> None:
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for name, count in (("token:refresh_token", 41), ("refused:invalid_grant", 7)):
        Counter.objects.create(client_id=client.client_id, span="hour", at=now, name=name, count=count)
    Counter.objects.create(
        client_id=client.client_id, span="hour", at=now - timedelta(days=2), name="refused:x", count=99
    )
    new_tokens(new_family(client, person))
    url = reverse("admin:oauth_server_client_overview", args=[client.pk])
    with CaptureQueriesContext(connection) as captured:
        page = operator.get(url).content.decode()
    assert len(captured) <= 20
    assert re.search(r"Tokens by refresh_token</th><td>41<", page)
    assert re.search(r"Refused: invalid_grant</th><td>7<", page)
    assert "Refused: x" not in page
    for text in (
        "Settings",
        "Credentials",
        "Scopes and audiences",
        "People and consents",
        "Tokens",
        "Events",
        "Claims",
        "Test",
        "Danger",
    ):
        assert f">{text}</a>" in page
    for address in re.findall(r'<ul class="oauth-tabs">.*?</ul>', page, re.DOTALL):
        for href in re.findall(r'href="([^"]+)"', address):
            with CaptureQueriesContext(connection) as captured:
                answer = operator.get(href.replace("&amp;", "&"))
            # the lists keep to their own 10
            assert len(captured) <= (10 if "__exact" in href else 20), href
            assert answer.status_code == 200, href
            assert 'class="oauth-tabs"' in answer.content.decode(), href
    preview = re.search(r'href="([^"]+)">See the page on which people are asked', page)
    assert preview
    asked = operator.get(preview[1])
    assert "Photo Market" in asked.content.decode()
    assert "This is a preview" in asked.content.decode()
    assert Browser().get(preview[1]).status_code in (302, 403)
    told = operator.get(of(Client, "delete", client.pk)).content.decode()
    assert "authorizations: 1, people: 1, refresh tokens: 1, stored access tokens: 1." in told


@pytest.mark.bar("O10")
def test_a_scope_has_texts_in_each_language_and_says_who_uses_it_and_what_would_stop(
    operator: Browser, client: Client, person: Any, api: Audience
) -> None:
    scope = Scope.objects.get(name="orders.read")
    client.scopes.add(scope)
    client.audiences.add(api)
    new_family(client, person, scope="openid orders.read", audiences=[API])
    url = of(Scope, "change", scope.pk)
    scope.translations = {"de": {"title": "Bestellungen"}, "tlh": {"title": "x"}}
    scope.save()
    page = operator.get(url)
    assert page.context["adminform"].form["title_de"].value() == "Bestellungen"
    assert str(client) in page.content.decode()
    form = {"title": "Read your orders", "audience": api.pk, "claims": "[]", "translations": "{}"}
    operator.post(url, {**form, "title_de": "Bestellungen lesen", "description_pt_br": "Todas."})
    scope.refresh_from_db()
    assert scope.translations == {
        "de": {"title": "Bestellungen lesen"},
        "pt-br": {"description": "Todas."},
        "tlh": {"title": "x"},
    }
    assert "translations" in AuditEvent.objects.filter(event="scope:changed").latest("pk").changes
    assert "description_de" in errors(operator.post(url, {**form, "description_de": "x" * 301}))
    operator.post(of(Audience, "change", api.pk), {**audience_form(api), "name_de": "Bestell-API"})
    api.refresh_from_db()
    assert api.translations == {"de": {"name": "Bestell-API"}}
    of_api = operator.get(of(Audience, "change", api.pk)).content.decode()
    for text in ("orders.read", "Photo Market", "token_format", "access_token_lifetime", "algorithm", "introspectors"):
        assert text in of_api
    for model, row in ((Scope, scope), (Audience, api)):
        if model is Audience:
            Scope.objects.update(audience=None)
        told = operator.get(of(model, "delete", row.pk)).content.decode()
        assert "authorizations: 1, people: 1, refresh" in told
        assert "Photo Market uses it." in told


def audience_form(api: Audience) -> dict[str, Any]:
    return {
        "name": api.name,
        "translations": "{}",
        "token_format": api.token_format,
        "algorithm": api.algorithm,
        "access_token_lifetime": "",
    }


@pytest.mark.bar("O11.1")
def test_clients_are_found_filtered_and_exported(operator: Browser, client: Client, person: Any) -> None:
    other = Client.objects.create(
        issuer=client.issuer,
        name="Other",
        user=person,
        owner="team-blue",
        redirect_uris="https://other.example/back",
        grant_types=["client_credentials"],
        token_endpoint_auth_method="none",
    )
    for query, found in (
        ({"q": "photo"}, {client}),
        ({"q": other.client_id}, {other}),
        ({"q": "other.example/ba"}, {other}),
        ({"q": "ada@"}, {other}),
        ({"q": "team-blue"}, {other}),
        ({"grant": "refresh_token"}, {client}),
        ({"grant": "client_credentials", "method": "none"}, {other}),
        ({"grant": "x"}, {client, other}),
    ):
        with CaptureQueriesContext(connection) as captured:
            assert {*operator.get(list_of("client"), query).context["cl"].result_list} == found, query
        assert len(captured) <= 10
    export = reverse("admin:oauth_server_client_export")
    lines = b"".join(operator.get(export, {"format": "json", "q": "team-blue"}).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [json.loads(line)["client_id"] for line in lines] == [other.client_id]
    rows = [str(client.pk), str(other.pk)]
    form = {"action": "disable", "_selected_action": rows, "confirmed": "1", "note": "x"}
    operator.post(list_of("client"), form)
    assert not Client.objects.filter(enabled=True).exists()
    operator.post(list_of("client"), {**form, "action": "enable"})
    assert Client.objects.filter(enabled=True).count() == 2
    # retired: off, without a secret, and still listed
    operator.post(list_of("client"), {**form, "action": "retire"})
    assert Client.objects.filter(enabled=False).count() == 2
    assert not ClientSecret.objects.exists()


# What is pasted runs


def run_pasted(
    command: list[str], folder: Path, answer: Callable[[str], str] | None = None, env: dict[str, str] | None = None
) -> str:
    """What a program says; `answer` makes the line that it waits for of the address that it named."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    assert process.stdin
    said = ""
    if answer:
        while not said.endswith("\n") or not (
            named := re.search(r"^https?://\S+$|\"device_code\".*\n.*paste", said, re.MULTILINE)
        ):
            line = process.stdout.readline()
            assert line, said
            said += line
        process.stdin.write(answer(named[0]) + "\n")
        process.stdin.flush()
    rest, _none = process.communicate(timeout=60)
    assert process.returncode == 0, said + rest
    return rest


def allowed(app: flows.App, browser: flows.Browser) -> Callable[[str], str]:
    """What the person's browser comes back to; the client is first party."""

    def go(address: str) -> str:
        parts = urlsplit(address)
        return str(browser.open(f"{parts.path}?{parts.query}")["Location"])

    return go


def asked_api(text: str, token: str) -> Any:
    """What the view of a snippet answers."""
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102 - that is what pasting is
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    return names["Example"].as_view()(request).data


@pytest.mark.bar("O2")
def test_what_is_pasted_gets_tokens(server: Server, tmp_path: Path, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    api = factories.AudienceFactory(identifier=API, name="Orders API")
    scope = Scope.objects.create(issuer=api.issuer, audience=api, name="orders.read")
    machine = factories.app(grant_types=["client_credentials"], redirect_uris="", audiences=[api], scopes=[scope])
    web = factories.app(redirect_uris="https://photos.example/it's$HOME", grant_types=["authorization_code"])
    public = factories.app(token_endpoint_auth_method="none", grant_types=["authorization_code"])
    browser = flows.Browser(host=urlsplit(server.url).netloc)
    browser.force_sign_in(factories.UserFactory(email="grace@example.org"))
    for app in (machine, web, public):
        folder = tmp_path / str(app.row.pk)
        folder.mkdir()
        value = app.secret if app.row.has_secret else ""
        (folder / ".env").write_text(snippets.env(app.row, value))
        texts = {snippet.name: snippet.text for snippet in snippets.of(app.row)}
        assert not [name for name, text in texts.items() if value and value in text]
        for name, text in texts.items():
            (folder / name).write_text(text)
            if name.endswith(".py"):
                compile(text, name, "exec")
        go = allowed(app, browser) if app is not machine else None
        code = (lambda address, go=go: parse_qs(urlsplit(go(address)).query)["code"][0]) if go else None
        answer = json.loads(run_pasted(["sh", "curl.sh"], folder, code).strip().splitlines()[-1])
        assert answer["token_type"].lower() == "bearer"
        if app is machine:
            assert asked_api(texts["api_views.py"], answer["access_token"]) == {"for": machine.client_id}
        env = {"OAUTH_CLIENT_SECRET": value, "AUTHLIB_INSECURE_TRANSPORT": "1"}
        said = run_pasted([sys.executable, "-W", "ignore", "authlib_client.py"], folder, go, env)
        assert re.search(r"(?i)bearer \d+", said)
    assert "oidc_client_ts.mjs" in texts
    assert "application.yml" not in texts
