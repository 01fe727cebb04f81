"""What supervisors, load balancers and Prometheus ask: `/livez`, `/readyz`, `/metrics`.

The first two answer by whatever host name or address they are asked and tell words only, never a value or an error.
"""

import hmac
import json
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from oauth_server import clock, metrics, tracing
from oauth_server.conf import settings
from oauth_server.endpoints.base import NO_STORE
from oauth_server.keys import store
from oauth_server.models import Issuer, LogoutDelivery, SigningKey, WebhookDelivery
from oauth_server.protocol import ProtocolResponse

LIVE_PATH, READY_PATH, METRICS_PATH = PATHS = ("/livez", "/readyz", "/metrics")
# What waits for so long is late: nothing delivers
_LATE = timedelta(minutes=10)
_JSON = {"Content-Type": "application/json", **NO_STORE}
# a process whose code fits the tables goes on to: nothing is asked again
_migrated: set[str] = set()


def live() -> ProtocolResponse:
    """The process answers; it says nothing about the database, whose absence a restart would not end."""
    return ProtocolResponse(200, {"Content-Type": "text/plain", **NO_STORE}, b"ok\n")


def ready() -> ProtocolResponse:
    """200 when this process can serve, 503 when not. Late deliveries are told and do not count: no other process would be better."""
    found = {name: _word(check) for name, check in CHECKS.items()}
    is_ready = all(word == "ok" for name, word in found.items() if name != "outbox")
    body = json.dumps({"status": "ready" if is_ready else "not ready", "checks": found}) + "\n"
    return ProtocolResponse(200 if is_ready else 503, _JSON, body.encode())


def _word(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception:
        # whatever it is, this process cannot serve; the log of the requests that fail says more
        return "failed"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    if DEFAULT_DB_ALIAS not in _migrated:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "missing"
        _migrated.add(DEFAULT_DB_ALIAS)
    return "ok"


def _cache() -> str:
    value = secrets.token_hex(8)
    cache.set("oauth_server.readyz", value, 10)
    # another process may have asked at the same moment
    return "ok" if cache.get("oauth_server.readyz") else "failed"


def _active_key() -> str:
    for issuer in Issuer.objects.filter(enabled=True):
        found = issuer.keys.filter(state=SigningKey.State.ACTIVE).values_list("algorithm", flat=True)
        if not {*settings.SIGNING_ALGORITHMS} <= {*found}:
            return "missing"
        for algorithm in settings.SIGNING_ALGORITHMS:
            # opened: a key that ENCRYPTION_KEYS does not fit signs nothing
            store.active(issuer, algorithm)
    return "ok"


def _outbox() -> str:
    late = clock.now() - _LATE
    is_late = any(model.objects.filter(next_attempt__lt=late).exists() for model in (LogoutDelivery, WebhookDelivery))
    return "late" if is_late else "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "active_key": _active_key,
    "outbox": _outbox,
}


def measured(authorization: str) -> ProtocolResponse:
    """Prometheus' text, for who has METRICS_TOKEN; without that setting there is nothing here."""
    wanted = settings.METRICS_TOKEN
    if not wanted:
        return ProtocolResponse(404, NO_STORE)
    if not hmac.compare_digest(authorization.encode(), f"Bearer {wanted}".encode()):
        return ProtocolResponse(401, {"WWW-Authenticate": "Bearer", **NO_STORE})
    body, media_type = metrics.text()
    return ProtocolResponse(200, {"Content-Type": media_type, **NO_STORE}, body)


def answer(path: str, authorization: str) -> ProtocolResponse:
    """`path` is one of `PATHS`."""
    if path == METRICS_PATH:
        return measured(authorization)
    return live() if path == LIVE_PATH else ready()


@login_not_required
@transaction.non_atomic_requests
@tracing.named
@require_GET
def view(request: HttpRequest, path: str) -> HttpResponse:
    """For projects that do not use the machine lane."""
    response = answer(f"/{path}", request.headers.get("Authorization", ""))
    return HttpResponse(response.body, status=response.status, headers=dict(response.headers))
