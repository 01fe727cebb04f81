"""RFC 6749 §4.1.1, §4.1.2.1 the checks of an authorization request, in their order.

`destination` comes first: until client and redirect URI are proven, the answer to anything is a page. Every later refusal goes to
the redirect URI.
"""

from collections.abc import Callable

from oauth_server.authorization import id_token_hint, pkce, prompt, redirect_uri
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.client_auth import known
from oauth_server.errors import (
    InvalidRequest,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy import audiences, scopes
from oauth_server.response_modes.registry import RESPONSE_MODES

# What a waiting request keeps; the rest is ignored (RFC 6749 §3.1), and nobody fills a table with it
PARAMETERS = frozenset(
    "client_id redirect_uri response_type response_mode scope state audience resource nonce prompt max_age login_hint "
    "id_token_hint code_challenge code_challenge_method".split()
)
RESPONSE_TYPES = ("code",)
DEFAULT_RESPONSE_MODE = "query"
_LONGEST = 2_000


class UnknownClient(InvalidRequest):
    """The answer is a page, never a redirect."""


class StateTooLong(InvalidRequest):
    """A part of it would be another state, and all of it may not fit into a Location: the answer is a page."""

    default = f"state is longer than {_LONGEST} bytes."


NEVER_REDIRECTED = (UnknownClient, redirect_uri.UnprovenRedirectUri, StateTooLong)


def destination(parameters: Parameters, issuer: Issuer) -> Destination:
    """The proven client and redirect URI. Raises one of `NEVER_REDIRECTED`."""
    try:
        # read anew: nothing that is stored here proves a copy
        found = known.load(parameters.get("client_id"), issuer)
    except known.Unknown:
        raise UnknownClient("client_id is unknown or missing.") from None
    uri, given = redirect_uri.resolve(parameters, found.client)
    if _is_too_long(parameters.get("state")):
        raise StateTooLong
    # An unknown response_mode is refused below, by the default one
    mode = parameters.get("response_mode")
    return Destination(
        issuer=issuer,
        client=found.client,
        reach=found.reach,
        redirect_uri=uri,
        redirect_uri_given=given,
        response_mode=mode if mode in RESPONSE_MODES else DEFAULT_RESPONSE_MODE,
        state=parameters.get("state"),
    )


def _is_too_long(value: str) -> bool:
    return len(value.encode()) > _LONGEST


def no_request_object(parameters: Parameters, to: Destination) -> None:
    """OpenID Connect Core 1.0 §3.1.2.6: what is not supported is refused by name, not ignored."""
    if "request" in parameters:
        raise RequestNotSupported
    if "request_uri" in parameters:
        raise RequestUriNotSupported
    if "registration" in parameters:
        raise RegistrationNotSupported


def lengths(parameters: Parameters, to: Destination) -> None:
    for name in ("nonce", "login_hint"):
        if _is_too_long(parameters.get(name)):
            raise InvalidRequest(f"{name} is longer than {_LONGEST} bytes.")


def response_type(parameters: Parameters, to: Destination) -> None:
    """RFC 6749 §3.1.1: first what the server supports, then what the client may."""
    asked = parameters.get("response_type")
    if not asked:
        raise InvalidRequest("The parameter response_type is missing.")
    if asked not in RESPONSE_TYPES:
        raise UnsupportedResponseType
    if asked not in to.client.response_types or "authorization_code" not in to.client.grant_types:
        raise UnauthorizedClient(reason=f"response_type {asked} is not among the client's")


def response_mode(parameters: Parameters, to: Destination) -> None:
    mode = parameters.get("response_mode")
    if mode and mode not in RESPONSE_MODES:
        raise InvalidRequest("response_mode has an unknown value.")


CHECKS: tuple[Callable[[Parameters, Destination], None], ...] = (
    no_request_object,
    lengths,
    response_type,
    response_mode,
)


def validate(parameters: Parameters, to: Destination) -> AuthorizationRequest:
    """The typed request. Raises `OAuthError`, to be answered at the redirect URI."""
    for check in CHECKS:
        check(parameters, to)
    scope = scopes.resolve(parameters.optional("scope"), to.reach, default=to.client.default_scopes, person=True)
    audience, resource = parameters.all("audience"), parameters.all("resource")
    audiences.grant(audience, resource, scope, to.reach)
    hint = parameters.get("id_token_hint")
    return AuthorizationRequest(
        destination=to,
        response_type=parameters.get("response_type"),
        scope=scope,
        audience=audience,
        resource=resource,
        nonce=parameters.get("nonce"),
        prompt=prompt.prompts(parameters),
        max_age=prompt.max_age(parameters, to.client),
        login_hint=parameters.get("login_hint"),
        hinted_sub=id_token_hint.subject(hint, to.issuer, to.client) if hint else "",
        code_challenge=pkce.challenge(parameters, to.client),
        parameters=parameters.only(PARAMETERS),
    )
