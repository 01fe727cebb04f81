"""Regulation (EU) 2016/679, articles 15 and 20: all that is kept of a person, as JSON.

What other apps keep of them they add themselves, by the signal `personal_data`.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from oauth_server import clock
from oauth_server.models import AuditEvent, Authorization, Client, Session
from oauth_server.signals import personal_data

from . import receipts
from .models import Consent

_CONSENT = ("audience", "scope", "declined", "details", "created", "updated", "expires_at", "withdrawn_at")
_GRANT = (
    "sub",
    "scope",
    "audiences",
    "details",
    "claims",
    "auth_time",
    "acr",
    "amr",
    "created",
    "expires_at",
    "revoked_at",
)
_SESSION = ("auth_time", "acr", "amr", "user_agent", "address", "created", "expires", "ended_at")
_EVENT = ("at", "event", "client_id", "object", "reason", "changes", "address", "trace_id")


def document(user: Any) -> dict[str, Any]:
    """Sections by name; `made_at` says when."""
    sections = {
        "made_at": clock.now(),
        "account": {"id": str(user.pk), "username": user.get_username()},
        "consents": _rows(Consent.objects.filter(user=user.pk), "client__client_id", *_CONSENT),
        "receipts": [
            {"id": row.pk, "at": row.at, "texts": row.texts, **row.document} for row in receipts.of(user).iterator()
        ],
        "grants": _rows(Authorization.objects.filter(user=user.pk), "client__client_id", *_GRANT),
        "sessions": _rows(Session.objects.filter(user=user.pk), *_SESSION),
        "applications": _rows(Client.objects.filter(user=user.pk), "client_id", "name", "created"),
        "events": _rows(AuditEvent.objects.filter(user_id=str(user.pk)).order_by("pk"), *_EVENT),
    }
    for _receiver, answer in personal_data.send_robust(sender=get_user_model(), user=user):
        if isinstance(answer, Exception):
            # a download that lacks a part and does not say so would be a false answer
            raise answer
        sections |= answer
    return sections


def _rows(rows: "QuerySet[Any]", *names: str) -> list[dict[str, Any]]:
    return [
        {name.partition("__")[2] or name: value for name, value in row.items()}
        for row in rows.values(*names).iterator()
    ]
