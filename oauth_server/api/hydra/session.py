"""Ory Hydra's contract: `/admin/oauth2/auth/sessions`: what people allowed, and their sign-ins.

A consent session is a living family: those that an app of the operator answered for and those of the built-in pages alike.
"""

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import HttpResponse

from oauth_server import clock
from oauth_server.api.hydra import client_members, paging, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.deeds import session as deed
from oauth_server.interaction import challenge
from oauth_server.interaction.run import STEPS
from oauth_server.models import Authorization, Challenge, Client, Session
from oauth_server.policy import people
from oauth_server.tokens import revoke

_REASON = "by the holder of an admin token"


def list_consents(call: Call) -> HttpResponse:
    if "subject" not in call.query:
        raise wire.bad("The parameter subject is missing.")
    user = people.by_subject(str(call.query["subject"]))
    rows = _living(call).filter(user=user.pk) if user is not None else Authorization.objects.none()
    if session := call.query.get("login_session_id"):
        rows = rows.filter(session=key) if (key := _uuid(session)) else rows.none()
    return paging.page(call, rows, _described)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _living(call: Call) -> "QuerySet[Authorization]":
    return Authorization.objects.filter(
        Q(client__tokens_not_before=None) | Q(created__gte=F("client__tokens_not_before")),
        Q(client__issuer__tokens_not_before=None) | Q(created__gte=F("client__issuer__tokens_not_before")),
        client__issuer=call.issuer,
        revoked_at=None,
        expires_at__gt=clock.now(),
    ).exclude(user=None)


def _described(families: list[Authorization]) -> list[dict[str, Any]]:
    """Three statements, however many there are."""
    rows = Challenge.objects.in_bulk([family.pk for family in families])
    clients = Client.objects.prefetch_related("scopes", "audiences").in_bulk([family.client_id for family in families])
    return [_session(family, rows.get(family.pk), clients[family.client_id]) for family in families]


def _session(family: Authorization, row: Challenge | None, client: Client) -> dict[str, Any]:
    said = row.answer if row is not None else {}
    return {
        "consent_request_id": str(family.pk),
        "consent_request": _request(family, row, client),
        "grant_scope": family.scope.split(),
        "grant_access_token_audience": list(family.audiences),
        "session": {name: family.extra.get(name, {}) for name in ("access_token", "id_token")},
        "remember": bool(row is not None and row.remembered_until),
        "remember_for": said.get("remember_for", 0),
        "handled_at": wire.time(family.created),
        "context": said.get("context"),
    }


def _request(family: Authorization, row: Challenge | None, client: Client) -> dict[str, Any]:
    """What the app was asked; of a built-in page what it granted."""
    request = row.request if row is not None else {}
    return {
        "challenge": request.get("challenge", str(family.pk)),
        "client": client_members.describe(client),
        "request_url": request.get("request_url", ""),
        "requested_scope": request.get("requested_scope", family.scope.split()),
        "requested_access_token_audience": request.get("requested_access_token_audience", list(family.audiences)),
        "oidc_context": request.get("oidc_context", {}),
        "skip": request.get("skip", False),
        "subject": str(family.user_id),
        "acr": family.acr,
        "amr": list(family.amr),
        "consent_request_id": str(family.pk),
        "context": request.get("context", {}),
        "login_challenge": request.get("login_challenge", ""),
        "login_session_id": str(family.session_id or ""),
    }


def delete_consents(call: Call) -> HttpResponse:
    """One person and client, all of one person, or one consent alone; nothing else is meant."""
    subject, client_id, everything, one = (
        call.query.get(name, "") for name in ("subject", "client", "all", "consent_request_id")
    )
    if one and not (subject or client_id or everything):
        _end_one(call, one)
    elif subject and not one and bool(client_id) != (everything == "true") and everything in {"", "true", "false"}:
        _end_all(call, subject, client_id)
    else:
        raise wire.bad("Give subject and client, or subject and all=true, or consent_request_id alone.")
    return wire.nothing()


def _end_one(call: Call, key: str) -> None:
    found = _uuid(key)
    family = _living(call).select_related("client__issuer").filter(pk=found).first() if found else None
    if family is None:
        return
    if Challenge.objects.filter(pk=family.pk).exists():
        challenge.forget(family.user_id, family.client)
    else:
        # a built-in page remembers one answer for all that the client holds
        _forget(family.user_id, family.client)
    revoke.family(family.pk, _REASON)


def _end_all(call: Call, subject: str, client_id: str) -> None:
    user = people.by_subject(subject)
    if user is None or "\x00" in client_id:
        return
    families = Authorization.objects.filter(user=user.pk, client__issuer=call.issuer)
    clients = Client.objects.select_related("issuer").filter(issuer=call.issuer)
    if client_id:
        clients, families = clients.filter(client_id=client_id), families.filter(client__client_id=client_id)
    else:
        held = set(families.values_list("client_id", flat=True))
        answered = Challenge.objects.filter(user=user.pk, issuer=call.issuer).values_list("client", flat=True)
        clients = clients.filter(pk__in=held | {key for key in answered if key})
    for client in clients:
        _forget(user.pk, client)
    revoke.families(families, _REASON)


def _forget(user_id: Any, client: Client) -> None:
    """What a built-in page remembers, and what an app was told to."""
    challenge.forget(user_id, client)
    if (step := STEPS.get("consent")) is not None:
        step.withdraw(user_id, client, _REASON)


def delete_logins(call: Call) -> HttpResponse:
    """By person or by session. What lives only while the person is signed in ends, and its clients are told."""
    subject, sid = call.query.get("subject", ""), call.query.get("sid", "")
    if bool(subject) == bool(sid):
        raise wire.bad("Give subject or sid.")
    rows = Session.objects.select_related("issuer").filter(issuer=call.issuer, ended_at=None)
    if sid:
        deed.end(rows.filter(pk=key) if (key := _uuid(sid)) else [], _REASON)
    elif (user := people.by_subject(subject)) is not None:
        deed.end(rows.filter(user=user.pk), _REASON)
    return wire.nothing()
