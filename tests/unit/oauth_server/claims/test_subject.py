"""Under which name a client knows a person, a sign-in, and itself."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from oauth_server.claims import subject
from oauth_server.models import Client

SHOP, BANK = Client(client_id="shop"), Client(client_id="bank")
SESSION = UUID("6f1d7f1e-2b1c-4f6e-9d62-0d3c9b6f3a10")


@pytest.mark.spec("OpenID Connect Core 1.0", "8")
def test_a_person_is_known_by_the_key_of_their_row():
    assert subject.of_person(SimpleNamespace(pk=SESSION), SHOP) == str(SESSION)
    assert subject.of_person(SimpleNamespace(pk=7), SHOP) == "7"


@pytest.mark.threat(58)
def test_a_client_is_known_by_its_id():
    assert subject.of_client(SHOP) == "shop"


@pytest.mark.threat(82)
def test_a_sign_in_has_one_name_at_each_client_and_no_two_can_compare_them():
    names = {subject.sid(SESSION, SHOP), subject.sid(SESSION, BANK), subject.sid(uuid4(), SHOP)}
    assert len(names) == 3
    assert subject.sid(SESSION, SHOP) == subject.sid(SESSION, SHOP)
    assert all(str(SESSION) not in name and len(name) == 43 for name in names)


def test_the_name_of_a_sign_in_outlives_a_new_digest_key(settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": ["old"]}
    before = subject.sid(SESSION, SHOP)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DIGEST_KEYS": ["new", "old"]}
    assert subject.sid(SESSION, SHOP) == before
