"""Signing keys go next → active → retiring → gone: published before they sign and until their last token has expired."""

import json
import re
from contextlib import suppress
from typing import Any

import jwt
import pytest
from django.db import IntegrityError, transaction
from django.test import Client as HTTP
from jwt import PyJWKSet

from oauth_server import checks, conf, copies, issuers, seal
from oauth_server.keys import jose, rotation, store
from oauth_server.keys.rotation import NotPublishedLongEnough, State
from oauth_server.models import Issuer, SigningKey
from tests.factories import AudienceFactory, ClientFactory, IssuerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.threat(114)]
RULES = {rule.id: rule for rule in checks.RULES}


@pytest.fixture
def issuer() -> Issuer:
    return IssuerFactory()


def key(issuer: Issuer, state: str, algorithm: str = "ES256") -> SigningKey:
    return issuer.keys.get(algorithm=algorithm, state=state)


def published(issuer: Issuer) -> set[Any]:
    return {jwk["kid"] for jwk in store.published(issuer)}


def created(row: SigningKey, moving_clock: Any) -> None:
    """The column is filled by Django's clock."""
    SigningKey.objects.filter(pk=row.pk).update(created=moving_clock.time)


@pytest.mark.bar("O8.2")
def test_the_next_key_becomes_the_active_one_once_it_is_published_long_enough(issuer: Issuer, moving_clock: Any):
    first, second = key(issuer, "active"), key(issuer, "next")
    created(second, moving_clock)
    moving_clock.move(conf.settings.KEY_PUBLICATION - 1)
    with pytest.raises(NotPublishedLongEnough):
        rotation.rotate(issuer, "ES256")
    assert key(issuer, "active") == first
    moving_clock.move(2)
    assert rotation.rotate(issuer, "ES256") == second
    assert (key(issuer, "active"), key(issuer, "retiring")) == (second, first)
    assert key(issuer, "next").pk not in {first.pk, second.pk}
    assert {first.kid, second.kid, key(issuer, "next").kid} <= published(issuer)
    assert store.active(Issuer.objects.get(pk=issuer.pk), "ES256").kid == second.kid


def test_an_operator_may_skip_the_time_of_publication(issuer: Issuer):
    second = key(issuer, "next")
    assert rotation.rotate(issuer, "ES256", force=True) == second
    assert key(issuer, "next").pk != second.pk


def test_a_missing_next_key_is_made_and_waits_for_its_time(issuer: Issuer, moving_clock: Any):
    key(issuer, "next").delete()
    with pytest.raises(NotPublishedLongEnough):
        rotation.rotate(issuer, "ES256")
    made = key(issuer, "next")
    created(made, moving_clock)
    moving_clock.move(conf.settings.KEY_PUBLICATION + 1)
    assert rotation.rotate(issuer, "ES256") == made


@pytest.mark.bar("O8.2")
def test_keys_older_than_their_lifetime_are_rotated_and_no_others(issuer: Issuer, moving_clock: Any):
    for row in issuer.keys.all():
        created(row, moving_clock)
    assert rotation.rotate_due(issuer) == []
    issuer.keys.filter(algorithm="ES256", state="active").update(activated=moving_clock.time)
    issuer.keys.filter(algorithm="RS256", state="active").update(activated=None)
    moving_clock.move(conf.settings.KEY_LIFETIME + 1)
    assert [row.algorithm for row in rotation.rotate_due(issuer)] == ["ES256"]
    assert rotation.rotate_due(issuer) == []


def test_a_retired_key_stays_until_the_last_token_that_it_signed_has_expired(issuer: Issuer, moving_clock: Any):
    AudienceFactory(issuer=issuer, access_token_lifetime=86_400)
    old = key(issuer, "active")
    rotation.rotate(issuer, "ES256", force=True)
    moving_clock.move(86_400 + conf.settings.JWKS_MAX_AGE - 5)
    assert rotation.retire(issuer) == 0
    assert old.kid in published(issuer)
    moving_clock.move(10)
    assert rotation.retire(issuer) == 1
    assert old.kid not in published(issuer)


@pytest.mark.threat(100)
def test_the_private_part_of_a_gone_key_is_erased(issuer: Issuer, moving_clock: Any):
    rotation.rotate(issuer, "ES256", force=True)
    moving_clock.move(rotation.longest_lifetime(issuer) + 5)
    rotation.retire(issuer)
    gone = key(issuer, "gone")
    assert gone.sealed == ""
    assert gone.gone == moving_clock.time


def test_the_end_of_a_retiring_key_is_known(issuer: Issuer):
    old = key(issuer, "active")
    assert rotation.tokens_live_until(old, issuer) is None
    rotation.rotate(issuer, "ES256", force=True)
    old.refresh_from_db()
    assert old.retired is not None
    until = rotation.tokens_live_until(old, issuer)
    assert until is not None
    assert (until - old.retired).total_seconds() == rotation.longest_lifetime(issuer)


