"""RFC 6749 §2.3.1 client secrets: generated ones as keyed digests, chosen ones as a hash of Django's hashers."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password

from oauth_server import digest
from oauth_server.digest import Kind
from oauth_server.models import Client, ClientSecret
from oauth_server.tokens import opaque

MIN_LENGTH = 16
_HINT = 4


def issue(client: Client, *, name: str = "", expires: datetime | None = None) -> str:
    """Make and store a secret; its clear value exists in the answer alone."""
    value = opaque.make(opaque.CLIENT_SECRET, expires)
    ClientSecret.objects.create(
        client=client,
        name=name,
        kind=ClientSecret.Kind.DIGEST,
        verifier=digest.digest(Kind.CLIENT_SECRET, value),
        hint=value[-_HINT:],
        expires=expires,
    )
    return value


def choose(client: Client, value: str, *, name: str = "") -> None:
    """Store a secret that a person chose. Raises `ValueError` with the reason when it is too easy."""
    reason = weakness(client.client_id, value)
    if reason:
        raise ValueError(reason)
    ClientSecret.objects.create(client=client, name=name, kind=ClientSecret.Kind.HASH, verifier=make_password(value))


def weakness(client_id: str, value: str) -> str:
    """Why a chosen secret is not acceptable; empty when it is."""
    if len(value) < MIN_LENGTH:
        return f"A chosen secret has at least {MIN_LENGTH} characters."
    if value == client_id or len(set(value)) < MIN_LENGTH // 2:
        return "This secret can be guessed."
    return ""


def verify(client: Client, presented: str, now: datetime, *, slow: bool = True) -> bool:
    """Whether the value is one of the client's live secrets. `slow` False leaves the chosen ones aside."""
    live = [row for row in client.secrets.all() if row.is_live(now)]
    fast = [row for row in live if row.kind == ClientSecret.Kind.DIGEST]
    # each is compared, so that the time does not tell which one it was
    if sum(digest.matches(Kind.CLIENT_SECRET, presented, row.verifier) for row in fast):
        return True
    return slow and any(check_password(presented, row.verifier) for row in live if row.kind == ClientSecret.Kind.HASH)


def has_slow(client: Client, now: datetime) -> bool:
    return any(row.kind == ClientSecret.Kind.HASH and row.is_live(now) for row in client.secrets.all())


def waste(presented: str) -> None:
    """The work of checking one secret, for a client that does not exist: the answer takes as long."""
    digest.matches(Kind.CLIENT_SECRET, presented, "0" * 64)
