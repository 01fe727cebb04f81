"""OpenID Connect Core 1.0 §8: a pairwise subject is one person at one sector, everywhere the same, and told to nobody else."""

import json
from typing import Any

import jwt
import pytest

from oauth_server import issuers
from oauth_server.claims import subject
from oauth_server.models import Client, Issuer
from tests import factories
from tests.flows import App, Browser, error, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.spec("OpenID Connect Core 1.0", "8.1"), pytest.mark.op("D13")]


def pairwise(host: str = "rp.example", **fields: Any) -> App:
    return factories.app(subject_type="pairwise", redirect_uris=f"https://{host}/callback", **fields)


def sub(app: App, browser: Browser) -> str:
    claims = jwt.decode(app.tokens(browser)["id_token"], options={"verify_signature": False})
    return str(claims["sub"])


def test_every_answer_names_the_person_alike(signed_in: Browser, person: Any):
    app = pairwise()
    api = factories.AudienceFactory(identifier="https://api.example", token_format="jwt")
    app.row.audiences.add(api)
    body = app.tokens(signed_in, scope="openid offline_access")
    known_as = jwt.decode(body["id_token"], options={"verify_signature": False})["sub"]
    assert known_as != str(person.pk)
    assert len(known_as) == 43
    again = app.refresh(body["refresh_token"]).json()
    assert jwt.decode(again["id_token"], options={"verify_signature": False})["sub"] == known_as
    assert app.userinfo(body["access_token"]).json()["sub"] == known_as
    assert app.introspect(body["access_token"]).json()["sub"] == known_as
    assert app.introspect(again["refresh_token"]).json()["sub"] == known_as
    at_api = app.tokens(signed_in, scope="openid", audience="https://api.example")["access_token"]
    assert jwt.decode(at_api, options={"verify_signature": False})["sub"] == known_as


@pytest.mark.threat(97)
def test_one_sector_one_name_two_sectors_two(signed_in: Browser, person: Any):
    one, same, other = pairwise(), pairwise(), pairwise("other.example")
    named = pairwise("third.example", sector_identifier_uri="https://rp.example/sector.json")
    assert sub(one, signed_in) == sub(same, signed_in) == sub(named, signed_in)
    assert sub(other, signed_in) not in {sub(one, signed_in), str(person.pk)}
    bob = Browser()
    bob.force_sign_in(factories.UserFactory())
    assert sub(one, bob) != sub(one, signed_in)


@pytest.mark.threat(97)
@pytest.mark.parametrize("uri", ["http://127.0.0.1/cb", "http://localhost:8080/cb", "org.example.app:/cb"])
def test_apps_on_a_device_are_no_sector_together(uri: str):
    one, two = (Client(client_id=name, redirect_uris=uri, subject_type="pairwise") for name in ("one", "two"))
    assert (subject.sector(one), subject.sector(two)) == ("one", "two")


def test_two_issuers_know_a_person_under_two_names(signed_in: Browser):
    elsewhere = pairwise(issuer=factories.IssuerFactory())
    assert sub(elsewhere, signed_in) != sub(pairwise(), signed_in)


@pytest.mark.op("B18")
def test_a_hint_is_understood(signed_in: Browser, person: Any):
    app = pairwise()
    hint = app.tokens(signed_in)["id_token"]
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=hint, prompt="none"))
    bob = Browser()
    bob.force_sign_in(factories.UserFactory())
    assert error(app.authorize(bob, id_token_hint=hint, prompt="none")) == (303, "login_required")
    asked = json.dumps({"id_token": {"sub": {"value": sub(app, signed_in)}}})
    assert "code" in parameters(app.authorize(signed_in, claims=asked, prompt="none"))
    # the name that others know is no name here
    public = json.dumps({"id_token": {"sub": {"value": str(person.pk)}}})
    assert error(app.authorize(signed_in, claims=public, prompt="none")) == (303, "login_required")


@pytest.mark.threat(97, 100)
def test_the_salt_is_of_no_use_without_a_key_that_is_not_in_the_database(signed_in: Browser, settings: Any):
    app = pairwise()
    before = sub(app, signed_in)
    sealed = issuers.first().pairwise_salt
    assert sealed not in before
    old = settings.OAUTH_SERVER.get("ENCRYPTION_KEYS") or [settings.SECRET_KEY]
    # another key in front: nobody becomes a stranger
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["another key of the operator" * 2, *old]}
    subject._opened.cache_clear()
    assert sub(app, signed_in) == before
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["a wrong key of nobody" * 2]}
    subject._opened.cache_clear()
    assert error(app.authorize(signed_in)) == (303, "temporarily_unavailable")
    subject._opened.cache_clear()


def test_each_issuer_has_a_salt_of_its_own_from_the_first_moment():
    assert Issuer().pairwise_salt != Issuer().pairwise_salt
    assert issuers.first().pairwise_salt


@pytest.mark.seed("S-81")
@pytest.mark.spec("OpenID Connect Core 1.0", "2")
def test_several_audiences_come_with_azp(app: App, signed_in: Browser):
    other = factories.app()
    app.row.id_token_audiences = [other.client_id]
    app.row.save()
    token = app.tokens(signed_in)["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["aud"], claims["azp"]) == ([app.client_id, other.client_id], app.client_id)
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=token, prompt="none"))
    # given to another: no hint of this one's
    assert error(other.authorize(signed_in, id_token_hint=token, prompt="none")) == (303, "invalid_request")
