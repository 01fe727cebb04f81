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
from oauth_server.copies import Stale
from oauth_server.digest import Kind
from oauth_server.errors import InvalidGrant
from oauth_server.grants.base import Grant, Subject, TokenRequest, asked_targets, narrowed_details, require_live
from oauth_server.models import Authorization, RefreshToken
from oauth_server.models.access_token import is_person_active, signed_out_at
from oauth_server.policy import audiences, scopes
from oauth_server.tokens import foreign, issue, opaque, revoke, store
from oauth_server.tokens.sql import Family


class RefreshTokenGrant(Grant):
    grant_type = "refresh_token"
    parameters = frozenset({"refresh_token", "scope", "resource", "audience", "authorization_details"})

    def validate(self, request: TokenRequest) -> Subject:
        value = request.parameters.require("refresh_token")
        if not opaque.is_well_formed(opaque.REFRESH_TOKEN, value) and not foreign.is_possible(value):
            raise InvalidGrant(reason="not a refresh token of this server")
        digests = digest.candidates(Kind.REFRESH_TOKEN, value)
        used = store.use_refresh_token(digests, request.client, request.now)
        if used is None:
            return self._repeated(digests, value, request)
        family = require_live(used.family, request)
        return self._subject(family, used.id, value, request)

    def _subject(self, family: Authorization, used_id: int, value: str, request: TokenRequest) -> Subject:
        return Subject(
            authorization=family,
            # RFC 6749 §6: the same or less; what is left out now may be asked for again next time
            scope=scopes.narrow(request.parameters.optional("scope"), family.scope.split()),
            audiences=audiences.narrow(asked_targets(request), family.audiences),
            refresh_token=True,
            previous_id=used_id,
            previous_value=value,
            details=narrowed_details(request, family),
        )

    def _repeated(self, digests: list[digest.TokenDigest], value: str, request: TokenRequest) -> Subject:
        """A retry within the grace gets the first answer again; any other second use is a replay."""
        row = (
            RefreshToken.objects.select_related("application__issuer", "authorization__user", "authorization__session")
            .filter(token_checksum__in=digests, application=request.client.pk)
            .first()
        )
        if row is None:
            raise InvalidGrant(reason="unknown refresh token, or another client's")
        if row.revoked is not None or row.expires <= request.now:
            raise InvalidGrant(reason="revoked or expired refresh token")
        if row.used_at is None or not store.is_true_still(request.client):
            # an unused token is good, so the copy of the client was not; and of a used one nothing has proven it yet
            raise Stale
        family = require_live(_family(row.authorization), request)
        answer = self._first_answer(row, value, request)
        if answer is None:
            self._replayed(row)
        return replace(self._subject(family, row.pk, value, request), answer=answer)

    def _first_answer(self, row: RefreshToken, value: str, request: TokenRequest) -> issue.IssuedTokens | None:
        grace = timedelta(seconds=settings.REFRESH_TOKEN_GRACE)
        # whoever lost a race may have come before the winner: without grace that is a replay all the same
        if row.used_at is None or not grace or request.now - row.used_at > grace:
            return None
        successor = RefreshToken.objects.filter(previous=row, used_at=None, revoked=None).first()
        return None if successor is None else issue.unsealed(successor, value)

    def _replayed(self, row: RefreshToken) -> NoReturn:
        revoke.family(row.authorization_id, "refresh token replayed")
        audit.record(
            Event.REFRESH_TOKEN_REPLAYED,
            issuer=row.application.issuer,
            client=row.application,
            user_id=row.authorization.user_id,
            target=row.authorization_id,
        )
        raise InvalidGrant(reason="used refresh token", commits=True)


def _family(row: Authorization) -> Family:
    auth_hash = row.session.auth_hash if row.session else None
    return Family(row, is_person_active(row), None, auth_hash, signed_out_at(row))
