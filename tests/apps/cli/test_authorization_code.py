"""`perform authorization-code` against a running server, with a person who signed in before."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.cookiejar import Cookie, CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

import pytest
from django.test import Client as Django

from tests.apps.cli.conftest import Oauth
from tests.plugins.servers import ROOT, Server, free_port
from tests.ran import Ran


class Browser:
    """Follows redirects, keeps cookies, and shows what it got."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.jar))

    def sign_in(self, person: Any) -> None:
        """The session of a sign-in that happened before."""
        http = Django()
        http.force_login(person)
        value = http.cookies["sessionid"].value
        self.jar.set_cookie(
            Cookie(
                0,
                "sessionid",
                value,
                None,
                False,
                "localhost.local",
                True,
                False,
                "/",
                True,
                False,
                None,
                True,
                None,
                None,
                {},
            )
        )

    def open(self, url: str, form: dict[str, str] | list[tuple[str, str]] | None = None, **headers: str) -> Any:
        body = urlencode(form).encode() if form is not None else None
        try:
            answer = self._opener.open(Request(url, body, headers), timeout=20)  # noqa: S310
        except HTTPError as error:
            answer = error
        answer.text = answer.read().decode()
        return answer


class Sample:
    """The command as a process, and the app that it serves."""

    def __init__(self, server: Server, client: dict[str, Any], *flags: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-W", "ignore", "manage.py", "oauth", "perform", "authorization-code", "--no-open"]
        command += ["--client-id", client["client_id"], "--port", str(self.port), *flags]
        secret = {"OAUTH2_CLIENT_SECRET": client["client_secret"]} if "client_secret" in client else {}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**server.env, **secret}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.greeting = self.process.stderr.readline()

    def link(self, visitor: Browser) -> str:
        found = re.search(r'id="authorize" href="([^"]+)"', visitor.open(self.url).text)
        assert found
        return found[1].replace("&amp;", "&")

    def end(self) -> Ran:
        out, err = self.process.communicate(timeout=30)
        return Ran(self.process.returncode, out, err)


def shown(page: Any) -> dict[str, str]:
    """The tokens on the page of the sample app."""
    found = re.findall(r'<code id="(\w+)">([^<]*)</code>', page.text)
    return {name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in found}


def form_token(page: Any) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


@pytest.fixture
def app(at_server: Server, oauth: Oauth) -> dict[str, Any]:
    """The client of the tutorial; first-party, so that no page is needed."""
    flags = ["--name", "Code", "--grant-type", "authorization_code,refresh_token", "--response-type", "code"]
    flags += ["--redirect-uri", "http://127.0.0.1:4446/callback", "--skip-consent"]
    made: dict[str, Any] = oauth("create", "oauth2-client", *flags, "--format", "json").json
    return made


@pytest.fixture
def perform(at_server: Server, app: dict[str, Any]) -> Iterator[Callable[..., Sample]]:
    """Start the command; it is ended with the test."""
    started: list[Sample] = []

    def start(*flags: str, client: dict[str, Any] | None = None) -> Sample:
        started.append(Sample(at_server, client or app, *flags))
        return started[-1]

    yield start
    for sample in started:
        sample.process.kill()
        sample.process.communicate()


@pytest.fixture
def visitor(at_server: Server, person: Any) -> Browser:
    visitor = Browser()
    visitor.sign_in(person)
    return visitor


Perform = Callable[..., Sample]


@pytest.mark.seed("S-15", "S-53")
@pytest.mark.bar("D1.3")
def test_the_request_has_state_nonce_and_an_s256_challenge(
    perform: Perform, visitor: Browser, app: dict[str, Any]
) -> None:
    sample = perform()
    links = [sample.link(visitor) for _ in range(2)]
    asked, again = ({name: values[0] for name, values in parse_qs(urlsplit(link).query).items()} for link in links)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == app["client_id"]
    assert asked["redirect_uri"] == f"{sample.url}/callback"
    assert asked["scope"] == "offline openid"
    assert (len(asked["code_challenge"]), asked["code_challenge_method"]) == (43, "S256")
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert asked[name] != again[name]


