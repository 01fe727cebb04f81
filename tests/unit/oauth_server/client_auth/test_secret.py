"""Client secrets: made or chosen, kept as what cannot be read back."""

from datetime import timedelta
from typing import Any

import pytest

from oauth_server import clock, digest
from oauth_server.client_auth import secret
from oauth_server.models import Client, ClientSecret
from oauth_server.tokens import store
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Any:
    return ClientFactory(clear=None)


def verify(client: Any, value: str) -> bool:
    return secret.verify(Client.objects.prefetch_related("secrets").get(pk=client.pk), value, "192.0.2.1")


@pytest.mark.seed("S-34")
@pytest.mark.threat(100)
def test_a_generated_secret_is_kept_as_a_digest_of_its_kind(client: Any):
    value = secret.issue(client, name="for the new server")
    row = client.secrets.get(name="for the new server")
    assert value.startswith("oas_cs_")
    assert row.verifier == digest.digest(digest.Kind.CLIENT_SECRET, value)
    assert row.verifier != digest.digest(digest.Kind.ACCESS_TOKEN, value)
    assert row.hint == value[-4:]
    assert verify(client, value)


def test_a_digest_under_an_older_key_is_accepted(client: Any, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": ["old"]}
    value = secret.issue(client)
    unused = secret.issue(client)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": ["new", "old"]}
    assert not verify(client, value + "x")
    assert verify(client, value)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": ["new"]}
    # it was digested anew when it was presented
    assert verify(client, value)
    assert not verify(client, unused)


@pytest.mark.parametrize(("before", "after"), [(["old"], ["new", "old"]), (["old", "new"], ["new", "old"])])
def test_what_may_be_seen_once_is_seen_once_while_the_key_is_exchanged(
    db: None, settings: Any, before: list[str], after: list[str]
):
    until = clock.now() + timedelta(minutes=1)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": before}
    assert store.use_once("jti", "value", until)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": after}
    assert store.was_seen("jti", "value")
    assert not store.use_once("jti", "value", until)
    assert store.use_once("jti", "other", until)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": before}
    assert not store.use_once("jti", "other", until)


WEAK = ["", "password", "dummy", "x" * 15, "x" * 64, "ab" * 20, "1234567" * 5, "the-id-of-the-client"]


@pytest.mark.seed("S-60")
@pytest.mark.seed("S-66")
@pytest.mark.parametrize("value", WEAK)
def test_a_weak_secret_cannot_be_chosen(client: Any, value: str):
    client.client_id = "the-id-of-the-client"
    with pytest.raises(ValueError, match=r"16 characters|guessed"):
        secret.choose(client, value)
    assert client.secrets.count() == 1


@pytest.mark.parametrize("value", ["a secret of a person", "0123456789abcdef", "ünïcødé is allowed as well"])
def test_a_chosen_secret_is_kept_as_a_hash(client: Any, value: str):
    secret.choose(client, value)
    row = client.secrets.get(kind=ClientSecret.Kind.HASH)
    assert value not in row.verifier
    assert row.hint == ""
    assert verify(client, value)
    assert not verify(client, value + " ")


@pytest.mark.threat(100)
def test_nothing_that_is_stored_verifies(client: Any):
    secret.choose(client, "a secret of a person")
    stored = list(client.secrets.values_list("verifier", flat=True))
    for value in [*stored, client.client_secret, "", " ", "pbkdf2_sha256", "\x00"]:
        assert not verify(client, value)


def test_a_client_without_secrets_has_none(client: Any):
    client.secrets.all().delete()
    assert not verify(client, "")
    assert not verify(client, "x")
