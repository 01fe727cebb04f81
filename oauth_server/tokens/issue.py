"""RFC 6749 §5.1 issuing: from a decision to the answer, inside the transaction of the grant."""

import json
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta
from typing import Any

from oauth_server import digest, seal
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.digest import Kind
from oauth_server.models import Authorization, Client, Issuer, RefreshToken
from oauth_server.policy import lifespans, scopes
from oauth_server.policy.audiences import Target
from oauth_server.policy.detail_types import Detail
from oauth_server.tokens import id_token, opaque, store
from oauth_server.tokens.formats import FORMATS
from oauth_server.tokens.store import NewAccessToken, NewRefreshToken
from oauth_server.values import value

SEALED = "refresh_answer"


@value(frozen=True, slots=True)
class Decision:
    """What is to be issued. `scope` is that of the access token; the family may hold more.

    `previous` is the refresh token that is being exchanged, with the clear value under which its successor's answer is sealed.
    """

    issuer: Issuer
    client: Client
    authorization: Authorization
    scope: tuple[str, ...]
    target: Target
    now: datetime
    refresh_token: bool = False
    id_token: bool = False
    nonce: str = ""
    previous_id: int | None = None
    previous_value: str = ""
    grant_type: str = "authorization_code"
    details: tuple[Detail, ...] = ()

    def lifespan(self, what: str) -> int | None:
        """Seconds, where the client has its own for this grant."""
        return lifespans.of(self.client, self.grant_type, what)


@value(frozen=True, slots=True)
class IssuedTokens:
    """The members of RFC 6749 §5.1; `expires` is absolute, in seconds since 1970. `audiences` is not sent."""

    access_token: str = field(repr=False)
    expires: int
    scope: str
    refresh_token: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)
    token_type: str = "Bearer"
    audiences: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()

    def answer(self, now: datetime) -> dict[str, Any]:
        """The body of the token response."""
        body: dict[str, Any] = {
            "access_token": self.access_token,
            "token_type": self.token_type,
            "expires_in": max(0, self.expires - int(now.timestamp())),
            "scope": self.scope,
        }
        if self.refresh_token:
            body["refresh_token"] = self.refresh_token
        if self.id_token:
            body["id_token"] = self.id_token
        if self.details:
            # RFC 9396 §7
            body["authorization_details"] = list(self.details)
        return body


def issue(decision: Decision) -> IssuedTokens:
    """Make and store the tokens of a decision. Raises `copies.Stale` where the statement proves a copy wrong."""
    expires = access_token_expiry(decision)
    access_token, row = _access_token(decision, expires)
    identity = ""
    if decision.id_token:
        identity = id_token.make(
            decision.issuer,
            decision.client,
            decision.authorization,
            now=decision.now,
            nonce=decision.nonce,
            access_token=access_token,
            lifetime=decision.lifespan(lifespans.ID_TOKEN),
        )
    refresh_expires = _refresh_token_expiry(decision) if decision.refresh_token else None
    issued = IssuedTokens(
        access_token=access_token,
        expires=int(expires.timestamp()),
        scope=scopes.join(decision.scope),
        refresh_token=opaque.make(opaque.REFRESH_TOKEN, refresh_expires) if refresh_expires else "",
        id_token=identity,
        audiences=decision.target.identifiers,
        details=decision.details,
    )
    _store(decision, row, _refresh_token(decision, issued, refresh_expires) if refresh_expires else None)
    return issued


def _store(decision: Decision, access_token: NewAccessToken | None, refresh_token: NewRefreshToken | None) -> None:
    if decision.authorization.user_id is None and refresh_token is None:
        _store_standing(decision, access_token)
    else:
        store.insert_tokens(access_token, refresh_token)


def _store_standing(decision: Decision, access_token: NewAccessToken | None) -> None:
    """Nothing was used up that would have proven the copy of the client, so this statement does; a JWT has none and asks."""
    if access_token is not None:
        is_true = store.insert_standing_access_token(access_token, decision.client)
    else:
        is_true = store.is_true_still(decision.client)
    if not is_true:
        raise Stale


def issue_again(decision: Decision, answer: IssuedTokens) -> IssuedTokens:
    """The answer to a retry: the first one; for another scope, audience or details the same refresh token with another access token."""
    first = (answer.scope, tuple(answer.audiences), tuple(answer.details))
    if first == (scopes.join(decision.scope), decision.target.identifiers, decision.details):
        return answer
    issued = issue(replace(decision, refresh_token=False))
    return replace(issued, refresh_token=answer.refresh_token)


def access_token_expiry(decision: Decision) -> datetime:
    """A token does not outlive its family."""
    # Whole seconds: expires_in, exp and the row agree
    expires = decision.now.replace(microsecond=0) + timedelta(seconds=decision.target.lifetime)
    return min(expires, decision.authorization.expires_at)


def _access_token(decision: Decision, expires: datetime) -> tuple[str, NewAccessToken | None]:
    """The token, and the row to store for one that is found by its digest."""
    made = FORMATS[decision.client.access_token_strategy or decision.target.token_format]
    value = made.make(decision, expires)
    if not made.stored:
        return value, None
    row = NewAccessToken(
        digest=digest.digest(Kind.ACCESS_TOKEN, value),
        client_id=decision.client.id,
        user_id=decision.authorization.user_id,
        authorization_id=decision.authorization.id,
        scope=scopes.join(decision.scope),
        audiences=decision.target.identifiers,
        created=decision.now,
        expires=expires,
        details=json.dumps(decision.details) if decision.details else None,
    )
    return value, row


def _refresh_token_expiry(decision: Decision) -> datetime:
    seconds = decision.lifespan(lifespans.REFRESH_TOKEN) or settings.REFRESH_TOKEN_IDLE_LIFETIME
    idle = decision.now + timedelta(seconds=seconds)
    return min(idle, decision.authorization.expires_at)


def _refresh_token(decision: Decision, issued: IssuedTokens, expires: datetime) -> NewRefreshToken:
    sealed = ""
    if decision.previous_id is not None and settings.REFRESH_TOKEN_GRACE:
        sealed = seal.seal_with(decision.previous_value, SEALED, json.dumps(asdict(issued)).encode())
    return NewRefreshToken(
        digest=digest.digest(Kind.REFRESH_TOKEN, issued.refresh_token),
        client_id=decision.client.id,
        user_id=decision.authorization.user_id,
        authorization_id=decision.authorization.id,
        scope=decision.authorization.scope,
        audiences=tuple(decision.authorization.audiences),
        previous_id=decision.previous_id,
        sealed=sealed,
        created=decision.now,
        expires=expires,
    )


def unsealed(row: RefreshToken, previous_value: str) -> IssuedTokens | None:
    """The answer that brought this refresh token, for whoever still holds the previous one; None once it is gone."""
    if not row.sealed:
        return None
    try:
        return IssuedTokens(**json.loads(seal.unseal_with(previous_value, SEALED, row.sealed)))
    except seal.Unreadable:
        return None
