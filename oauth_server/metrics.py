"""Prometheus: what this server tells about itself; nothing without the extra `metrics` and the setting METRICS_TOKEN.

Each process counts for itself; with several, PROMETHEUS_MULTIPROC_DIR names a directory in which they meet. What is asked of the database
(ages, lags) is asked when somebody looks.
"""

from functools import cache
from typing import Any

from django.db.models import Max, Min

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.models import JobRun, LogoutDelivery, SigningKey, WebhookDelivery

# Of an endpoint's answers, in seconds
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


def is_on() -> bool:
    return bool(settings.METRICS_TOKEN)


@cache
def _instruments() -> tuple[Any, Any]:
    from prometheus_client import Counter, Histogram

    return (
        Counter("oauth_server_events", "Tokens by grant type, refusals by error", ["event", "kind"]),
        Histogram("oauth_server_request_seconds", "Answers of endpoints", ["endpoint", "status"], buckets=_BUCKETS),
    )


def count(name: str) -> None:
    """`name` as in `counters.add`: `token:refresh_token`, `refused:invalid_client`."""
    if is_on():
        event, _, kind = name.partition(":")
        _instruments()[0].labels(event, kind).inc()


def observe(endpoint: str, status: int, seconds: float) -> None:
    """`endpoint` is one of ours, never what a visitor made up."""
    if is_on():
        _instruments()[1].labels(endpoint, str(status)).observe(seconds)


def text() -> tuple[bytes, str]:
    """The exposition format, and its media type."""
    import os

    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    _instruments()
    mine = CollectorRegistry()
    mine.register(_Database())
    counted: Any = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(mine), CONTENT_TYPE_LATEST


class _Database:
    """What the tables say at this moment."""

    def collect(self) -> Any:
        from prometheus_client.core import GaugeMetricFamily

        now = clock.now()
        keys = GaugeMetricFamily("oauth_server_active_key_age_seconds", "Oldest active key", labels=["algorithm"])
        active = SigningKey.objects.filter(state=SigningKey.State.ACTIVE, activated__isnull=False)
        for algorithm, since in active.values_list("algorithm").annotate(Min("activated")):
            keys.add_metric([algorithm], (now - since).total_seconds())
        lag = GaugeMetricFamily("oauth_server_outbox_lag_seconds", "Longest overdue delivery", labels=["outbox"])
        for name, model in (("logout", LogoutDelivery), ("webhook", WebhookDelivery)):
            rows: Any = model._default_manager.filter(next_attempt__lt=now)
            due = rows.aggregate(due=Min("next_attempt"))["due"]
            lag.add_metric([name], (now - due).total_seconds() if due else 0)
        jobs = GaugeMetricFamily("oauth_server_job_age_seconds", "Since a command was last run", labels=["job"])
        for name, finished in JobRun.objects.values_list("name").annotate(Max("finished")):
            jobs.add_metric([name], (now - finished).total_seconds())
        return [keys, lag, jobs]