def test_keys_come_for_what_clients_and_audiences_ask_for(issuer: Issuer):
    assert rotation.provide(issuer) == []
    ClientFactory(issuer=issuer, algorithm="PS256")
    AudienceFactory(issuer=issuer, token_format="jwt", algorithm="EdDSA")
    AudienceFactory(issuer=issuer, token_format="opaque", algorithm="RS256")
    made = rotation.provide(issuer)
    assert {(row.algorithm, row.state) for row in made} == {
        (algorithm, state) for algorithm in ("PS256", "EdDSA") for state in ("active", "next")
    }
    assert rotation.provide(issuer) == []


@pytest.mark.parametrize("state", [State.ACTIVE, State.NEXT])
def test_an_algorithm_has_one_key_of_a_state(issuer: Issuer, state: str):
    with pytest.raises(IntegrityError), transaction.atomic():
        store.make(issuer, "ES256", state).save()


def test_an_issuer_without_the_key_signs_nothing_and_none_is_made(issuer: Issuer):
    with pytest.raises(store.NoKey):
        store.active(issuer, "EdDSA")
    issuer.keys.all().delete()
    with pytest.raises(store.NoKey):
        store.active(Issuer.objects.get(pk=issuer.pk), "ES256")
    assert not issuer.keys.exists()


@pytest.mark.threat(100)
def test_the_private_part_is_sealed_under_a_key_outside_the_database(issuer: Issuer, settings: Any):
    row = key(issuer, "active")
    private = json.loads(seal.unseal(store.PURPOSE, row.sealed))
    assert private["d"] not in row.sealed
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["another key, with which nothing is sealed"]}
    with pytest.raises(seal.Unreadable):
        seal.unseal(store.PURPOSE, row.sealed)
    fresh = issuers.create("Other", slug="other-keys")
    assert store.active(fresh, "ES256").kid == key(fresh, "active").kid


def test_keys_sealed_under_an_older_encryption_key_still_sign(issuer: Issuer, settings: Any):
    old = settings.SECRET_KEY
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["a newer key than the others", old]}
    assert store.active(issuer, "ES256").kid == key(issuer, "active").kid


def test_the_keys_of_two_issuers_have_nothing_in_common(issuer: Issuer):
    assert not published(issuer) & published(issuers.first())


@pytest.mark.bar("O8.3")
def test_a_key_that_is_too_old_or_has_no_successor_is_told(issuer: Issuer, moving_clock: Any):
    old, missing = RULES["oauth_server.W010"], RULES["oauth_server.W011"]
    assert (old.fails(), missing.fails()) == ("", "")
    SigningKey.objects.update(activated=moving_clock.time)
    moving_clock.move(conf.settings.KEY_LIFETIME + conf.settings.KEY_PUBLICATION + 1)
    issuer.keys.filter(algorithm="RS256", state="active").update(activated=moving_clock.time)
    issuers.first().keys.update(activated=moving_clock.time)
    assert old.fails() == f"Signing keys older than KEY_LIFETIME: {issuer.name}: ES256."
    key(issuer, "next", "RS256").delete()
    assert missing.fails().endswith(f"{issuer.name}: RS256.")
    rotation.provide(issuer)
    assert missing.fails() == ""
    issuer.keys.all().delete()
    assert (old.fails(), missing.fails()) == ("", "")


@pytest.mark.bar("O8.2")
def test_a_client_with_a_copy_of_the_jwks_never_fails_through_twenty_rotations(
    issuer: Issuer, moving_clock: Any, settings: Any
):
    """Its copy is always as old as it may be, and none is fetched for the sake of a key that it does not know.

    PyJWT has nothing in common with what signs here.
    """

    def fetched() -> tuple[PyJWKSet, int]:
        """The copy, and for how long the server says that it is good."""
        copies.clear()  # its seconds pass by another clock
        answer = HTTP().get(f"/{issuer.slug}/.well-known/jwks.json")
        (age,) = re.findall(r"max-age=(\d+)", answer["Cache-Control"])
        return PyJWKSet.from_dict(answer.json()), int(age)

    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "KEY_PUBLICATION": conf.settings.JWKS_MAX_AGE}
    created(key(issuer, "next"), moving_clock)
    copied, signed = moving_clock.time, []
    copy, age = fetched()
    kids: set[str] = set()
    while len(kids) <= 20:
        moving_clock.move(age / 3)
        if (moving_clock.time - copied).total_seconds() >= age:  # RFC 9111 §4.2: stale from then on
            (copy, age), copied = fetched(), moving_clock.time
        with suppress(NotPublishedLongEnough):
            rotation.rotate(issuer, "ES256")
            created(key(issuer, "next"), moving_clock)
        rotation.retire(issuer)
        private = store.active(Issuer.objects.get(pk=issuer.pk), "ES256")
        kids.add(private.kid)
        signed.append((moving_clock.time, jose.sign({"iss": issuer.identifier}, private, typ="JWT")))
        for at, token in signed[-10:]:
            if (moving_clock.time - at).total_seconds() < conf.settings.ACCESS_TOKEN_LIFETIME:
                by = copy[jwt.get_unverified_header(token)["kid"]]
                jwt.decode(token, by, algorithms=["ES256"], issuer=issuer.identifier)
    assert issuer.keys.filter(algorithm="ES256", state="gone").count() >= 15
