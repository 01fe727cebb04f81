"""The signing keys of an issuer, parsed once per process. The private part leaves the database sealed and is opened here only."""

from functools import lru_cache
from uuid import UUID

from oauth_server import seal
from oauth_server.copies import Copies
from oauth_server.keys import jose
from oauth_server.models import Issuer, SigningKey

PURPOSE = "signing_key"
# RFC 8725 §3.10: a kid is input; ours are base64url
KID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


# Keys of these states verify
PUBLISHED = (SigningKey.State.NEXT, SigningKey.State.ACTIVE, SigningKey.State.RETIRING)


class NoKey(Exception):
    """The issuer has no active key of this algorithm, or ENCRYPTION_KEYS do not open it.

    None is made in its place: keys come with the issuer or by rotation.
    """


_active: Copies[tuple[UUID, int, str], jose.PrivateKey] = Copies()


@lru_cache(maxsize=256)
def _parsed(kid: str, sealed: str) -> jose.PrivateKey:
    return jose.load(seal.unseal(PURPOSE, sealed))


def active(issuer: Issuer, algorithm: str) -> jose.PrivateKey:
    """The key that signs now, as of the issuer's version: whoever proves the issuer proves the key. Raises `NoKey`."""
    return _active.get((issuer.pk, issuer.version, algorithm), lambda: _load(issuer, algorithm))


def _load(issuer: Issuer, algorithm: str) -> jose.PrivateKey:
    row = issuer.keys.filter(algorithm=algorithm, state=SigningKey.State.ACTIVE).first()
    if row is None:
        raise NoKey(algorithm)
    try:
        return _parsed(row.kid, row.sealed)
    except seal.Unreadable as error:
        raise NoKey(f"{algorithm}: ENCRYPTION_KEYS do not open it") from error


def published(issuer: Issuer) -> list[dict[str, object]]:
    """The public JWKs that verify: next, active and retiring, in the order of their making."""
    rows = issuer.keys.filter(state__in=PUBLISHED).order_by("id")
    return [row.public for row in rows]


def remembered(issuer: Issuer, kid: str) -> list[dict[str, object]]:
    """The public JWK of this name if it ever signed here and was not revoked: it tells our old tokens from foreign ones."""
    return [row.public for row in issuer.keys.filter(kid=kid).exclude(state=SigningKey.State.REVOKED)]


def make(issuer: Issuer, algorithm: str, state: str) -> SigningKey:
    """Store a fresh key."""
    kid, public, private = jose.generate(algorithm)
    return SigningKey(
        issuer=issuer, kid=kid, algorithm=algorithm, state=state, public=public, sealed=seal.seal(PURPOSE, private)
    )
