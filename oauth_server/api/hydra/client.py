"""Ory Hydra's contract: `/admin/clients`. Strict where its client is, quiet where its client says too much."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpResponse

from oauth_server.api.hydra import client_members, paging, patch, wire
from oauth_server.api.hydra.gate import Call, forbidden
from oauth_server.api.token import LOGIN, SECRETS
from oauth_server.deeds import client as deed
from oauth_server.deeds.invalid import Taken
from oauth_server.models import Client
from oauth_server.policy import lifespans
from oauth_server.registration import metadata


def find(call: Call, client_id: str) -> Client:
    """An ID may be a URL, and end with a slash. Raises `wire.Refusal`."""
    wanted = {client_id, client_id.removesuffix("/")} if "\x00" not in client_id else set()
    rows: dict[str, Client] = {row.client_id: row for row in _rows(call).filter(client_id__in=wanted)}
    found = rows.get(client_id) or rows.get(client_id.removesuffix("/"))
    if found is None:
        raise wire.not_found("The client")
    return found


def _rows(call: Call) -> Any:
    return Client.objects.select_related("issuer").prefetch_related("scopes", "audiences").filter(issuer=call.issuer)


def _fresh(client: Client, secret: str = "", status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """As it is now in the database."""
    row = Client.objects.prefetch_related("scopes", "audiences").get(pk=client.pk)
    return wire.answer(client_members.describe(row, secret), status, headers)


def list_(call: Call) -> HttpResponse:
    rows = _rows(call)
    for name, column in (("client_name", "name"), ("owner", "owner")):
        if given := call.query.get(name):
            rows = rows.filter(**{column: given.replace("\x00", "")})
    return paging.page(call, rows, lambda found: [client_members.describe(row) for row in found])


def create(call: Call) -> HttpResponse:
    given = client_members.read(call.object())
    members = {**client_members.metadata(given), "client_id": given.get("client_id") or str(uuid4())}
    _require_trust(call, {"skip_consent": False}, members)
    try:
        made = deed.create(call.issuer, members, rights=call.rights)
    except Taken:
        raise wire.Refusal(409, "conflict", "Another client has this client_id.") from None
    except deed.Beyond:
        raise beyond() from None
    location = f"{call.path}/{quote(made.client.client_id, safe='')}"
    return _fresh(made.client, made.secret, 201, {"Location": location})


def beyond() -> wire.Refusal:
    refusal = forbidden("manage:")
    refusal.body = {
        "error": "insufficient_scope",
        "error_description": "The client has, or would have, a manage: scope that this token has not.",
    }
    refusal.headers = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
    return refusal


def get(call: Call, client_id: str) -> HttpResponse:
    return wire.answer(client_members.describe(find(call, client_id)))


def replace(call: Call, client_id: str) -> HttpResponse:
    client = find(call, client_id)
    given = client_members.read(call.object())
    return _change(call, client, client_members.metadata(given, client))


def change(call: Call, client_id: str) -> HttpResponse:
    client = find(call, client_id)
    before = client_members.describe(client)
    after = patch.apply(before, call.json(), client_members.WRITABLE)
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if not names:
        return wire.answer(before)
    return _change(call, client, client_members.metadata(client_members.read(after), client, only=names))


def _change(call: Call, client: Client, members: dict[str, Any]) -> HttpResponse:
    stored = metadata.describe(client)
    changed = {name: value for name, value in members.items() if not _is_same(stored.get(name), value)}
    _require_trust(call, {**stored, "verified": client.verified}, changed)
    if deed.CREDENTIALS & set(changed) or deed.lacks_secret(client):
        # whoever sets them, or is told a new secret, can act as the client
        call.require(SECRETS)
    try:
        made = deed.change(client, changed, rights=call.rights)
    except deed.Beyond:
        raise beyond() from None
    return _fresh(made.client, made.secret)


def _require_trust(call: Call, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raises `wire.Refusal`: not everybody who may change clients says that people are not asked."""
    if deed.beyond_trust(before, after):
        call.require(LOGIN)


def _is_same(stored: Any, value: Any) -> bool:
    if isinstance(value, list):
        return bool(sorted(stored or ()) == sorted(value))
    return bool(stored == value)


def delete(call: Call, client_id: str) -> HttpResponse:
    try:
        deed.delete(find(call, client_id), rights=call.rights)
    except deed.Beyond:
        raise beyond() from None
    return wire.nothing()


def set_lifespans(call: Call, client_id: str) -> HttpResponse:
    client = find(call, client_id)
    given = client_members.read(call.object())
    return _change(call, client, client_members.metadata(given, client, only=lifespans.MEMBERS))


def rotate_secret(call: Call, client_id: str) -> HttpResponse:
    try:
        made = deed.rotate_secret(find(call, client_id), rights=call.rights)
    except deed.Beyond:
        raise beyond() from None
    return _fresh(made.client, made.secret)


def end_former_secrets(call: Call, client_id: str) -> HttpResponse:
    try:
        deed.end_former_secrets(find(call, client_id), rights=call.rights)
    except deed.Beyond:
        raise beyond() from None
    return wire.nothing()
