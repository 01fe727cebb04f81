"""Keyed digests, and encryption at rest."""

import hmac

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from oauth_server import digest, seal
from oauth_server.conf import settings
from oauth_server.digest import Kind


@pytest.mark.threat(22, 100)
def test_the_same_value_of_another_kind_has_another_digest():
    assert len({digest.digest(kind, "value") for kind in Kind}) == len(Kind)


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.sampled_from(list(Kind)))
def test_the_digest_is_the_hmac_of_the_standard_library(value: str, kind: Kind):
    message = digest.checksum(value).encode()
    key = hmac.digest(settings.DIGEST_KEYS[0].encode(), f"oauth_server.digest.{kind}".encode(), "sha256")
    assert digest.digest(kind, value) == hmac.digest(key, message, "sha256").hex()


@pytest.mark.threat(100)
def test_the_digest_is_not_a_plain_hash():
    assert digest.digest(Kind.ACCESS_TOKEN, "value") != digest.checksum("value")


def test_the_first_key_writes_and_all_are_accepted():
    with override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "DIGEST_KEYS": ["old"]}):
        old = digest.digest(Kind.ACCESS_TOKEN, "value")
    with override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "DIGEST_KEYS": ["new", "old"]}):
        assert digest.digest(Kind.ACCESS_TOKEN, "value") != old
        assert old in digest.candidates(Kind.ACCESS_TOKEN, "value")
        assert digest.matches(Kind.ACCESS_TOKEN, "value", old)
    with override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "DIGEST_KEYS": ["new"]}):
        assert not digest.matches(Kind.ACCESS_TOKEN, "value", old)


def test_a_value_that_no_text_can_hold_has_a_digest():
    assert digest.digest(Kind.ACCESS_TOKEN, "\ud800") != digest.digest(Kind.ACCESS_TOKEN, "")


def test_parts_do_not_run_together():
    assert digest.derive(Kind.SESSION, "ab", "c") != digest.derive(Kind.SESSION, "a", "bc")


def test_a_key_is_named_by_a_fingerprint_that_tells_nothing_of_it():
    assert digest.fingerprint("a key") == digest.fingerprint("a key") != digest.fingerprint("a kez")
    assert len(digest.fingerprint("a key")) == 12


def test_what_is_sealed_opens_with_its_purpose_only():
    sealed = seal.seal("signing_key", b"private")
    assert seal.unseal("signing_key", sealed) == b"private"
    assert b"private" not in sealed.encode()
    for purpose, value in (("other", sealed), ("signing_key", sealed[:-4] + "AAA="), ("signing_key", "no base64")):
        with pytest.raises(seal.Unreadable):
            seal.unseal(purpose, value)


def test_sealing_twice_gives_two_values():
    assert seal.seal("x", b"same") != seal.seal("x", b"same")


@pytest.mark.threat(32, 100)
def test_an_answer_sealed_with_a_token_opens_with_that_token_only():
    sealed = seal.seal_with("oas_rt_old", "refresh_answer", b"answer")
    assert seal.unseal_with("oas_rt_old", "refresh_answer", sealed) == b"answer"
    with pytest.raises(seal.Unreadable):
        seal.unseal_with("oas_rt_other", "refresh_answer", sealed)
    with pytest.raises(seal.Unreadable):
        seal.unseal("refresh_answer", sealed)


def test_a_key_of_before_still_opens():
    with override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "ENCRYPTION_KEYS": ["old"]}):
        sealed = seal.seal("x", b"clear")
    with override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "ENCRYPTION_KEYS": ["new", "old"]}):
        assert seal.unseal("x", sealed) == b"clear"
    with (
        override_settings(OAUTH_SERVER={"ISSUER": "http://testserver", "ENCRYPTION_KEYS": ["new"]}),
        pytest.raises(seal.Unreadable),
    ):
        seal.unseal("x", sealed)