@pytest.mark.seed("S-15")
def test_the_flags_become_parameters(perform: Perform, visitor: Browser) -> None:
    sample = perform(
        *("--scope", "openid,email", "--audience", "https://a.example", "--prompt", "login,consent", "--max-age=60"),
        *("--state", "fixed", "--redirect", "https://elsewhere.example/cb", "--response-mode", "query"),
        *("--auth-url", "https://as.example/authorize?tenant=1"),
    )
    link = sample.link(visitor)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert link.startswith("https://as.example/authorize?tenant=1&")
    expected = {
        "scope": "openid email",
        "audience": "https://a.example",
        "prompt": "login consent",
        "max_age": "60",
        "state": "fixed",
        "redirect_uri": "https://elsewhere.example/cb",
        "response_mode": "query",
    }
    assert expected.items() <= asked.items()


@pytest.mark.seed("S-18", "S-19", "S-14", "S-48")
def test_the_tokens_are_shown_in_the_browser_and_in_the_terminal(
    perform: Perform, visitor: Browser, oauth: Oauth, app: dict[str, Any], person: Any
) -> None:
    sample = perform()
    page = visitor.open(sample.link(visitor))
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    tokens = shown(page)
    visitor.open(f"{sample.url}/finish", {"form_token": form_token(page)})
    ended = sample.end()
    assert ended.code == 0, ended.err
    assert list(ended.labels) == ["ACCESS TOKEN", "REFRESH TOKEN", "ID TOKEN", "EXPIRY"]
    assert [ended.labels[name] for name in ("ACCESS TOKEN", "REFRESH TOKEN", "ID TOKEN")] == [
        tokens["access_token"],
        tokens["refresh_token"],
        tokens["id_token"],
    ]
    told = oauth("introspect", "token", tokens["access_token"]).labels
    assert (told["ACTIVE"], told["SUBJECT"], told["CLIENT ID"]) == ("true", str(person.pk), app["client_id"])
    assert told["SUBJECT"] != person.email
    assert oauth("decode", tokens["id_token"]).json["signature"] == "valid"


@pytest.mark.seed("S-18", "S-26", "S-27")
@pytest.mark.parametrize(("scope", "missing"), [("openid", "REFRESH TOKEN"), ("offline_access", "ID TOKEN")])
def test_each_scope_brings_its_token(perform: Perform, visitor: Browser, scope: str, missing: str) -> None:
    sample = perform("--scope", scope, "--linger", "0")
    page = visitor.open(sample.link(visitor))
    assert page.status == 200, page.text
    ended = sample.end()
    assert [label for label, value in ended.labels.items() if value == "<empty>"] == [missing]


@pytest.mark.seed("S-18")
def test_the_buttons_refresh_and_revoke(perform: Perform, visitor: Browser, oauth: Oauth) -> None:
    sample = perform()
    first = visitor.open(sample.link(visitor))
    form = {"form_token": form_token(first)}
    second = visitor.open(f"{sample.url}/refresh", form)
    old, new = shown(first), shown(second)
    assert not set(old.values()) & set(new.values())
    assert oauth("introspect", "token", new["access_token"]).labels["ACTIVE"] == "true"
    assert "Revoked" in visitor.open(f"{sample.url}/revoke", form).text
    for token in (old["access_token"], new["access_token"], new["refresh_token"]):
        assert oauth("introspect", "token", token).labels["ACTIVE"] == "false"
    visitor.open(f"{sample.url}/finish", form)
    ended = sample.end()
    assert ended.labels["ACCESS TOKEN"] == old["access_token"]
    assert new["access_token"] in ended.err
    assert "Revoked." in ended.err


def test_a_reloaded_page_redeems_nothing_twice(perform: Perform, visitor: Browser, oauth: Oauth) -> None:
    sample = perform()
    page = visitor.open(sample.link(visitor))
    again = visitor.open(page.url)
    assert shown(again) == shown(page)
    assert oauth("introspect", "token", shown(page)["access_token"]).labels["ACTIVE"] == "true"


