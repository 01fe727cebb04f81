"""RFC 6749 §4.1.3 authorization code exchange; RFC 7636 §4.6 code verifier; §10.5 and §4.1.2: once, and a replay ends what it bought."""

from datetime import timedelta
from typing import NoReturn

from oauth_server import audit, digest
from oauth_server.audit import Event
from oauth_server.authorization import pkce
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.digest import Kind
from oauth_server.errors import InvalidGrant
from oauth_server.grants.base import (
    Grant,
    Subject,
    TokenRequest,
    asked_targets,
    narrowed_details,
    require_live,
    wants_refresh_token,
)
from oauth_server.models import AuthorizationCode
from oauth_server.policy import audiences
from oauth_server.tokens import opaque, revoke, store
from oauth_server.tokens.store import UsedCode


class AuthorizationCodeGrant(Grant):
    grant_type = "authorization_code"
    parameters = frozenset({"code", "redirect_uri", "code_verifier", "resource", "audience", "authorization_details"})

    def validate(self, request: TokenRequest) -> Subject:
        value = request.parameters.require("code")
        if not opaque.is_well_formed(opaque.AUTHORIZATION_CODE, value):
            raise InvalidGrant(reason="not a code of this server")
        digests = digest.candidates(Kind.AUTHORIZATION_CODE, value)
        code = store.use_code(digests, request.client, request.now)
        if code is None:
            self._refuse(digests, request)
        self._check_bindings(code, request)
        family = require_live(code.family, request)
        scope = tuple(family.scope.split())
        return Subject(
            authorization=family,
            scope=scope,
            audiences=audiences.narrow(asked_targets(request), family.audiences),
            refresh_token=wants_refresh_token(request.client, scope),
            nonce=code.nonce,
            details=narrowed_details(request, family),
        )

    def _refuse(self, digests: list[digest.TokenDigest], request: TokenRequest) -> NoReturn:
        """Why the code could not be used; a second use by its owner ends what the first one bought."""
        code = (
            AuthorizationCode.objects.select_related("application__issuer", "authorization")
            .filter(code__in=digests, application=request.client.pk)
            .first()
        )
        if code is None:
            raise InvalidGrant(reason="unknown code, or another client's")
        if (code.used_at is None and code.expires > request.now) or not store.is_true_still(request.client):
            # a good code says that the copy of the client was not; of any other one nothing has proven it yet
            raise Stale
        self._check_bindings(code, request)
        if code.used_at is None:
            raise InvalidGrant(reason="expired code")
        tolerance = timedelta(seconds=settings.CODE_REPLAY_TOLERANCE)
        # whoever lost a race may have come before the winner: without tolerance that is a replay all the same
        if tolerance and request.now - code.used_at < tolerance:
            raise InvalidGrant(reason="used code, within the tolerance")
        self._replayed(code)

    def _check_bindings(self, code: UsedCode | AuthorizationCode, request: TokenRequest) -> None:
        """RFC 6749 §4.1.3: the redirect URI; RFC 7636 §4.6: the verifier. A failure leaves the code to its owner."""
        given = request.parameters.optional("redirect_uri")
        if (given or code.redirect_uri_given) and given != code.redirect_uri:
            raise InvalidGrant(reason="redirect_uri differs from the authorization request")
        self._check_verifier(code, request)

    def _check_verifier(self, code: UsedCode | AuthorizationCode, request: TokenRequest) -> None:
        verifier = request.parameters.get("code_verifier")
        if not code.code_challenge:
            if verifier:
                # RFC 9700 §4.8.2: a verifier without a challenge is a downgrade under way
                raise InvalidGrant(reason="code_verifier without code_challenge")
            return
        if pkce.matches(verifier, code.code_challenge):
            return
        if isinstance(code, AuthorizationCode):
            raise InvalidGrant(reason="wrong code_verifier for a used or expired code")
        # The right owner may still come; whoever guesses has only a few tries
        store.release_code(code.id, request.now)
        store.count_wrong_verifier(code.id, settings.CODE_ATTEMPTS, request.now)
        raise InvalidGrant(reason="wrong code_verifier", commits=True)

    def _replayed(self, code: AuthorizationCode) -> NoReturn:
        """RFC 6749 §4.1.2: all that the first use issued is revoked."""
        revoke.family(code.authorization_id, "authorization code replayed")
        audit.record(
            Event.CODE_REPLAYED,
            issuer=code.application.issuer,
            client=code.application,
            user_id=code.authorization.user_id,
            target=code.authorization_id,
        )
        raise InvalidGrant(reason="used code", commits=True)
