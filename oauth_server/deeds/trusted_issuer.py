"""RFC 7523 §2.1 somebody else's server whose assertions are taken for grants, as the operator names it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.deeds.invalid import Taken
from oauth_server.keys import jwk
from oauth_server.models import Issuer, TrustedIssuer
from oauth_server.policy import people


class Invalid(ValueError):
    """The message says why."""


@transaction.atomic
def create(
    issuer: Issuer,
    identifier: str,
    key: dict[str, Any],
    *,
    subject: str,
    any_subject: bool,
    scopes: Iterable[str],
    expires: datetime | None,
) -> TrustedIssuer:
    """Trust a server by one key, for one subject or for any. Raises `Invalid`, `Taken`."""
    names = set(scopes)
    rows = list(issuer.scopes.filter(name__in=names))
    if problem := jwk.key_problem(key):
        raise Invalid(problem)
    if bool(subject) == any_subject:
        raise Invalid("Name one subject, or allow any.")
    if len(rows) < len(names):
        raise Invalid("A scope is unknown.")
    if TrustedIssuer.objects.filter(issuer=issuer, identifier=identifier).exists():
        raise Taken(identifier)
    kind = TrustedIssuer.SubjectKind
    row = TrustedIssuer(
        issuer=issuer,
        identifier=identifier,
        jwks={"keys": [key]},
        subject_kind=kind.PERSON if subject and people.by_subject(subject) is not None else kind.OTHER,
        subjects=[subject] if subject else [],
        any_subject=any_subject,
        expires=expires,
    )
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid(" ".join(text for texts in error.message_dict.values() for text in texts)) from None
    row.save()
    row.scopes.set(rows)
    _record(row, [None, identifier])
    return row


@transaction.atomic
def delete(row: TrustedIssuer) -> None:
    _record(row, [row.identifier, None])
    row.delete()


def _record(row: TrustedIssuer, change: list[str | None]) -> None:
    audit.record(Event.TRUSTED_ISSUER_CHANGED, issuer=row.issuer, target=row.identifier, changes={"identifier": change})
