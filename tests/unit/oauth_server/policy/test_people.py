"""Who may use an issuer."""

from typing import Any

import pytest
from django.test import override_settings

from oauth_server import issuers
from oauth_server.policy import people


def only_ada(user: Any, issuer: Any) -> bool:
    return bool(user.email.startswith("ada@"))


@pytest.mark.threat(37)
def test_every_active_person(person: Any):
    issuer = issuers.first()
    assert people.may_use(person, issuer)
    person.is_active = False
    assert not people.may_use(person, issuer)


def test_a_policy_of_the_host_narrows_it(person: Any):
    policy = {"ISSUER": "http://testserver", "PEOPLE_POLICY": f"{__name__}.only_ada"}
    with override_settings(OAUTH_SERVER=policy):
        assert people.may_use(person, issuers.first())
        person.email = "bob@example.org"
        assert not people.may_use(person, issuers.first())
