"""RFC 6749 §6 refresh, RFC 9700 §4.14.2 rotation: a token is used once; a replay ends the family, a retry gets the same answer.

A retry is a repeated request within REFRESH_TOKEN_GRACE of the first, while the successor is unused: a lost answer costs nobody a
sign-in. The answer is kept sealed under a key that only the old token yields (docs/decisions/0002-refresh-retry.md).
"""

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from oauth_server import audit, digest
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import InvalidGrant
from oauth_server.grants.base import Grant, Subject, TokenRequest, asked_targets
from oauth_server.models import RefreshToken
from oauth_server.models.access_token import is_family_live
from oauth_server.policy import audiences, people, scopes
from oauth_server.tokens import issue, opaque, revoke, store


class RefreshTokenGrant(Grant):
    grant_type = "refresh_token"
    parameters = frozenset({"refresh_token", "scope", "resource", "audience"})

    def validate(self, request: TokenRequest) -> Subject:
        value = request.parameters.require("refresh_token")
        if not opaque.is_well_formed(opaque.REFRESH_TOKEN, value):
            raise InvalidGrant(reason="not a refresh token of this server")
        digests = digest.candidates(Kind.REFRESH_TOKEN, value)
        won = store.use_refresh_token(digests, request.now)
        row = (
            RefreshToken.objects.select_related("application__issuer", "authorization__user", "authorization__session")
            .filter(token_checksum__in=digests)
            .first()
        )
        if row is None:
            raise InvalidGrant(reason="unknown refresh token")
        self._check(row, request)
        if won:
            return self._subject(row, value, request)
        answer = self._first_answer(row, value, request)
        if answer is None:
            self._refuse_replay(row)
        return replace(self._subject(row, value, request), answer=answer)

    def _check(self, row: RefreshToken, request: TokenRequest) -> None:
        if row.application_id != request.client.pk:
            raise InvalidGrant(reason="the refresh token was issued to another client")
        if row.revoked is not None:
            raise InvalidGrant(reason="revoked refresh token")
        if row.expires <= request.now:
            raise InvalidGrant(reason="expired refresh token")
        if not is_family_live(row, row.created, request.now):
            raise InvalidGrant(reason="the family of the refresh token is dead")
        if not people.may_use(row.authorization.user, request.issuer):
            raise InvalidGrant(reason="the person may not use this issuer")

    def _subject(self, row: RefreshToken, value: str, request: TokenRequest) -> Subject:
        # RFC 6749 §6: the same or less; what is left out now may be asked for again next time
        scope = scopes.narrow(request.parameters.optional("scope"), row.authorization.scope.split())
        return Subject(
            authorization=row.authorization,
            scope=scope,
            audiences=audiences.narrow(asked_targets(request), row.authorization.audiences),
            refresh_token=True,
            previous=row,
            previous_value=value,
        )

    def _first_answer(self, row: RefreshToken, value: str, request: TokenRequest) -> issue.IssuedTokens | None:
        if row.used_at is None or request.now - row.used_at > timedelta(seconds=settings.REFRESH_TOKEN_GRACE):
            return None
        successor = RefreshToken.objects.filter(previous=row, used_at=None, revoked=None).first()
        return None if successor is None else issue.unsealed(successor, value)

    def _refuse_replay(self, row: RefreshToken) -> NoReturn:
        revoke.family(row.authorization_id, "refresh token replayed")
        audit.record(
            Event.REFRESH_TOKEN_REPLAYED,
            issuer=row.application.issuer,
            client=row.application,
            user_id=row.authorization.user_id,
            target=row.authorization_id,
        )
        raise InvalidGrant(reason="used refresh token", commits=True)
