"""The page on which an operator pastes a token."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from oauth_server.models import AuditEvent, Client, Replay
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import events, new_family, new_tokens


@pytest.fixture
def look_up(db: None) -> str:
    return reverse("admin:oauth_server_token")


@pytest.fixture
def jwt(client: Client, person: Any) -> str:
    return new_tokens(new_family(client, person), "jwt").access_token


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "jwt"])
@pytest.mark.threat(99)
def test_a_pasted_token_is_explained_and_never_repeated(
    kind: str, operator: Browser, look_up: str, tokens: IssuedTokens, jwt: str, client: Client, person: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    value = jwt if kind == "jwt" else getattr(tokens, kind)
    answer = operator.post(look_up, {"token": value})
    text = answer.content.decode()
    family = lookup.find(value).authorization  # type: ignore[union-attr]
    for fact in (client.client_id, str(person), "openid", "https://api.example.com", str(family.pk), "active"):
        assert fact in text
    assert value not in text + caplog.text + str(dict(operator.session)) + str(list(AuditEvent.objects.values()))
    assert value not in answer.request["PATH_INFO"] + answer.request["QUERY_STRING"]
    assert "no-store" in answer["Cache-Control"]
    assert events()[-1] == "token:looked_up"


def test_what_was_never_issued_is_said_to_be_so(operator: Browser, look_up: str) -> None:
    for value in ("oas_at_nonsense", "eyJhbGciOiJub25lIn0.e30.", "x", "ü" * 50):
        text = operator.post(look_up, {"token": value}).content.decode()
        assert "never issued it" in text
        assert value not in text or value == "x"


@pytest.mark.parametrize("value", ["", "y" * 20_000, "a\x00b"])
def test_a_value_that_is_refused_is_not_repeated(operator: Browser, look_up: str, value: str) -> None:
    answer = operator.post(look_up, {"token": value})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not value or value not in answer.content.decode()


def test_a_get_looks_nothing_up(operator: Browser, look_up: str, tokens: IssuedTokens) -> None:
    text = operator.get(look_up, {"token": tokens.access_token}).content.decode()
    assert "Authorization</dt>" not in text
    assert events() == ["client:created"]


def _end(browser: Browser, look_up: str, value: str, **button: str) -> Any:
    handle = browser.post(look_up, {"token": value}).context["handle"]
    return browser.post(look_up, {"handle": handle, **button})


@pytest.mark.threat(56)
def test_an_access_token_is_revoked_alone(operator: Browser, look_up: str, tokens: IssuedTokens) -> None:
    assert _end(operator, look_up, tokens.access_token, one="1").status_code == 302
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert lookup.find(tokens.refresh_token).active  # type: ignore[union-attr]
    assert events()[-1] == "token:revoked"


@pytest.mark.threat(56)
def test_a_jwt_is_revoked_alone(operator: Browser, look_up: str, jwt: str) -> None:
    _end(operator, look_up, jwt, one="1")
    assert lookup.find(jwt).why == "revoked"  # type: ignore[union-attr]
    assert Replay.objects.filter(kind=lookup.REVOKED_JTI).count() == 1


@pytest.mark.threat(56)
@pytest.mark.parametrize("pasted", ["access_token", "refresh_token"])
def test_the_whole_authorization_is_revoked(operator: Browser, look_up: str, tokens: IssuedTokens, pasted: str) -> None:
    _end(operator, look_up, getattr(tokens, pasted), family="1")
    assert lookup.find(tokens.access_token).why == "the family is revoked"  # type: ignore[union-attr]
    assert lookup.find(tokens.refresh_token).why == "the family is revoked"  # type: ignore[union-attr]
    assert events()[-1] == "family:revoked"
    assert "inactive: the family is revoked" in operator.post(look_up, {"token": tokens.access_token}).content.decode()


def test_the_buttons_belong_to_the_person_who_looked_and_end_with_time(
    operator: Browser, staff: Callable[..., Browser], look_up: str, tokens: IssuedTokens
) -> None:
    handle = operator.post(look_up, {"token": tokens.access_token}).context["handle"]
    other = staff("view_authorization", "delete_authorization")
    other.post(look_up, {"handle": handle, "family": "1"})
    with time_machine.travel(timedelta(minutes=11)):
        answer = operator.post(look_up, {"handle": handle, "family": "1"}, follow=True)
    assert "open for too long" in answer.content.decode()
    operator.post(look_up, {"handle": "forged", "family": "1"})
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_who_may_look_but_not_revoke(staff: Callable[..., Browser], look_up: str, tokens: IssuedTokens) -> None:
    viewer = staff("view_authorization")
    answer = viewer.post(look_up, {"token": tokens.access_token})
    assert "Revoke" not in answer.content.decode()
    assert viewer.post(look_up, {"handle": answer.context["handle"], "family": "1"}).status_code == 403
    assert staff("view_client", "view_scope").get(look_up).status_code == 403
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_the_page_wants_a_csrf_token(operator: Browser, look_up: str, tokens: IssuedTokens) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(look_up, {"token": tokens.access_token}).status_code == 403
