"""What a pasted value is: decoded, verified, with the reason why it is dead, its family, and what became of it.

By value (a token, a code), by `jti`, or by the ID of a family. The value itself is in nothing that is returned.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.keys import jose, rotation
from oauth_server.models import AccessToken, AuditEvent, Authorization, Issuer, RefreshToken, SigningKey
from oauth_server.tokens import id_token, jwt_access_token, lookup, store
from oauth_server.tokens.lookup import Found

# RFC 7519 §4.1.7: as `tokens/jwt_access_token.py` makes it
_JTI = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Inspected:
    """`kind`: access_token, refresh_token, authorization_code, id_token, jwt (any other), jti, authorization.

    `signer`: our key that a JWT names; `problem`: why its signature is not good. `why`: what makes it inactive, empty while it is active,
    None where that cannot be said.
    """

    kind: str
    found: Found | None = None
    family: Authorization | None = None
    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    signer: SigningKey | None = None
    problem: str = ""
    why: str | None = None

    @property
    def is_jwt(self) -> bool:
        return bool(self.header)

    @property
    def name(self) -> str:
        names = {
            "access_token": _("Access token (JWT)") if self.is_jwt else _("Access token"),
            "refresh_token": _("Refresh token"),
            "authorization_code": _("Authorization code"),
            "id_token": _("ID token"),
            "jwt": _("JWT"),
            "jti": _("ID of a JWT (jti)"),
            "authorization": _("Authorization"),
        }
        return names[self.kind]


def inspect(value: str) -> Inspected | None:
    """At most three statements; None for what this server never issued."""
    value = value.strip()
    if found := _by_id(value):
        return found
    try:
        header, claims = jose.unverified_header(value), jose.unverified_claims(value)
    except jose.InvalidJWT:
        header, claims = {}, {}
    if header:
        return _jwt(value, header, claims)
    known = lookup.find(value)
    if known is not None:
        return Inspected(known.kind, known, known.authorization, why=known.why)
    return _by_jti(value)


def _by_id(value: str) -> Inspected | None:
    try:
        key = UUID(value)
    except ValueError:
        return None
    family = Authorization.objects.select_related("client__issuer", "user", "session").filter(pk=key).first()
    return None if family is None else Inspected("authorization", family=family, why=why(family))


def why(family: Authorization) -> str:
    """What makes a family dead, in the words of the log; empty while it lives."""
    return lookup.why(
        AccessToken(
            application=family.client,
            authorization=family,
            scope=family.scope,
            resource=family.audiences,
            expires=family.expires_at,
        )
    )


def _jwt(value: str, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Inspected:
    """Decoded whoever signed it. One with our signature is looked up, also when it has expired."""
    kid, signer, problem = header.get("kid"), None, "kid"
    kind = {jwt_access_token.TYP: "access_token", id_token.TYP: "id_token"}.get(str(header.get("typ")), "jwt")
    if isinstance(kid, str) and _KID.fullmatch(kid):
        signer = SigningKey.objects.select_related("issuer").filter(kid=kid).first()
    if signer is not None:
        typ = str(header.get("typ", ""))
        problem = _problem(value, signer, typ)
    found = None
    if signer is not None and not problem and kind == "access_token":
        found = lookup.of_claims(signer.issuer_id, claims)
    state = None
    if signer is None or problem:
        kind = "jwt"
    elif signer.state == SigningKey.State.REVOKED:
        state = "its key was revoked"
    elif found is not None:
        state = found.why
    family = found.authorization if found else None
    return Inspected(kind, found, family, header, claims, signer, problem, state)


def _problem(value: str, signer: SigningKey, typ: str) -> str:
    try:
        jose.verify(value, [signer.public], typ=typ, issuer=signer.issuer.identifier)
    except jose.InvalidJWT as error:
        return str(error)
    return ""


def _by_jti(value: str) -> Inspected | None:
    """A JWT has no row: of its `jti` alone it is known whether it was revoked."""
    if not _JTI.fullmatch(value):
        return None
    return Inspected("jti", why="revoked" if store.was_seen(lookup.REVOKED_JTI, value) else None)


def record(what: Inspected) -> None:
    """Whoever looks is on record."""
    family = what.family
    audit.record(
        Event.TOKEN_LOOKED_UP,
        issuer=family.client.issuer if family else what.signer.issuer if what.signer else None,
        client=family.client if family else None,
        user_id=family.user_id if family else "",
        target=f"{what.kind} {family.pk}" if family else what.kind,
    )


@transaction.atomic
def revoke_jti(value: str, reason: str) -> bool:
    """Take a JWT out of use by its `jti` alone, for as long as any JWT runs. Returns whether that is new."""
    longest = max(map(rotation.longest_lifetime, Issuer.objects.all()))
    if not _JTI.fullmatch(value) or not store.use_once(
        lookup.REVOKED_JTI, value, clock.now() + timedelta(seconds=longest)
    ):
        return False
    audit.record(Event.TOKEN_REVOKED, target="access_token by jti", reason=reason)
    return True


@dataclass(frozen=True, slots=True)
class Tree:
    """What hangs on a family: its refresh tokens by generation, its stored access tokens, the families made from it by exchange."""

    refresh_tokens: list[RefreshToken]
    access_tokens: list[AccessToken]
    exchanged: list[Authorization]
    is_cut: bool

    @property
    def living(self) -> tuple[int, int]:
        """Refresh tokens and access tokens that may still be used, as far as they say themselves."""
        now = clock.now()
        fresh = [row for row in self.refresh_tokens if row.used_at is None]
        counted = [
            sum(1 for row in rows if row.revoked is None and row.expires > now) for rows in (fresh, self.access_tokens)
        ]
        return counted[0], counted[1]


def tree(family: Authorization) -> Tree:
    """The newest of each. Three statements."""
    refresh = list(RefreshToken.objects.filter(authorization=family.pk).order_by("-pk")[: _SHOWN + 1])
    access = list(AccessToken.objects.filter(authorization=family.pk).order_by("-pk")[: _SHOWN + 1])
    exchanged = list(Authorization.objects.filter(parent=family.pk).select_related("client")[: _SHOWN + 1])
    is_cut = max(len(refresh), len(access), len(exchanged)) > _SHOWN
    tokens: list[Any] = [*refresh, *access]
    for row in tokens:
        row.application, row.authorization = family.client, family
    return Tree(refresh[:_SHOWN], access[:_SHOWN], exchanged[:_SHOWN], is_cut)


def history(family: Authorization) -> list[AuditEvent]:
    """What the log knows of this client and person, the newest first."""
    user = "" if family.user_id is None else str(family.user_id)
    rows = AuditEvent.objects.filter(client_id=family.client.client_id, user_id=user)
    return list(rows.order_by("-pk")[:_SHOWN])
