"""What supervisors, load balancers and Prometheus ask, through Django and through the machine lane."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client as HTTP
from django.test import RequestFactory

from oauth_server import clock
from oauth_server.endpoints import health, lane
from oauth_server.models import SigningKey
from tests import factories

pytestmark = pytest.mark.django_db

TOKEN = "read-the-metrics-0123456789"


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the test stays open."""
    monkeypatch.setattr(lane, "_look_at_connections", lambda: None)


def through_the_lane(path: str, **headers: str) -> tuple[str, bytes]:
    """From a probe that knows the address alone."""
    told: list[Any] = []
    environ = {**RequestFactory().get(path).environ, "HTTP_HOST": "10.1.2.3:8000", **headers}
    (body,) = lane.wrap(lambda environ, start: [b"passed on"])(environ, lambda *head: told.extend(head))
    assert not told or "X-Trace-Id" in dict(told[1])
    return (told or [""])[0], body


def ready() -> tuple[int, dict[str, str]]:
    answer = HTTP().get("/readyz")
    return answer.status_code, answer.json()["checks"]


@pytest.mark.bar("O14.3")
def test_a_process_is_alive_without_a_database_and_ready_with_all_it_needs(monkeypatch: pytest.MonkeyPatch):
    good = dict.fromkeys(health.CHECKS, "ok")
    assert HTTP().get("/livez").content == b"ok\n"
    assert ready() == (200, good)
    assert through_the_lane("/livez") == ("200 OK", b"ok\n")
    assert through_the_lane("/readyz")[0] == "200 OK"
    assert through_the_lane("/readyz/x") == ("", b"passed on")
    assert HTTP().post("/readyz").status_code == 405
    factories.LogoutDeliveryFactory(next_attempt=clock.now() - timedelta(minutes=11))
    assert ready() == (200, {**good, "outbox": "late"})
    with monkeypatch.context() as patch:
        patch.setattr(cache, "set", lambda *args, **kwargs: None)
        cache.clear()
        assert ready() == (503, {**good, "outbox": "late", "cache": "failed"})
    SigningKey.objects.filter(algorithm="ES256", state="active").update(state="retiring")
    assert ready()[1]["active_key"] == "missing"

    def gone(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("secret of the database")

    monkeypatch.setattr(health, "connection", SimpleNamespace(cursor=gone))
    answer = HTTP().get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "failed")
    assert b"secret" not in answer.content
    assert HTTP().get("/livez").status_code == 200


@pytest.mark.bar("O14.3")
def test_migrations_that_are_missing_are_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "_migrated", set())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'oauth_consent'")
    assert ready()[1]["migrations"] == "missing"


@pytest.mark.bar("O14.3")
@pytest.mark.threat(99)
def test_metrics_are_for_who_has_the_token(settings: Any):
    assert HTTP().get("/metrics").status_code == 404
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "METRICS_TOKEN": TOKEN}
    app = factories.app()
    access_token = app.client_credentials().json()["access_token"]
    app.refresh("oas_rt_unknown")
    factories.LogoutDeliveryFactory(next_attempt=clock.now() - timedelta(seconds=90))
    for wrong in ("", "Bearer nonsense", f"Basic {TOKEN}"):
        assert HTTP().get("/metrics", headers={"authorization": wrong}).status_code == 401
    authorization = f"Bearer {TOKEN}"
    told = HTTP().get("/metrics", headers={"authorization": authorization}).content.decode()
    assert through_the_lane("/metrics", HTTP_AUTHORIZATION=authorization)[0] == "200 OK"
    for line in (
        'oauth_server_events_total{event="token",kind="client_credentials"} 1',
        'oauth_server_events_total{event="refused",kind="invalid_grant"} 1',
        'oauth_server_request_seconds_count{endpoint="token",status="200"} 1',
        'oauth_server_active_key_age_seconds{algorithm="ES256"}',
        'oauth_server_outbox_lag_seconds{outbox="logout"} 9',
    ):
        assert line in told, line
    assert not [value for value in (app.client_id, app.secret, access_token, "oas_") if value in told]
