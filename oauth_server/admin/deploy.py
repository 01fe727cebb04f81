"""The page of the deployment: what `check --deploy` says, what clients discover, clocks, commands, tables; and a mail to oneself."""

import json
import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import django
from django.contrib import admin, messages
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from oauth_server import clock, issuers, limits
from oauth_server.conf import settings
from oauth_server.endpoints import metadata
from oauth_server.policy import roles
from oauth_server.tokens import expired, jobs

# Mails to oneself in LIMIT_WINDOW
_MAILS = 5


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: about how many, as the database guesses; None: it has no guess. `oldest`: when its oldest expired row expired."""

    name: str
    rows: int | None
    size: int | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    finished: datetime | None
    is_overdue: bool


def view(self: Any, request: HttpRequest) -> HttpResponseBase:
    """`self`: the admin of a table. The mail goes to the person who asks for it, nowhere else."""
    if not roles.may(request.user, roles.VIEW_DEPLOYMENT):
        raise PermissionDenied
    if request.method == "POST":
        _mail(request)
        return HttpResponseRedirect(request.path)
    now = clock.now()
    overdue = set(jobs.overdue(now))
    first = issuers.first()
    context = {
        **admin.site.each_context(request),
        "title": _("Deployment"),
        "opts": self.opts,
        "media": self.media,
        "checks": [_told(message) for message in checks.run_checks(include_deployment_checks=True)],
        "facts": _facts(),
        "jobs": [Job(name, finished, name in overdue) for name, finished in jobs.last_runs().items()],
        "tables": tables(now),
        "issuer": first,
        "discovery": json.dumps(metadata.document(first), indent=2, ensure_ascii=False),
        "address": getattr(request.user, "email", ""),
    }
    return TemplateResponse(request, "admin/oauth_server/deployment.html", context)


def _told(message: checks.CheckMessage) -> dict[str, Any]:
    level = "error" if message.level >= checks.ERROR else "warning"
    return {"level": level, "id": message.id, "text": message.msg, "hint": message.hint or ""}


def _facts() -> list[tuple[str, str]]:
    ahead = clock.offset().total_seconds()
    database = f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    return [
        (_("Version"), version("django-oauth-server")),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
        (_("Database"), database),
        (_("The database's clock is ahead of this machine's by"), _("%(seconds).3f s") % {"seconds": ahead}),
        (_("Issuer"), settings.ISSUER),
    ]


def tables(now: datetime) -> list[Table]:
    """Each table from which `clear_expired` removes; nothing is counted."""
    guesses = _guesses()
    found = []
    for model, over in expired.TABLES:
        name = model._meta.db_table
        columns = {field.column for field in model._meta.concrete_fields}
        column = next((one for one in ("expires", "expires_at", "at") if one in columns), "")
        oldest = over(now).values_list(column, flat=True).first() if column else None
        rows, size = guesses.get(name, (None, None))
        found.append(Table(str(model._meta.verbose_name_plural), rows, size, oldest))
    return found


def _guesses() -> dict[str, tuple[int | None, int | None]]:
    """Rows and bytes by table, as PostgreSQL's planner takes them to be; SQLite has no guess."""
    if connection.vendor != "postgresql":
        return {}
    statement = (
        "SELECT c.relname, CASE WHEN c.reltuples < 0 THEN pg_stat_get_live_tuples(c.oid) ELSE c.reltuples::bigint END, "
        "pg_total_relation_size(c.oid) FROM pg_class c "
        "WHERE c.relkind IN ('r', 'p') AND c.relname LIKE 'oauth%%' AND pg_table_is_visible(c.oid)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {name: (rows, size) for name, rows, size in cursor.fetchall()}


def _mail(request: HttpRequest) -> None:
    user: Any = request.user
    address = getattr(user, "email", "")
    if not address:
        messages.error(request, _("Your account has no e-mail address."))
        return
    try:
        limits.take(_MAILS, "test_mail", str(user.pk))
        text = _("This server can send mail. Whoever looks after it asked for this test.")
        send_mail(_("A test"), text, None, [address])
    except limits.TooManyAttempts:
        messages.error(request, _("Those were enough tests. Try again later."))
    except OSError as error:
        # what the mail server says is for the operator, and holds no secret
        messages.error(request, _("The mail could not be sent: %(error)s") % {"error": error})
    else:
        messages.success(request, _("A mail is on its way to %(address)s.") % {"address": address})
