"""What the doctor makes of what it sees: tables of it, and a server that does everything wrong."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oauth_server.cli.consumer_server import serving
from oauth_server.cli.doctor import clocks, cors, headers, here, keys, metadata, proxy, tls
from oauth_server.cli.doctor.command import examine
from oauth_server.cli.doctor.finding import Finding, Level
from oauth_server.cli.doctor.site import Site
from tests.plugins.servers import free_port
from tests.unit.oauth_server.cli.test_consumer import Liar

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = {
    "code_challenge_methods_supported": ["S256"],
    "response_types_supported": ["code"],
    "authorization_response_iss_parameter_supported": True,
}
KEY = {"kid": "1", "alg": "ES256", "use": "sig", "kty": "EC", "crv": "P-256", "x": "a", "y": "b"}
PAGE = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def levels(found: "Iterable[Finding | None]") -> set[str]:
    """Without what is in order; everything else says what to change."""
    bad = [one for one in found if one is not None and one.level != Level.OK]
    assert all(one.change for one in bad)
    return {one.level.value for one in bad}


@pytest.mark.parametrize(
    ("whole", "left", "level"),
    [
        (365, 90, "ok"),
        (365, 20, "warning"),
        (90, 30, "ok"),
        (90, 20, "warning"),
        (90, 2, "error"),
        (6, 3, "ok"),
        (6, 0.4, "error"),
    ],
)
def test_a_certificate_is_judged_by_how_long_it_lives(whole: float, left: float, level: str) -> None:
    ends = NOW + timedelta(days=left)
    assert tls.expiry(ends - timedelta(days=whole), ends, NOW).level == level


def test_what_is_old_in_tls_is_an_error() -> None:
    assert [tls.version(name).level for name in ("TLSv1.3", "TLSv1.2", "TLSv1.1")] == ["ok", "ok", "error"]


@pytest.mark.parametrize(
    ("ahead", "level"), [(0, "ok"), (1, "ok"), (10, "warning"), (-10, "warning"), (90, "error"), (-90, "error")]
)
def test_clocks_may_differ_by_a_moment(ahead: int, level: str) -> None:
    date = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    assert clocks.skew(date, NOW, NOW + timedelta(milliseconds=300)).level == level
    assert clocks.skew("", NOW, NOW).level == "warning"


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, None),
        ({"code_challenge_methods_supported": []}, "error"),
        ({"code_challenge_methods_supported": ["S256", "plain"]}, "warning"),
        ({"id_token_signing_alg_values_supported": ["RS256", "none"]}, "error"),
        ({"response_types_supported": ["code", "code token"]}, "warning"),
        ({"grant_types_supported": ["password"]}, "warning"),
        ({"device_authorization_endpoint": "https://a.example/"}, "error"),
        ({"require_pushed_authorization_requests": True}, "error"),
        ({"authorization_response_iss_parameter_supported": None}, "warning"),
    ],
)
def test_metadata_that_contradicts_itself_or_offers_what_is_old_is_told(
    changes: dict[str, Any], level: str | None
) -> None:
    assert levels(metadata.rules({**GOOD, **changes})) == ({level} if level else set())


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ([KEY], None),
        ([KEY, {**KEY, "x": "c"}], "error"),
        ([KEY, {**KEY, "kid": "2"}], "error"),
        ([{**KEY, "d": "x"}], "error"),
        ([{"kid": "1", "alg": "ES256", "use": "sig", "kty": "RSA", "n": "AQ" * 80, "e": "AQAB"}], "error"),
        ([{**KEY, "alg": "RS256"}], "error"),
        ([{**KEY, "use": None}], "warning"),
    ],
)
def test_keys_that_nobody_should_use_are_told(found: list[dict[str, Any]], level: str | None) -> None:
    assert levels(keys.judge(found, ["ES256"])) == ({level} if level else set())


def test_headers_and_cookies_that_protect_nothing_are_told() -> None:
    assert levels(headers.page("x", PAGE)) == set()
    assert levels(headers.page("x", {})) == {"error", "warning"}
    inline = {**PAGE, "content-security-policy": "frame-ancestors 'none'; script-src 'unsafe-inline'"}
    assert levels(headers.page("x", inline)) == {"warning"}
    assert levels(headers.transport({"strict-transport-security": "max-age=31536000; includeSubDomains"})) == set()
    assert levels(headers.transport({"strict-transport-security": "max-age=60"})) == {"warning"}
    assert levels(headers.cookies(("sessionid=a; Secure; HttpOnly; SameSite=Lax",), secure=True)) == set()
    for line in ("sessionid=a; HttpOnly; SameSite=Lax", "sessionid=a; Secure; SameSite=Lax"):
        assert levels(headers.cookies((line,), secure=True)) == {"error"}
    assert levels([cors.judge("x", "*", "", public=True), cors.judge("x", "", "", public=False)]) == set()
    assert levels([cors.judge("x", "", "", public=True)]) == {"warning"}
    assert levels([cors.judge("x", "*", "", public=False)]) == {"error"}
    assert levels([cors.judge("x", "https://doctor.invalid", "true", public=True)]) == {"error"}
    assert proxy.believes(b"", {"location": "https://doctor.invalid/x"})


@pytest.mark.bar("D1.2")
def test_a_server_that_does_everything_wrong_is_told_all_of_it(httpserver: HTTPServer) -> None:
    url = httpserver.url_for("").rstrip("/")
    open_to_all = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}

    def answer(request: Request) -> Response:
        told = request.headers.get("X-Forwarded-Host", "")
        if request.path.startswith("/.well-known/o"):
            names = ("authorization", "token", "userinfo", "end_session")
            document: dict[str, Any] = {f"{name}_endpoint": f"{url}/{name}" for name in names}
            document |= {"issuer": f"https://{told or 'other.example'}", "jwks_uri": f"{url}/jwks"}
            document |= {"scopes_supported": [request.path]}
            return Response(json.dumps(document), headers=open_to_all, content_type="application/json")
        if request.path == "/jwks":
            return Response(json.dumps({"keys": [{**KEY, "d": "secret"}]}), content_type="application/json")
        if request.path == "/readyz":
            return Response(
                '{"checks": {"database": "failed", "outbox": "late"}}', 503, content_type="application/json"
            )
        page = Response("<html>", 500 if request.path == "/token" else 200, headers=open_to_all)
        page.headers.add("Set-Cookie", "sessionid=x")
        return page

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    found = examine(Site(url))
    told = {one.area for one in found if one.level == Level.ERROR}
    assert told == {"metadata", "keys", "cors", "headers", "proxy", "health"}
    texts = "\n".join(one.what for one in found)
    for part in (
        "clients were given",
        "disagree about scopes_supported",
        "token_endpoint answers an empty POST with 500",
        "private half",
    ):
        assert part in texts
    assert all(one.change for one in found if one.level != Level.OK)


def test_a_certificate_of_its_own_and_a_server_that_is_not_there_are_told(httpserver: HTTPServer) -> None:
    port = free_port()
    consumer = Liar(httpserver).consumer(redirect_uri=f"https://127.0.0.1:{port}/callback")
    with serving(port, consumer, https=True, skip=False):
        found = examine(Site(f"https://127.0.0.1:{port}"))
    assert any("not trusted: self-signed certificate" in one.what for one in found if one.area == "tls")
    assert levels(examine(Site("http://127.0.0.1:1"))) == {"error"}


def test_mail_that_goes_nowhere_and_a_cache_for_each_process_are_told(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert levels([*here.mails(), *here.shared_cache()]) == {"warning"}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert levels([*here.mails(), *here.shared_cache()]) == {"error"}
