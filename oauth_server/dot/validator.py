"""RFC 6750 §2: the bridge from django-oauth-toolkit's resource-server code to our look-ups. It issues nothing.

What would make or change a token through DOT's own views is refused: there is one issuing pipeline, and it is not theirs.
"""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from oauth_server import copies, issuers, uris
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.client_auth.known import Known, is_current
from oauth_server.errors import OAuthError
from oauth_server.limits import TooManyAttempts
from oauth_server.models import AccessToken
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens import lookup

logger = logging.getLogger("oauth_server.dot")


def audience_matches(requested: str, audiences: Sequence[str]) -> bool:
    """`RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR`: an audience that is a URL covers the paths below it; others are compared whole."""
    return any(requested == name or requested.startswith(name.rstrip("/") + "/") for name in audiences if name)


def _protocol_request(request: Any) -> ProtocolRequest:
    """An oauthlib request as our endpoints know one."""
    authorization = request.headers.get("Authorization")
    return ProtocolRequest(
        method=request.http_method,
        path=uris.split(request.uri).path,
        query=b"",
        headers={} if authorization is None else {"authorization": authorization},
        body=str(request.body or "").encode("utf-8", "surrogatepass"),
        host=request.headers.get("HTTP_HOST", ""),
        address=request.headers.get("REMOTE_ADDR", ""),
        trace_id="",
    )


def _proven(asked: ProtocolRequest, form: Parameters) -> Known:
    """Raises `OAuthError`, `TooManyAttempts`, and `copies.Stale` where the client changes all the while."""
    found = authenticate(asked, form, issuers.first())
    if is_current(found):
        return found
    with copies.fresh():
        return authenticate(asked, form, issuers.first())


class Validator(OAuth2Validator):
    """`OAUTH2_VALIDATOR_CLASS`. `issuers`: identifiers of those whose tokens are taken; empty: the first one."""

    issuers: ClassVar[tuple[str, ...]] = ()

    def validate_bearer_token(self, token: str, scopes: Sequence[str], request: Any) -> bool:
        row = self._load_access_token(token) if token else None
        if row is None or not row.is_valid(scopes):
            self._set_oauth2_error_on_request(request, row, scopes)
            return False
        # RFC 9068 §4, RFC 8707 §2: a token that another API received is none here
        if not row.allows_audience((getattr(request, "uri", None) or "").partition("?")[0]):
            request.oauth2_error = {
                "error": "invalid_token",
                "error_description": "The access token is for another resource.",
            }
            return False
        request.client, request.user, request.scopes, request.access_token = (
            row.application,
            row.user,
            list(scopes),
            row,
        )
        return True

    def _load_access_token(self, token: str) -> AccessToken | None:
        found = lookup.access_token(token)
        if found is None or not found.active:
            return None
        here = found.issuer.identifier in self.issuers if self.issuers else found.issuer.is_first
        return found.row if here else None

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """For views that take a client's own credentials: exactly one method, the registered one, and a secret behind it."""
        asked = _protocol_request(request)
        try:
            form = Parameters.parse(asked.body)
            # RFC 7662 §4: DOT's introspection, left mounted, would tell any client about every token; ours asks whose it is
            if form.get("token"):
                return False
            known = _proven(asked, form)
        except (OAuthError, TooManyAttempts, copies.Stale):
            return False
        if known.client.is_public:
            return False
        request.client = known.client
        return True

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        logger.warning(
            "django-oauth-toolkit's own views do not issue tokens here; use the endpoints of oauth_server.urls"
        )
        raise errors.UnauthorizedClientError

    authenticate_client_id = _refuse
    client_authentication_required = _refuse
    validate_client_id = _refuse
    validate_code = _refuse
    validate_grant_type = _refuse
    validate_refresh_token = _refuse
    validate_user = _refuse
    save_authorization_code = _refuse
    save_bearer_token = _refuse
    invalidate_authorization_code = _refuse
    revoke_token = _refuse

    def _check_secret(self, *args: Any, **kwargs: Any) -> bool:
        return False