@pytest.mark.seed("S-15", "S-53")
@pytest.mark.spec("RFC 9207", "2.4")
def test_a_response_that_is_not_the_answer_is_refused_and_ends_nothing(
    perform: Perform, visitor: Browser, at_server: Server
) -> None:
    sample = perform()
    link = sample.link(visitor)
    state = parse_qs(urlsplit(link).query)["state"][0]
    good = {"code": "oas_ac_x", "state": state, "iss": at_server.url}
    forged = [
        {**good, "state": "another"},
        {**good, "iss": "https://evil.example"},
        {name: value for name, value in good.items() if name != "iss"},
        {name: value for name, value in good.items() if name != "state"},
        {"error": "access_denied", "state": "another", "iss": at_server.url},
    ]
    for response in forged:
        assert visitor.open(f"{sample.url}/callback?{urlencode(response)}").status == 400
    assert visitor.open(f"{sample.url}/callback?{urlencode([*good.items(), ('state', state)])}").status == 400
    assert sample.process.poll() is None
    assert shown(visitor.open(link))["access_token"].startswith("oas_at_")


@pytest.mark.seed("S-15", "S-23")
def test_a_refusal_of_the_server_is_shown_in_both_places_and_is_exit_1(perform: Perform, at_server: Server) -> None:
    stranger = Browser()
    sample = perform("--prompt", "none")
    page = stranger.open(sample.link(stranger))
    assert page.status == 400
    assert "login_required" in page.text
    ended = sample.end()
    assert ended.code == 1
    assert "login_required" in ended.err
    assert ended.out == ""


def test_a_wrong_secret_is_refused_and_not_echoed(perform: Perform, visitor: Browser, app: dict[str, Any]) -> None:
    wrong = "not-the-secret-of-this-client"
    sample = perform(client={**app, "client_secret": wrong})
    page = visitor.open(sample.link(visitor))
    ended = sample.end()
    assert ended.code == 1
    assert "invalid_client" in ended.err
    assert wrong not in page.text + ended.err + ended.out


@pytest.mark.seed("S-15")
def test_with_no_shutdown_it_goes_on_after_the_end(perform: Perform, visitor: Browser) -> None:
    sample = perform("--no-shutdown")
    page = visitor.open(sample.link(visitor))
    visitor.open(f"{sample.url}/finish", {"form_token": form_token(page)})
    assert shown(visitor.open(sample.link(visitor)))["access_token"] != shown(page)["access_token"]
    assert sample.process.poll() is None


@pytest.mark.seed("S-38")
def test_a_public_client_needs_no_secret(perform: Perform, visitor: Browser, oauth: Oauth) -> None:
    flags = [
        "--redirect-uri",
        "http://127.0.0.1:4446/callback",
        "--token-endpoint-auth-method",
        "none",
        "--skip-consent",
    ]
    public = oauth("create", "oauth2-client", *flags, "--format", "json").json
    sample = perform("--scope", "openid", "--linger", "0", client=public)
    assert shown(visitor.open(sample.link(visitor)))["id_token"].startswith("eyJ")
    assert sample.end().code == 0


@pytest.mark.seed("S-15")
def test_the_sample_app_listens_on_the_loopback_address_alone(perform: Perform) -> None:
    sample = perform()
    assert sample.url in sample.greeting
    with open("/proc/net/tcp") as table, open("/proc/net/tcp6") as table6:
        rows = [line.split() for line in [*table, *table6]]
    local = [row[1] for row in rows if row[1].endswith(f":{sample.port:04X}") and row[3] == "0A"]
    assert local == [f"0100007F:{sample.port:04X}"]


def test_a_taken_port_is_wrong_use_and_says_so(oauth: Oauth, app: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = oauth(
            *("perform", "authorization-code", "--no-open", "--client-id", app["client_id"]),
            *("--client-secret", app["client_secret"], "--port", str(taken.getsockname()[1])),
        )
    assert ran.code == 2
    assert "--port" in ran.err


def test_the_command_ends_by_itself_when_nobody_uses_the_page(perform: Perform, visitor: Browser) -> None:
    sample = perform("--linger", "1")
    visitor.open(sample.link(visitor))
    assert sample.end().code == 0


def test_ctrl_c_after_the_tokens_is_a_good_end(perform: Perform, visitor: Browser) -> None:
    sample = perform("--no-shutdown")
    visitor.open(sample.link(visitor))
    assert sample.process.stderr is not None
    assert "Ctrl-C" in sample.process.stderr.readline()
    os.kill(sample.process.pid, signal.SIGINT)
    assert sample.end().code == 0
