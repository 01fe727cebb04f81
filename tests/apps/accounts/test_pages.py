"""What is true of every page of an account: headers, look, and that none of them is the engine's own."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.template.response import TemplateResponse
from django.test import Client as Browser
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from accounts import urls
from accounts.models import User

from .conftest import follow

ARGUMENTS: dict[str, dict[str, Any]] = {
    "account_confirm_email": {"key": "MQ:a:b"},
    "account_reset_password_from_key": {"uidb36": "abc", "key": "set-password"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "account_not_me": {"token": "abc:def:ghi"},
    "account_email_undo": {"token": "abc:def:ghi"},
    "account_invitation": {"token": "abc"},
    "account_terms_text": {"version": "1"},
}
PATHS = sorted({reverse(str(pattern.name), kwargs=ARGUMENTS.get(str(pattern.name))) for pattern in urls.urlpatterns})
# Asked by a script, and only posted to
NO_PAGE = {"/account/sign-in/passkey/", "/account/security/devices/forget/"}
# Pages whose form can end at a client, so that a browser applies `form-action` to every hop
LEADS_TO_CLIENT = {
    path
    for path in PATHS
    if path.startswith(
        (
            "/account/sign-in/",
            "/account/register/",
            "/account/sign-out/",
            "/account/inactive/",
            "/account/confirm/",
            "/account/password/reset/",
            "/account/email/confirm/",
            "/account/security/passkeys/add/",
            "/account/choose/",
            "/account/invitation/",
        )
    )
    or path in {"/account/terms/", "/account/security/totp/", "/account/security/recovery-codes/"}
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def test_every_name_that_the_engine_reverses_is_one_of_our_pages() -> None:
    import allauth.account.urls as stock
    import allauth.mfa.urls as stock_factors

    ours = {pattern.name for pattern in urls.urlpatterns}
    assert {pattern.name for pattern in stock.urlpatterns} <= ours
    wanted = {str(pattern.name) for pattern in patterns(stock_factors.urlpatterns)}
    # a file that is asked for again would show the codes a second time
    assert wanted - ours == {"mfa_download_recovery_codes"}


def patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        yield from patterns(entry.url_patterns) if hasattr(entry, "url_patterns") else [entry]


def test_no_page_of_the_engine_is_mounted_anywhere() -> None:
    views = [getattr(entry.callback, "view_class", entry.callback) for entry in patterns(get_resolver().url_patterns)]
    assert views
    assert not [view for view in views if view.__module__.startswith("allauth")]


@pytest.mark.threat(79, 90, 91)
@pytest.mark.bar("E16.2")
@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers_of_a_page_for_people(
    visitor: Browser, person: User, path: str, signed_in: bool
) -> None:
    if signed_in:
        visitor.force_login(person)
    for response in (visitor.get(path), visitor.post(path)):
        assert response.status_code in {200, 302, 403, 405}, path
        assert {name: response[name] for name in HEADERS} == HEADERS
        policy = dict.fromkeys(response["Content-Security-Policy"].split("; "))
        assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in response["Content-Security-Policy"]
        assert ("form-action 'self'" in policy) == (path not in LEADS_TO_CLIENT)
        assert response["Cross-Origin-Opener-Policy"] == ("unsafe-none" if path in LEADS_TO_CLIENT else "same-origin")
        assert len(response["X-Trace-Id"]) == 32


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("path", sorted(set(PATHS) - NO_PAGE))
def test_every_page_has_our_look_and_only_our_templates(
    visitor: Browser, person: User, path: str, signed_in: bool
) -> None:
    if signed_in:
        visitor.force_login(person)
    response = follow(visitor, path)
    assert response.status_code == 200
    assert "oauth_server/base.html" in [template.name for template in response.templates]
    assert not [
        template.name for template in response.templates if str(template.name).startswith(("account/", "allauth/"))
    ]
    text = response.content.decode()
    assert "Example ID</title>" in text
    assert '<html lang="en" dir="ltr">' in text
    assert "style=" not in text
    scripts = re.findall(r"<script([^>]*)>", text)
    assert all("src=" in script and 'nonce="' in script for script in scripts), scripts


@pytest.mark.bar("E18.2")
def test_arabic_pages_are_written_from_the_right(visitor: Browser, db: None) -> None:
    text = visitor.get("/account/sign-in/", headers={"Accept-Language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in text
    assert "bootstrap.rtl" in text


def test_a_trace_id_of_the_caller_is_kept(visitor: Browser, db: None) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = visitor.get("/account/sign-in/", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert response["X-Trace-Id"] == trace


@pytest.mark.parametrize(
    "path", ["/account/", "/account/name/", "/account/email/", "/account/password/", "/account/password/set/"]
)
def test_the_pages_of_a_person_ask_who_is_there(visitor: Browser, db: None, path: str) -> None:
    assert unquote(visitor.get(path)["Location"]) == f"/account/sign-in/?next={path}"


def test_whoever_signed_out_meanwhile_signs_in_instead_of_confirming(visitor: Browser, db: None) -> None:
    assert (
        visitor.post("/account/confirm/?next=/account/name/")["Location"]
        == "/account/sign-in/?next=%2Faccount%2Fname%2F"
    )


def test_a_page_that_needs_no_sign_in_is_shown_under_a_hosts_rule_that_everything_does(
    visitor: Browser, db: None, settings: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    for path in ("/account/sign-in/", "/account/register/", "/account/password/reset/", "/account/signed-out/"):
        assert visitor.get(path).status_code == 200


def test_forms_are_answered_with_pages_and_never_with_json(visitor: Browser, person: User) -> None:
    response = visitor.post(
        "/account/sign-in/", {"login": "x", "password": "y"}, headers={"X-Requested-With": "XMLHttpRequest"}
    )
    assert isinstance(response, TemplateResponse)
    assert response["Content-Type"].startswith("text/html")


def test_the_engines_own_limits_are_answered_with_our_page(visitor: Browser, db: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    visitor.post("/account/register/", {})
    response = visitor.post("/account/register/", {})
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert b"Too many tries" in response.content
    assert response["X-Frame-Options"] == "DENY"


def test_the_name_of_the_person_can_be_given_and_taken(visitor: Browser, person: User) -> None:
    visitor.force_login(person)
    assert visitor.post("/account/name/", {"first_name": "Augusta", "last_name": ""})["Location"] == "/account/"
    assert b"Augusta" in visitor.get("/account/").content


@pytest.mark.threat(80)
@pytest.mark.parametrize(
    "payload",
    ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "{{ 1234567*7 }}", "</title><svg/onload=alert(1)>"],
)
def test_names_of_apps_and_people_are_text(
    visitor: Browser, person: User, app: Any, ask: Callable[..., str], payload: str
) -> None:
    User.objects.update(first_name=payload)
    type(app).objects.update(name=payload)
    visitor.force_login(User.objects.get())
    text = follow(visitor, ask(prompt="login", login_hint=payload)).content.decode()
    assert payload not in text or "<" not in payload
    assert "8641969" not in text


def test_unknown_names_do_not_reverse() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_verify_phone")
