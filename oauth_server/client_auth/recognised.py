"""A client that sends the very same credentials again: verified once by a process for each copy of the client.

Kept is a mark of them under a key of this process's own, never the credentials. It stands for as long as the copy of the client that they
were verified against, and no longer than the one secret that the client had.
"""

import hashlib
import os
from dataclasses import dataclass
from uuid import UUID

from oauth_server import clock, counters
from oauth_server.client_auth import known, secret
from oauth_server.client_auth.known import Known
from oauth_server.copies import Copies, are_fresh
from oauth_server.models import ClientSecret, Issuer

_PROCESS_KEY = os.urandom(32)


@dataclass(frozen=True, slots=True)
class _Recognised:
    known: Known
    secret: ClientSecret


_marks: Copies[tuple[UUID, bytes], _Recognised] = Copies()


def find(repeated: str, issuer: Issuer) -> Known | None:
    """The client whose credentials these are, if its copy is still the one that they were verified against."""
    kept = None if are_fresh() else _marks.peek(_mark(repeated, issuer))
    if kept is None or known.find(kept.known.client.client_id, issuer) is not kept.known:
        return None
    if kept.secret.expires is not None and not kept.secret.is_live(clock.now()):
        return None
    counters.used(kept.secret.pk)
    return kept.known


def keep(repeated: str, found: Known, issuer: Issuer) -> None:
    """Only for a client of one secret: of several, which one it was is noted with each use."""
    only = secret.only(found.client)
    if only is not None:
        _marks.put(_mark(repeated, issuer), _Recognised(found, only))


def _mark(repeated: str, issuer: Issuer) -> tuple[UUID, bytes]:
    raw = repeated.encode("utf-8", "surrogatepass")
    return issuer.pk, hashlib.blake2b(raw, key=_PROCESS_KEY, digest_size=32).digest()
