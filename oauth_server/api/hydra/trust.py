"""Ory Hydra's contract: `/admin/trust/grants/jwt-bearer/issuers`: whose assertions are taken for grants (RFC 7523 §2.1)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import challenges, key_members, paging, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.deeds import trusted_issuer as deed
from oauth_server.deeds.invalid import Taken
from oauth_server.models import TrustedIssuer


def _described(row: TrustedIssuer) -> dict[str, Any]:
    (key, *_) = (row.jwks or {}).get("keys") or [{}]
    return {
        "id": str(row.pk),
        "issuer": row.identifier,
        "subject": next(iter(row.subjects), ""),
        "allow_any_subject": row.any_subject,
        "scope": [scope.name for scope in row.scopes.all()],
        "public_key": {"set": row.identifier, "kid": key_members.of_key(key)["kid"] if key else ""},
        "created_at": wire.time(row.created),
        **({"expires_at": wire.time(row.expires)} if row.expires else {}),
    }


def _rows(call: Call) -> Any:
    return TrustedIssuer.objects.select_related("issuer").prefetch_related("scopes").filter(issuer=call.issuer)


def _find(call: Call, key: str) -> TrustedIssuer:
    found: TrustedIssuer | None = (
        _rows(call).filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 18 else None
    )
    if found is None:
        raise wire.not_found("The trusted issuer")
    return found


def list_(call: Call) -> HttpResponse:
    rows, given = _rows(call), call.query.get("issuer", "")
    rows = rows.filter(identifier=given.replace("\x00", "")) if given else rows
    return paging.page(call, rows, lambda found: [_described(row) for row in found])


def get(call: Call, key: str) -> HttpResponse:
    return wire.answer(_described(_find(call, key)))


def create(call: Call) -> HttpResponse:
    given = call.object()
    key = given.get("jwk")
    if not isinstance(key, dict):
        raise wire.bad("jwk is not an object.")
    try:
        row = deed.create(
            call.issuer,
            challenges.text(given, "issuer", 500),
            key,
            subject=challenges.text(given, "subject"),
            any_subject=challenges.flag(given, "allow_any_subject"),
            scopes=challenges.texts(given, "scope"),
            expires=_expires(challenges.text(given, "expires_at")),
        )
    except deed.Invalid as error:
        raise wire.bad(str(error).encode("ascii", "replace").decode()) from None
    except Taken:
        raise wire.Refusal(409, "conflict", "This issuer is trusted already.") from None
    return wire.answer(_described(row), 201)


def _expires(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 9000:
        raise wire.bad("expires_at is not a time with a zone.")
    return found


def delete(call: Call, key: str) -> HttpResponse:
    deed.delete(_find(call, key))
    return wire.nothing()
