"""RFC 6750 §3 for Django REST framework, which builds the challenge in a place of its own: what our authentication classes share.

With `VerifiedAuthentication` for an API in another process than the server: `oauth_server` is not among its apps.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from oauth_server.resource_server.challenge import NoToken, Refused, Unavailable
from oauth_server.resource_server.permissions import challenge_of
from oauth_server.resource_server.verifier import AccessToken


class ServerUnavailable(APIException):
    """The token could not be judged."""

    status_code = 503
    default_detail = "The access token cannot be checked at the moment."
    default_code = "temporarily_unavailable"


class ChallengingAuthentication(BaseAuthentication):
    """Answers a refusal with a challenge that names its rule."""

    def identify(self, request: Request, authorization: str, view: Any) -> tuple[Any, Any]:
        """The user and the credential of a request. Raises `challenge.Refused`."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        try:
            return self.identify(request, request.headers.get("Authorization", ""), _view(request))
        except NoToken:
            return None
        except Unavailable as error:
            raise ServerUnavailable from error
        except Refused as refused:
            # the framework asks the first class of the view for the challenge, whichever refused
            request.oauth_refused = refused  # type: ignore[attr-defined]
            raise AuthenticationFailed(refused.description, code=refused.error) from refused

    def authenticate_header(self, request: Request) -> str:
        refused = getattr(request, "oauth_refused", None) or NoToken()
        realm, metadata = challenge_of(request, _view(request))
        return str(refused.challenge(realm=realm, resource_metadata=metadata))


class VerifiedAuthentication(ChallengingAuthentication):
    """The view's `tokens`, a `verifier.Verifier` or `verifier.Introspector`, judges the token."""

    def identify(self, request: Request, authorization: str, view: Any) -> tuple[Any, AccessToken]:
        token: AccessToken = view.tokens.verify(authorization, **sent_by(request))
        return self.user(token), token

    def user(self, token: AccessToken) -> Any:
        """Who `request.user` is: nobody, unless the project knows the person and says so in a subclass."""
        return AnonymousUser()


def sent_by(request: Request) -> dict[str, Any]:
    """RFC 9449 §4.3: what a proof has to be for."""
    return {"dpop": request.headers.get("DPoP"), "method": request.method, "url": request.build_absolute_uri()}


def _view(request: Request) -> Any:
    return (request.parser_context or {}).get("view")
