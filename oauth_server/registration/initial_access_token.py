"""RFC 7591 §3 initial access tokens: made by an operator, shown once, used up one client at a time."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from oauth_server import audit, clock, digest
from oauth_server.audit import Event
from oauth_server.digest import Kind
from oauth_server.errors import InvalidScope, InvalidToken
from oauth_server.models import InitialAccessToken, Issuer
from oauth_server.policy import scopes
from oauth_server.tokens import opaque

_HINT = 4


def problem(issuer: Issuer, scope: str) -> str:
    """Why a token cannot have this scope, in words; empty when it can."""
    try:
        names = scopes.parse(scope)
    except InvalidScope as error:
        return error.description
    if any(name.startswith(scopes.MANAGE) for name in names):
        # whoever registers with it would manage this server, by more rights than whoever made it may have
        return _("No client gets %(kind)s scopes by registering itself.") % {"kind": scopes.MANAGE}
    known = set(issuer.scopes.filter(name__in=names).values_list("name", flat=True))
    unknown = [name for name in names if name not in known]
    return _("Unknown: %(unknown)s.") % {"unknown": " ".join(unknown)} if unknown else ""


@transaction.atomic
def make(
    issuer: Issuer, *, name: str = "", scope: str = "", most: int = 1, expires: datetime | None = None
) -> tuple[InitialAccessToken, str]:
    """A new token and its value, which exists in this answer alone. Raises `ValueError`."""
    wrong = problem(issuer, scope)
    if wrong:
        raise ValueError(wrong)
    value = opaque.make(opaque.INITIAL_ACCESS_TOKEN, expires)
    row = InitialAccessToken.objects.create(
        issuer=issuer,
        name=name,
        token=digest.digest(Kind.INITIAL_ACCESS_TOKEN, value),
        hint=value[-_HINT:],
        scope=scopes.join(scopes.parse(scope)),
        most=most,
        created_by=audit.current().actor,
        expires=expires,
    )
    audit.record(
        Event.INITIAL_ACCESS_TOKEN_CREATED,
        issuer=issuer,
        target=row,
        changes={"scope": [None, row.scope], "most": [None, most], "expires": [None, str(expires or "")]},
    )
    return row, value


@transaction.atomic
def delete(row: InitialAccessToken) -> None:
    """Nobody registers with it any more; the clients that it brought stay."""
    audit.record(Event.INITIAL_ACCESS_TOKEN_DELETED, issuer=row.issuer, target=row)
    row.delete()


def find(value: str, issuer: Issuer) -> InitialAccessToken:
    """The token, if a client may be registered with it. Raises `InvalidToken`."""
    row = None
    if opaque.is_well_formed(opaque.INITIAL_ACCESS_TOKEN, value):
        candidates = digest.candidates(Kind.INITIAL_ACCESS_TOKEN, value)
        row = InitialAccessToken.objects.filter(issuer=issuer, token__in=candidates).first()
    if row is None or not row.is_live(clock.now()):
        raise InvalidToken(reason="the initial access token is unknown, expired or used up")
    return row


def use(row: InitialAccessToken) -> None:
    """One client more, in the transaction that stores it; of two for the last place one gets it. Raises `InvalidToken`."""
    live = Q(expires=None) | Q(expires__gt=clock.now())
    room = Q(most=0) | Q(used__lt=F("most"))
    if InitialAccessToken.objects.filter(live, room, pk=row.pk).update(used=F("used") + 1) == 0:
        raise InvalidToken(reason="the initial access token is used up")
