"""RFC 7517 §5 sets of keys by name, as Ory Hydra has them: the keys with which an issuer signs, and others that are only kept.

A key that is imported into a set that signs is the one that signs from then on: its clients know it from the server that they leave.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from oauth_server import audit, clock, seal
from oauth_server.audit import Event
from oauth_server.deeds import key as deed
from oauth_server.deeds.invalid import Taken
from oauth_server.keys import jose, jwk, rotation, store
from oauth_server.models import Issuer, SigningKey, StoredKey
from oauth_server.models.stored_key import PURPOSE

# The sets that sign, under Hydra's names: there is one set of keys behind both
SIGNING = frozenset({"hydra.openid.id-token", "hydra.jwt.access-token"})
State = SigningKey.State
_PUBLISHED = (State.NEXT, State.ACTIVE, State.RETIRING)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
_USES = ("sig", "enc")


class Invalid(ValueError):
    """The key cannot be had; the message says why."""


class InUse(Exception):
    """The key signs, or will be the next that does."""


def of(issuer: Issuer, key_set: str) -> list[dict[str, Any]]:
    """The public halves of a set, newest first."""
    if key_set in SIGNING:
        return [row.public for row in issuer.keys.filter(state__in=_PUBLISHED).order_by("-id")]
    return [row.public for row in StoredKey.objects.filter(issuer=issuer, key_set=key_set).order_by("-id")]


@transaction.atomic
def create(issuer: Issuer, key_set: str, algorithm: str, kid: str, use: str) -> dict[str, Any]:
    """A fresh key. Raises `Invalid`, `Taken`, `InUse`."""
    if algorithm not in jose.ALGORITHMS or use not in _USES:
        raise Invalid(f"Known algorithms: {', '.join(jose.ALGORITHMS)}. Known uses: sig, enc.")
    if key_set in SIGNING:
        return _create_signing(issuer, algorithm, kid, use)
    made, public, private = jose.generate(algorithm)
    members = {"kid": kid or made, "use": use}
    return _store(issuer, key_set, {**public, **members}, {**json.loads(private), **members})


def _create_signing(issuer: Issuer, algorithm: str, kid: str, use: str) -> dict[str, Any]:
    """What was published before signs from now on, and the new one after it: no client meets a key that it cannot know."""
    if kid or use != "sig":
        raise Invalid("A key of this set signs, and is named by its thumbprint.")
    if not issuer.keys.filter(algorithm=algorithm, state=State.ACTIVE).exists():
        made = store.make(issuer, algorithm, State.ACTIVE)
        made.activated = clock.now()
        made.save()
        audit.record(Event.KEY_CREATED, issuer=issuer, target=made.kid)
        if not issuer.keys.filter(algorithm=algorithm, state=State.NEXT).exists():
            store.make(issuer, algorithm, State.NEXT).save()
        return dict(made.public)
    try:
        deed.rotate(issuer, algorithm)
    except deed.NotPublishedLongEnough:
        raise InUse from None
    return dict(issuer.keys.get(algorithm=algorithm, state=State.NEXT).public)


@transaction.atomic
def put(issuer: Issuer, key_set: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """Import a key, in the place of the one of its name. Raises `Invalid`, `Taken`."""
    public = _public(members)
    if key_set in SIGNING:
        return _import_signing(issuer, public, members)
    StoredKey.objects.filter(issuer=issuer, key_set=key_set, kid=public["kid"]).delete()
    return _store(issuer, key_set, public, members if _PRIVATE & set(members) else None)


def _public(members: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: members.get(name) for name in ("alg", "kid", "kty", "use")}
    if not all(isinstance(value, str) and value for value in named.values()):
        raise Invalid("A key needs alg, kid, kty and use.")
    if named["use"] not in _USES or len(str(named["kid"])) > 255 or not str(named["kid"]).isprintable():
        raise Invalid("use is sig or enc; a kid has at most 255 printable characters.")
    public = {**{name: members[name] for name in jwk.PUBLIC if name in members}, **named}
    if problem := jwk.key_problem(public):
        raise Invalid(problem)
    return public


def _import_signing(issuer: Issuer, public: dict[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """With its private half it signs; without, what it has signed can be verified for as long as tokens live."""
    algorithm, kid = public["alg"], public["kid"]
    if public["use"] != "sig" or not jwk.KEY_TYPE.get(algorithm) or not jwk.fits(public, algorithm):
        raise Invalid(f"A key of this set signs by one of {', '.join(jose.ALGORITHMS)}.")
    if len(kid) > 64 or not set(kid) <= store.KID:
        raise Invalid("The kid of a key that signs has at most 64 of A-Z, a-z, 0-9, - and _.")
    if SigningKey.objects.filter(kid=kid).exists():
        raise Taken(kid)
    now = clock.now()
    row = SigningKey(issuer=issuer, kid=kid, algorithm=algorithm, public=public, state=State.RETIRING, retired=now)
    if _PRIVATE & set(members):
        private = {**{name: members[name] for name in {*jwk.PUBLIC, *_PRIVATE} if name in members}, **public}
        raw = json.dumps(private).encode()
        _require_pair(raw, public, issuer)
        issuer.keys.filter(algorithm=algorithm, state=State.ACTIVE).update(state=State.RETIRING, retired=now)
        row.state, row.retired, row.activated = State.ACTIVE, None, now
        row.sealed = seal.seal(store.PURPOSE, raw)
    row.save()
    rotation.provide(issuer)
    audit.record(Event.KEY_CREATED, issuer=issuer, target=kid, reason=f"imported, {row.state}")
    return public


def _require_pair(raw: bytes, public: Mapping[str, Any], issuer: Issuer) -> None:
    """Signs once: halves of two keys would sign what nobody can verify."""
    try:
        token = jose.sign({"iss": issuer.identifier}, jose.load(raw), typ="JWT")
        jose.verify(token, [public], typ="JWT", issuer=issuer.identifier)
    except Exception as error:
        raise Invalid("The private half cannot be read, or belongs to another key.") from error


def _store(
    issuer: Issuer, key_set: str, public: Mapping[str, Any], private: Mapping[str, Any] | None
) -> dict[str, Any]:
    sealed = seal.seal(PURPOSE, json.dumps(private).encode()) if private else ""
    try:
        with transaction.atomic():
            StoredKey.objects.create(
                issuer=issuer, key_set=key_set, kid=public["kid"], public=dict(public), sealed=sealed
            )
    except IntegrityError:
        raise Taken(public["kid"]) from None
    audit.record(Event.KEY_CREATED, issuer=issuer, target=f"{key_set}/{public['kid']}")
    return dict(public)


@transaction.atomic
def replace(issuer: Issuer, key_set: str, keys: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All keys of a set. Raises `Invalid`, `Taken`, and `InUse` for a set that signs."""
    if key_set in SIGNING:
        raise InUse
    StoredKey.objects.filter(issuer=issuer, key_set=key_set).delete()
    # the first of the list is the newest
    return [put(issuer, key_set, members) for members in reversed(keys)][::-1]


@transaction.atomic
def delete(issuer: Issuer, key_set: str, kid: str = "") -> bool:
    """A key, or a set with all that is in it; whether there was one. Raises `InUse`."""
    if key_set not in SIGNING:
        rows = StoredKey.objects.filter(issuer=issuer, key_set=key_set)
        ended, _ = (rows.filter(kid=kid) if kid else rows).delete()
        if ended:
            audit.record(Event.KEY_REVOKED, issuer=issuer, target=f"{key_set}/{kid}".rstrip("/"))
        return ended > 0
    row = issuer.keys.filter(kid=kid, state__in=_PUBLISHED).first() if kid else None
    if not kid or (row is not None and row.state == State.ACTIVE):
        raise InUse
    if row is not None:
        deed.revoke(row, "by the holder of an admin token")
    return row is not None
