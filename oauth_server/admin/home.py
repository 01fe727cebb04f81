"""The home of the console: what needs attention, and tokens and refusals of the last two days, from counters and indexes alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Min, OuterRef, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from oauth_server import clock
from oauth_server.admin import client_secret
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.deeds import incident, registration
from oauth_server.models import AuditEvent, Client, ClientSecret, Counter, SigningKey
from oauth_server.policy import roles
from oauth_server.tokens import jobs

# Shown of each kind; more are a number
_MOST = 5
_UNUSED = timedelta(days=30)
_HOURS = 48


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody should look at. `level`: error or warning."""

    level: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    y: int
    height: int
    at: str
    count: int


@dataclass(frozen=True, slots=True)
class Plot:
    """A bar for each hour in a picture of `width` by 100; `rows` say the same in a table."""

    name: str
    title: str
    total: int
    most: int
    bars: list[Bar]
    width: int = _HOURS * 10


def home(request: HttpRequest) -> dict[str, Any] | None:
    """What the template shows; None for who may not see it."""
    if not roles.may(request.user, roles.VIEW_DEPLOYMENT):
        return None
    now = clock.now()
    plots, refusals = _counted(now)
    return {
        "matters": sorted(_matters(now), key=lambda matter: matter.level),
        "plots": plots,
        "refusals": refusals,
        "audit_url": reverse("admin:oauth_server_auditevent_changelist"),
        "deployment_url": reverse("admin:oauth_server_deployment"),
    }


def _matters(now: datetime) -> Iterator[Matter]:
    yield from _incidents()
    yield from _waiting()
    yield from _secrets(now)
    yield from _keys(now)
    yield from _deliveries(now)
    yield from _jobs(now)
    yield from _unused(now)


def _incidents() -> Iterator[Matter]:
    for issuer in incident.running()[:_MOST]:
        url = reverse("admin:oauth_server_issuer_incident", args=[issuer.pk])
        yield Matter("error", _("%(issuer)s issues nothing: the incident switch is on.") % {"issuer": issuer}, url)


def _waiting() -> Iterator[Matter]:
    if registration.waiting().exists():
        url = reverse("admin:oauth_server_client_registrations")
        yield Matter("warning", _("Clients that registered themselves wait for approval."), url)


def _secrets(now: datetime) -> Iterator[Matter]:
    ending = ClientSecret.objects.filter(client__enabled=True, expires__lt=now + client_secret.SOON).select_related(
        "client"
    )
    rows = list(ending.order_by("expires")[: _MOST + 1])
    for row in rows[:_MOST]:
        is_over = not row.is_live(now)
        told = _("A secret of %(client)s has expired: %(time)s.")
        told = told if is_over else _("A secret of %(client)s expires: %(time)s.")
        text = told % {"client": row.client, "time": date_format(localtime(row.expires), "DATE_FORMAT")}
        yield Matter("error" if is_over else "warning", text, _change(row.client))
    if len(rows) > _MOST:
        url = reverse("admin:oauth_server_client_changelist")
        yield Matter("warning", _("More secrets expire within 30 days."), url)


def _keys(now: datetime) -> Iterator[Matter]:
    url = reverse("admin:oauth_server_keys")
    found: dict[tuple[Any, str], set[str]] = {}
    old = timedelta(seconds=settings.KEY_LIFETIME)
    states = (SigningKey.State.ACTIVE, SigningKey.State.NEXT)
    for key in SigningKey.objects.filter(state__in=states, issuer__enabled=True).select_related("issuer"):
        found.setdefault((key.issuer, key.algorithm), set()).add(key.state)
        names = {"issuer": key.issuer, "algorithm": key.algorithm}
        if key.state == SigningKey.State.ACTIVE and key.activated and now - key.activated > old:
            yield Matter("warning", _("%(issuer)s: the %(algorithm)s key is due for rotation.") % names, url)
    for (issuer, algorithm), held in found.items():
        names = {"issuer": issuer, "algorithm": algorithm}
        if SigningKey.State.NEXT not in held:
            yield Matter("error", _("%(issuer)s has no next %(algorithm)s key.") % names, url)
        if SigningKey.State.ACTIVE not in held:
            yield Matter("error", _("%(issuer)s has no active %(algorithm)s key.") % names, url)


