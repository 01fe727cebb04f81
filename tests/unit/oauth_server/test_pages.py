"""Content Security Policy Level 3: the headers of pages for people, and the page for what went wrong."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from oauth_server import pages

ERROR: dict[str, Any] = {
    "status": 400,
    "title": "We stopped",
    "message": "Why.",
    "advice": "What to do.",
    "code": "invalid_request",
}


def protected(**kwargs: bool) -> HttpResponse:
    view = pages.page(**kwargs)(lambda request: HttpResponse("page"))
    response = view(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.threat(79)
@pytest.mark.bar("E10.4")
def test_a_form_may_be_followed_to_a_client_only_where_it_has_to() -> None:
    assert "form-action 'self'" in protected()["Content-Security-Policy"]
    assert "form-action" not in protected(leads_to_client=True)["Content-Security-Policy"]


@pytest.mark.threat(79, 90, 91)
def test_a_page_allows_nothing_but_our_own_styles_and_pictures() -> None:
    policy = protected()["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert protected()["Cache-Control"] == "no-store"
    assert protected()["X-Frame-Options"] == "DENY"


def test_styles_from_a_host_of_their_own_are_named(settings: Any) -> None:
    settings.STATIC_URL = "https://static.example/files/"
    assert "style-src 'self' https://static.example;" in protected()["Content-Security-Policy"]


def test_a_protected_view_asks_for_sign_in_itself() -> None:
    view = pages.page()(lambda request: HttpResponse())
    assert view.login_required is False  # type: ignore[attr-defined]


@pytest.mark.bar("E15.1")
def test_the_error_page_says_what_happened_what_to_do_and_which_event_it_was() -> None:
    response = pages.error_page(RequestFactory().get("/"), **ERROR, trace_id="ab" * 16)
    text = response.content.decode()
    assert response.status_code == 400
    for said in (
        "<h1>We stopped</h1>",
        "Why.",
        "What to do.",
        "<code>invalid_request</code>",
        f"<code>{'ab' * 16}</code>",
    ):
        assert said in text
    assert " UTC</time>" in text
    assert response["X-Trace-Id"] == "ab" * 16
    assert text.count("btn-primary") == text.count('href="/account/"') == 1, "nothing else is known to be good"


@pytest.mark.bar("E4.1")
def test_the_ways_on_of_the_error_page_are_those_it_was_given() -> None:
    client = SimpleNamespace(domain="photos.example")
    response = pages.error_page(
        RequestFactory().get("/"),
        **ERROR,
        client=client,
        back_url="https://photos.example/?a=1&b=2",
        restart_url="/again",
    )
    text = response.content.decode()
    assert 'href="https://photos.example/?a=1&amp;b=2"' in text
    assert 'href="/again"' in text
    assert "photos.example" in text


@pytest.mark.threat(80)
@pytest.mark.parametrize(
    "field", ["title", "message", "advice", "code", "detail", "restart_url", "back_url", "trace_id"]
)
def test_nothing_that_the_error_page_is_given_becomes_markup(field: str) -> None:
    payload = '"><script>alert(1)</script>'
    response = pages.error_page(RequestFactory().get("/"), **{**ERROR, field: payload})
    assert "<script>" not in response.content.decode()
