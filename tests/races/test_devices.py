"""RFC 8628 at the same moment: a device that polls many times at once, and two people who claim one code."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from oauth_server import clock, digest
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, DeviceRequest, RefreshToken
from oauth_server.tokens import device, opaque
from tests import factories
from tests.flows import App
from tests.plugins.servers import Server
from tests.races.parallel import AT_ONCE, at_once, together
from tests.races.test_races import Workers, tally

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.threat(84)]


def approved(app: App, server: Server) -> str:
    """The device code of a request that a person has approved."""
    family = factories.AuthorizationFactory(client=app.row, audiences=[server.url])
    value = opaque.make(opaque.DEVICE_CODE, clock.now() + timedelta(minutes=10))
    factories.DeviceRequestFactory(
        application=app.row,
        device_code=digest.digest(Kind.DEVICE_CODE, value),
        user=family.user,
        authorization=family,
        status=DeviceRequest.AUTHORIZED,
    )
    return value


@pytest.mark.seed("S-79")
@pytest.mark.spec("RFC 8628", "3.5")
def test_of_many_polls_at_once_one_gets_the_tokens(workers: Workers, transactional_db: None) -> None:
    server, app = workers(), factories.app(grant_types=[GRANT, "refresh_token"], response_types=[], redirect_uris="")
    for _ in range(5):
        body = {"grant_type": GRANT, "device_code": approved(app, server)}
        answers = at_once(server, [(app, "/oauth2/token", body)] * AT_ONCE)
        assert tally(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (5, 5)


@pytest.mark.spec("RFC 8628", "5.3")
def test_of_many_people_one_claims_a_code(transactional_db: None) -> None:
    row = factories.DeviceRequestFactory()
    people = [factories.UserFactory().pk for _ in range(8)]

    def claim(user_id: object) -> bool:
        try:
            return device.claim(row, user_id)
        finally:
            connection.close()

    assert Counter(together([partial(claim, one) for one in people])) == {True: 1, False: 7}


@pytest.mark.spec("RFC 8628", "3.3")
def test_of_many_answers_at_once_one_counts(transactional_db: None) -> None:
    person = factories.UserFactory()
    row = factories.DeviceRequestFactory(user=person)
    families = [factories.AuthorizationFactory(client=row.application, user=person) for _ in range(4)]

    def answer(deed: Callable[[], bool]) -> bool:
        try:
            return deed()
        finally:
            connection.close()

    approve = [partial(device.approve, row, family) for family in families]
    won = together([partial(answer, deed) for deed in (*approve, *[partial(device.deny, row, person.pk)] * 4)])
    assert sum(won) == 1
    row.refresh_from_db()
    assert row.status == (DeviceRequest.AUTHORIZED if any(won[:4]) else DeviceRequest.DENIED)
    assert row.authorization_id == next(
        (family.pk for family, first in zip(families, won, strict=False) if first), None
    )