def _deliveries(now: datetime) -> Iterator[Matter]:
    week = now - timedelta(days=7)
    kinds = (
        (
            Event.LOGOUT_UNDELIVERED,
            "logoutdelivery",
            _("Apps were not reached to tell them of a sign-out in the last week."),
        ),
        (Event.WEBHOOK_UNDELIVERED, "webhookdelivery", _("The audit webhook was not reached in the last week.")),
    )
    for event, table, text in kinds:
        if AuditEvent.objects.filter(event=event, at__gte=week).exists():
            yield Matter("error", text, f"{reverse(f'admin:oauth_server_{table}_changelist')}?state__exact=failed")


def _jobs(now: datetime) -> Iterator[Matter]:
    for name in jobs.overdue(now):
        yield Matter(
            "warning",
            _("manage.py %(command)s was not run for too long.") % {"command": name},
            reverse("admin:oauth_server_deployment"),
        )


def _unused(now: datetime) -> Iterator[Matter]:
    """Clients that got no token since a month, once a month was counted."""
    since = now - _UNUSED
    first = Counter.objects.aggregate(first=Min("at"))["first"]
    if first is None or first > since:
        return
    used = Counter.objects.filter(
        client_id=OuterRef("client_id"), span=Counter.Span.DAY, at__gte=since, name__startswith="token:"
    )
    rows = Client.objects.filter(~Exists(used), enabled=True, created__lt=since).order_by("pk")[: _MOST + 1]
    for client in rows[:_MOST]:
        yield Matter("warning", _("%(client)s got no token in the last 30 days.") % {"client": client}, _change(client))
    if len(rows) > _MOST:
        url = reverse("admin:oauth_server_client_changelist")
        yield Matter("warning", _("More clients got no token in the last 30 days."), url)


def _change(client: Client) -> str:
    return reverse("admin:oauth_server_client_change", args=[client.pk])


# Plots


def _counted(now: datetime) -> tuple[list[Plot], list[tuple[str, int]]]:
    """Tokens and refusals by hour, and the refusals of the last day by their error."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HOURS - 1)
    rows = Counter.objects.filter(client_id="", span=Counter.Span.HOUR, at__gte=first)
    sums: dict[str, dict[datetime, int]] = {"token": {}, "refused": {}}
    reasons: dict[str, int] = {}
    for at, name, count in rows.values_list("at", "name").annotate(Sum("count")).order_by("at"):
        kind, _colon, detail = name.partition(":")
        if kind in sums:
            sums[kind][at] = sums[kind].get(at, 0) + count
        if kind == "refused" and at >= first + timedelta(hours=_HOURS - 24):
            reasons[detail] = reasons.get(detail, 0) + count
    titles = {"token": _("Tokens issued an hour"), "refused": _("Requests refused an hour")}
    plots = [_plot(name, titles[name], counts, first) for name, counts in sums.items()]
    return plots, sorted(reasons.items(), key=lambda pair: -pair[1])


def _plot(name: str, title: str, counts: dict[datetime, int], first: datetime) -> Plot:
    hours = [first + timedelta(hours=number) for number in range(_HOURS)]
    most = max([*counts.values(), 1])
    bars = []
    for number, at in enumerate(hours):
        count = counts.get(at, 0)
        height = max(round(100 * count / most), 1 if count else 0)
        bars.append(Bar(number * 10 + 1, 100 - height, height, localtime(at).strftime("%Y-%m-%d %H:%M"), count))
    return Plot(name, title, sum(counts.values()), max(counts.values(), default=0), bars)
