"""OpenID Connect Core 1.0 §10.1.1 rotation of asymmetric signing keys: next → active → retiring → gone.

A key is published before it signs and stays published until the last token that it signed has expired.
"""

from datetime import datetime, timedelta

from django.db import transaction

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.keys import store
from oauth_server.models import Audience, Issuer, SigningKey

State = SigningKey.State


class NotPublishedLongEnough(Exception):
    """The next key is not in the JWKS for KEY_PUBLICATION seconds yet; clients may hold a copy without it."""


def provide(issuer: Issuer) -> list[SigningKey]:
    """Make an active and a next key for each algorithm that lacks one: those of the settings, of the clients and of the audiences."""
    made = []
    now = clock.now()
    for algorithm in sorted(_algorithms(issuer)):
        if not issuer.keys.filter(algorithm=algorithm, state=State.ACTIVE).exists():
            key = store.make(issuer, algorithm, State.ACTIVE)
            key.activated = now
            key.save()
            made.append(key)
        if not issuer.keys.filter(algorithm=algorithm, state=State.NEXT).exists():
            key = store.make(issuer, algorithm, State.NEXT)
            key.save()
            made.append(key)
    return made


def _algorithms(issuer: Issuer) -> set[str]:
    return {
        *settings.SIGNING_ALGORITHMS,
        *issuer.clients.values_list("algorithm", flat=True).distinct(),
        *issuer.clients.exclude(userinfo_signed_response_alg="")
        .values_list("userinfo_signed_response_alg", flat=True)
        .distinct(),
        *issuer.audiences.filter(token_format=Audience.TokenFormat.JWT).values_list("algorithm", flat=True).distinct(),
        # what a client's own JWTs are signed with where the APIs say nothing
        *({"ES256"} if issuer.clients.filter(access_token_strategy="jwt").exists() else ()),
    }


def rotate(issuer: Issuer, algorithm: str, *, force: bool = False) -> SigningKey:
    """Make the next key the active one, and a new next. `force` skips the time of publication. Raises `NotPublishedLongEnough`."""
    if not issuer.keys.filter(algorithm=algorithm, state=State.NEXT).exists():
        # stays, also where it has to wait for its time of publication
        store.make(issuer, algorithm, State.NEXT).save()
    return _activate(issuer, algorithm, force)


@transaction.atomic
def _activate(issuer: Issuer, algorithm: str, force: bool) -> SigningKey:
    now = clock.now()
    following = issuer.keys.select_for_update().get(algorithm=algorithm, state=State.NEXT)
    if not force and now - following.created < timedelta(seconds=settings.KEY_PUBLICATION):
        raise NotPublishedLongEnough(algorithm)
    issuer.keys.filter(algorithm=algorithm, state=State.ACTIVE).update(state=State.RETIRING, retired=now)
    following.state, following.activated = State.ACTIVE, now
    following.save()
    store.make(issuer, algorithm, State.NEXT).save()
    return following


def rotate_due(issuer: Issuer) -> list[SigningKey]:
    """Rotate each algorithm whose active key is older than KEY_LIFETIME, as far as its next key is published long enough."""
    limit = clock.now() - timedelta(seconds=settings.KEY_LIFETIME)
    rotated = []
    for key in issuer.keys.filter(state=State.ACTIVE, activated__lt=limit):
        try:
            rotated.append(rotate(issuer, key.algorithm))
        except NotPublishedLongEnough:
            continue
    return rotated


def retire(issuer: Issuer) -> int:
    """Take keys out of the JWKS whose last token has expired; their private part is erased. Returns how many."""
    now = clock.now()
    over = issuer.keys.filter(state=State.RETIRING, retired__lt=now - timedelta(seconds=longest_lifetime(issuer)))
    return over.update(state=State.GONE, gone=now, sealed="")


def longest_lifetime(issuer: Issuer) -> int:
    """Seconds after which nothing that a key signed is valid any more, with the time for which a JWKS may be cached."""
    audiences = issuer.audiences.exclude(access_token_lifetime=None).values_list("access_token_lifetime", flat=True)
    lifetimes = [settings.ACCESS_TOKEN_LIFETIME, settings.ID_TOKEN_LIFETIME, *(n for n in audiences if n is not None)]
    own = issuer.clients.exclude(lifespans={}).values_list("lifespans", flat=True)
    lifetimes += [n for spans in own for name, n in spans.items() if not name.endswith("refresh_token_lifespan")]
    return max(lifetimes) + settings.JWKS_MAX_AGE


def tokens_live_until(key: SigningKey, issuer: Issuer) -> datetime | None:
    """When the last token signed by a retiring key will have expired."""
    return key.retired + timedelta(seconds=longest_lifetime(issuer)) if key.retired else None
