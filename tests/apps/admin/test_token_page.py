"""The page on which an operator pastes a token."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from oauth_server.deeds import key
from oauth_server.keys import jose, store
from oauth_server.models import AuditEvent, Client, Replay
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests import factories
from tests.apps.admin.conftest import events, last_event, new_family, new_tokens


@pytest.fixture
def look_up(db: None) -> str:
    return reverse("admin:oauth_server_token")


@pytest.fixture
def jwt(client: Client, person: Any) -> str:
    return new_tokens(new_family(client, person), "jwt").access_token


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "jwt"])
@pytest.mark.bar("O5")
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
    return browser.post(look_up, {"handle": handle, "note": "it was on a screen", **button})


@pytest.mark.threat(56)
def test_an_access_token_is_revoked_alone(operator: Browser, look_up: str, tokens: IssuedTokens) -> None:
    assert _end(operator, look_up, tokens.access_token, one="1").status_code == 302
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert lookup.find(tokens.refresh_token).active  # type: ignore[union-attr]
    assert (last_event().event, last_event().reason) == ("token:revoked", "it was on a screen")
    before = events()
    handle = operator.post(look_up, {"token": tokens.refresh_token}).context["handle"]
    asked = operator.post(look_up, {"handle": handle, "family": "1", "note": " "})
    assert asked.context["reason"].errors, "a reason is asked for"
    assert set(events()[len(before) :]) == {"token:looked_up"}


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
    other.post(look_up, {"handle": handle, "family": "1", "note": "x"})
    with time_machine.travel(timedelta(minutes=11)):
        answer = operator.post(look_up, {"handle": handle, "family": "1", "note": "x"}, follow=True)
    assert "open for too long" in answer.content.decode()
    operator.post(look_up, {"handle": "forged", "family": "1", "note": "x"})
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_who_may_look_but_not_revoke(staff: Callable[..., Browser], look_up: str, tokens: IssuedTokens) -> None:
    viewer = staff("view_authorization")
    answer = viewer.post(look_up, {"token": tokens.access_token})
    assert 'name="handle"' not in answer.content.decode()
    assert viewer.post(look_up, {"handle": answer.context["handle"], "family": "1", "note": "x"}).status_code == 403
    assert staff("view_client", "view_scope").get(look_up).status_code == 403
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_the_page_wants_a_csrf_token(operator: Browser, look_up: str, tokens: IssuedTokens) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(look_up, {"token": tokens.access_token}).status_code == 403


@pytest.mark.bar("O5")
def test_what_hangs_together_and_what_happened_is_shown(
    operator: Browser, staff: Callable[..., Browser], look_up: str, client: Client, person: Any
) -> None:
    session = factories.SessionFactory(user=person, user_agent="Firefox on a phone")
    family = new_family(client, person, session=session)
    first, second = new_tokens(family), new_tokens(family)
    child = new_family(client, None, parent=family)
    _end(operator, look_up, first.access_token, one="1")
    for pasted in (second.access_token, second.refresh_token, str(family.pk), f" {family.pk} "):
        answer = operator.post(look_up, {"token": pasted})
        text = answer.content.decode()
        states = sorted(why for _, _, _, why in answer.context["lines"])
        assert states == ["", "", "", "revoked"]
        assert answer.context["tree"].living == (2, 1)
        for fact in ("Firefox on a phone", str(family.pk), str(child.pk), "token:revoked", "it was on a screen"):
            assert fact in text
    viewer = staff("view_authorization")
    assert "token:revoked" not in viewer.post(look_up, {"token": str(family.pk)}).content.decode()
    _end(operator, look_up, str(family.pk), family="1")
    child.refresh_from_db()
    assert child.revoked_at is not None
    answer = operator.post(look_up, {"token": second.refresh_token})
    assert answer.context["what"].why == "the family is revoked"
    session.ended_at = session.created
    session.save()
    other = new_tokens(new_family(client, person, session=session))
    assert operator.post(look_up, {"token": other.access_token}).context["what"].why == "the person signed out"


@pytest.mark.bar("O5")
@pytest.mark.threat(43, 99)
def test_a_jwt_is_decoded_and_verified_whoever_signed_it(
    operator: Browser, look_up: str, jwt: str, client: Client, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    found = operator.post(look_up, {"token": jwt}).context["what"]
    assert (found.why, found.problem, found.signer.state) == ("", "", "active")
    assert found.claims["grant_id"] == str(found.family.pk)
    with time_machine.travel(timedelta(hours=2)):
        answer = operator.post(look_up, {"token": jwt})
        assert answer.context["what"].why == "expired"
    bent = jwt[:-8] + ("A" * 8 if jwt[-8:] != "A" * 8 else "B" * 8)
    answer = operator.post(look_up, {"token": bent})
    assert (answer.context["what"].kind, answer.context["what"].problem) == ("jwt", "signature")
    assert answer.context["what"].family is None
    assert "handle" not in answer.context
    _, _, private = jose.generate("ES256")
    foreign = jose.sign({"iss": "https://elsewhere.example", "sub": "<b>x</b>"}, jose.load(private), typ="at+jwt")
    text = operator.post(look_up, {"token": foreign}).content.decode()
    assert "no key of this server has that name" in text
    assert "&lt;b&gt;x" in text
    issuer = client.issuer
    identity = jose.sign({"iss": issuer.identifier, "sub": "1"}, store.active(issuer, "RS256"), typ="JWT")
    answer = operator.post(look_up, {"token": identity})
    assert (answer.context["what"].kind, answer.context["what"].why) == ("id_token", None)
    key.revoke(found.signer, "leaked")
    assert operator.post(look_up, {"token": jwt}).context["what"].why == "its key was revoked"
    for value in (jwt, foreign, identity):
        assert value not in text + caplog.text
        assert value.rpartition(".")[2] not in caplog.text


@pytest.mark.bar("O5")
def test_a_jwt_is_revoked_by_its_jti_alone(operator: Browser, look_up: str, jwt: str) -> None:
    jti = operator.post(look_up, {"token": jwt}).context["found"].jti
    assert "Nothing more is known by a jti" in operator.post(look_up, {"token": jti}).content.decode()
    _end(operator, look_up, jti, one="1")
    assert lookup.find(jwt).why == "revoked"  # type: ignore[union-attr]
    assert operator.post(look_up, {"token": jti}).context["what"].why == "revoked"
