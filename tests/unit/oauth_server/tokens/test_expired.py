"""What has expired goes, in bounded statements; what may still be replayed stays."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_server import clock
from oauth_server.audit import Event, record
from oauth_server.conf import settings
from oauth_server.models import (
    AccessToken,
    Attempt,
    AuditDoor,
    AuditEvent,
    Authorization,
    AuthorizationCode,
    DeviceRequest,
    Interaction,
    LogoutDelivery,
    RefreshToken,
    Replay,
    Session,
    SessionClient,
)
from oauth_server.tokens import expired, store
from tests.factories import (
    AccessTokenFactory,
    AuthorizationCodeFactory,
    AuthorizationFactory,
    DeviceRequestFactory,
    InteractionFactory,
    LogoutDeliveryFactory,
    RefreshTokenFactory,
    SessionClientFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db

MODELS = (
    AccessToken,
    Attempt,
    Authorization,
    AuthorizationCode,
    DeviceRequest,
    Interaction,
    LogoutDelivery,
    RefreshToken,
    Replay,
    Session,
    SessionClient,
)


def one_of_each(expires: Any) -> None:
    session = SessionFactory(expires=expires)
    family = AuthorizationFactory(expires_at=expires, session=session)
    AccessTokenFactory(authorization=family, expires=expires)
    RefreshTokenFactory(authorization=family, expires=expires, used_at=clock.now())
    AuthorizationCodeFactory(authorization=family, expires=expires, used_at=clock.now())
    DeviceRequestFactory(expires=expires)
    InteractionFactory(expires=expires)
    SessionClientFactory(session=session, expires=expires)
    LogoutDeliveryFactory(session=session, expires=expires)
    store.use_once("test", str(expires), expires)
    Attempt.objects.create(key=str(expires), expires=expires)


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in MODELS}


@pytest.mark.threat(118)
def test_what_is_over_goes_and_what_lives_stays() -> None:
    now = clock.now()
    one_of_each(now + timedelta(hours=1))
    alive = counts()
    one_of_each(now - timedelta(seconds=1))
    removed = Counter({model.__name__: number for model, number in expired.clear() if number})
    assert counts() == alive
    assert removed == Counter({model.__name__: 1 for model in MODELS})


def test_a_session_stays_while_a_family_names_it() -> None:
    over = clock.now() - timedelta(seconds=1)
    session = SessionFactory(expires=over)
    AuthorizationFactory(session=session)
    SessionFactory(expires=over)
    list(expired.clear())
    assert list(Session.objects.all()) == [session]


def test_audit_events_go_after_the_retention(settings: Any, moving_clock: Any) -> None:
    record(Event.CLIENT_CREATED)
    moving_clock.move(400 * 86_400 + 1)
    record(Event.CLIENT_CHANGED)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "AUDIT_RETENTION": 0}
    list(expired.clear())
    assert AuditEvent.objects.count() == 2
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "AUDIT_RETENTION": 400 * 86_400}
    list(expired.clear())
    assert list(AuditEvent.objects.values_list("event", flat=True)) == ["client:changed"]


def test_a_batch_is_one_statement_without_counting() -> None:
    for number in range(5):
        store.use_once("test", str(number), clock.now() - timedelta(seconds=1))
    with CaptureQueriesContext(connection) as queries:
        sizes = [number for model, number in expired.clear(batch=2) if model is Replay]
    assert sizes == [2, 2, 1]
    deleted = [query["sql"] for query in queries if query["sql"].upper().startswith("DELETE")]
    statements = [sql for sql in deleted if AuditDoor._meta.db_table not in sql]
    # clients take their secrets along, so they are read first, and there are none
    assert len(statements) == len(expired.TABLES) - 1 + 2
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert all("LIMIT 2" in sql for sql in statements if "oauth_server" in sql)


@pytest.mark.parametrize("command", ["clear_expired", "cleartokens"])
def test_the_command_tells_what_it_removed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    AccessTokenFactory(expires=clock.now() - timedelta(seconds=settings.ACCESS_TOKEN_LIFETIME))
    call_command(command)
    assert "access tokens: 1" in capsys.readouterr().out
