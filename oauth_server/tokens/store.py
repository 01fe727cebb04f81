"""The statements that use a credential up, each one UPDATE or INSERT that also proves it was unused."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from oauth_server import clock, digest
from oauth_server.models import Authorization, AuthorizationCode, Interaction, RefreshToken, Replay


def use_code(digests: list[digest.TokenDigest], now: datetime) -> bool:
    """Whether this call is the one that used the code. The first statement of its transaction: SQLite then waits for the lock."""
    unused = AuthorizationCode.objects.filter(code__in=digests, used_at=None, expires__gt=now)
    return unused.update(used_at=now) == 1


def release_code(code_id: int, now: datetime) -> None:
    """Give back a code that this very transaction used, so that its owner can still redeem it."""
    AuthorizationCode.objects.filter(pk=code_id, used_at=now).update(used_at=None)


def count_wrong_verifier(code_id: int, limit: int, now: datetime) -> None:
    """One more wrong code verifier; the one that reaches the limit uses the code up."""
    AuthorizationCode.objects.filter(pk=code_id).update(attempts=F("attempts") + 1)
    AuthorizationCode.objects.filter(pk=code_id, attempts__gte=limit, used_at=None).update(used_at=now)


def use_refresh_token(digests: list[digest.TokenDigest], now: datetime) -> bool:
    """Whether this call is the one that superseded the refresh token; what it was sealed with is erased."""
    unused = RefreshToken.objects.filter(token_checksum__in=digests, used_at=None, revoked=None, expires__gt=now)
    return unused.update(used_at=now, sealed="") == 1


def finish_interaction(interaction_id: int, now: datetime) -> bool:
    """Whether this call is the one that finished the interaction."""
    return Interaction.objects.filter(pk=interaction_id, finished_at=None, expires__gt=now).update(finished_at=now) == 1


def revoke_family(authorization_id: UUID, now: datetime) -> bool:
    """Whether this call ended the family; those made by exchange from it end with it."""
    ended = Authorization.objects.filter(pk=authorization_id, revoked_at=None).update(revoked_at=now)
    Authorization.objects.filter(parent=authorization_id, revoked_at=None).update(revoked_at=now)
    return ended == 1


def use_once(kind: str, value: str, until: datetime) -> bool:
    """Whether (kind, value) is seen for the first time. One insert, committed by itself; kept until `until`."""
    try:
        with transaction.atomic():
            Replay.objects.create(
                kind=kind, value=digest.digest(digest.Kind.REPLAY, f"{kind}\x1f{value}"), expires=until
            )
    except IntegrityError:
        return False
    return True


def was_seen(kind: str, value: str) -> bool:
    """Whether (kind, value) was used once and is still remembered."""
    candidates = digest.candidates(digest.Kind.REPLAY, f"{kind}\x1f{value}")
    return Replay.objects.filter(kind=kind, value__in=candidates, expires__gt=clock.now()).exists()
