"""RFC 6749 §4.1.1, §4.1.2.1 the checks of an authorization request, in their order; a table: check by endpoint.

`destination` comes first: until client and redirect URI are proven, the answer to anything is a page. Every later refusal goes to
the redirect URI. A pushed request (RFC 9126 §2.1) passes the same checks, and its refusals are told to the client that pushes.
"""

from collections.abc import Callable
from enum import Flag, auto

from oauth_server.authorization import id_token_hint, pkce, prompt, pushed, redirect_uri, request_object, response_types
from oauth_server.authorization.request import PLAIN, AuthorizationRequest, Destination, Source
from oauth_server.authorization.response_types import ResponseType
from oauth_server.claims import request as claims_request
from oauth_server.client_auth import known
from oauth_server.client_auth.known import Known
from oauth_server.errors import (
    InvalidRequest,
    IssuingStopped,
    RegistrationNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy import audiences, details, scopes

# What a waiting request keeps; the rest is ignored (RFC 6749 §3.1), and nobody fills a table with it
PARAMETERS = frozenset(
    "client_id redirect_uri response_type response_mode scope state audience resource nonce prompt max_age login_hint "
    "id_token_hint code_challenge code_challenge_method ui_locales claims acr_values authorization_details".split()
)
_LONGEST = 2_000


class UnknownClient(InvalidRequest):
    """The answer is a page, never a redirect."""


class StateTooLong(InvalidRequest):
    """A part of it would be another state, and all of it may not fit into a Location: the answer is a page."""

    default = f"state is longer than {_LONGEST} bytes."


NEVER_REDIRECTED = (UnknownClient, redirect_uri.UnprovenRedirectUri, StateTooLong)


def client(parameters: Parameters, issuer: Issuer) -> Known:
    """Raises `UnknownClient`."""
    try:
        return known.proven(parameters.get("client_id"), issuer)
    except known.Unknown as unknown:
        raise UnknownClient("client_id is unknown or missing.", reason=f"client_id: {unknown}") from None


def destination(
    parameters: Parameters, issuer: Issuer, source: Source = PLAIN, found: Known | None = None
) -> Destination:
    """The proven client and redirect URI. Raises one of `NEVER_REDIRECTED`."""
    found = found or client(parameters, issuer)
    uri, given = redirect_uri.resolve(parameters, found.client, source)
    if _is_too_long(parameters.get("state")):
        raise StateTooLong
    # A response_mode that cannot be used is refused below, by the default one
    asked, kind = parameters.get("response_mode"), parameters.get("response_type")
    return Destination(
        issuer=issuer,
        client=found.client,
        reach=found.reach,
        redirect_uri=uri,
        redirect_uri_given=given,
        response_mode=response_types.response_mode(asked, kind, found.client, uri),
        state=parameters.get("state"),
        source=source,
    )


def _is_too_long(value: str) -> bool:
    return len(value.encode()) > _LONGEST


def issuing(parameters: Parameters, to: Destination) -> None:
    """RFC 6749 §4.1.2.1 temporarily_unavailable: the operator stopped this issuer."""
    if to.client.issuer.stopped_at is not None:
        raise IssuingStopped


def registration(parameters: Parameters, to: Destination) -> None:
    """OpenID Connect Core 1.0 §3.1.2.6: what is not supported is refused by name, not ignored."""
    if "registration" in parameters:
        raise RegistrationNotSupported


def lengths(parameters: Parameters, to: Destination) -> None:
    for name in ("nonce", "login_hint", "ui_locales", "acr_values"):
        if _is_too_long(parameters.get(name)):
            raise InvalidRequest(f"{name} is longer than {_LONGEST} bytes.")


def response_type(parameters: Parameters, to: Destination) -> None:
    """RFC 6749 §3.1.1: first what the server supports, then what the client may."""
    if not parameters.get("response_type"):
        raise InvalidRequest("The parameter response_type is missing.")
    asked = _response_type(parameters)
    if not response_types.is_allowed(asked, to.client):
        raise UnauthorizedClient(reason=f"response_type {asked.name} is not among the client's")


def _response_type(parameters: Parameters) -> ResponseType:
    asked = response_types.find(parameters.get("response_type"))
    if asked is None or not asked.is_on:
        raise UnsupportedResponseType
    return asked


def response_mode(parameters: Parameters, to: Destination) -> None:
    asked, kind = parameters.get("response_mode"), parameters.get("response_type")
    if asked and (problem := response_types.mode_problem(asked, kind, to.client, to.redirect_uri)):
        raise InvalidRequest(problem)


Check = Callable[[Parameters, Destination], None]


class At(Flag):
    """Where a check is made. A device's request and CIBA have no redirect URI, and checks of their own."""

    AUTHORIZE = auto()
    PUSHED = auto()
    BOTH = AUTHORIZE | PUSHED


CHECKS: tuple[tuple[Check, At], ...] = (
    (issuing, At.BOTH),
    (pushed.required, At.AUTHORIZE),
    (request_object.required, At.BOTH),
    (registration, At.BOTH),
    (lengths, At.BOTH),
    (response_type, At.BOTH),
    (response_mode, At.BOTH),
)


def validate(parameters: Parameters, to: Destination, at: At = At.AUTHORIZE) -> AuthorizationRequest:
    """The typed request. Raises `OAuthError`, to be answered at the redirect URI, or to the client that pushes."""
    for check, where in CHECKS:
        if at in where:
            check(parameters, to)
    kind = _response_type(parameters)
    asked = details.read(parameters.optional(details.PARAMETER), to.reach)
    default = details.default_scope(asked, to.client)
    scope = scopes.resolve(parameters.optional("scope"), to.reach, default=default, person=True)
    audience, resource = parameters.all("audience"), parameters.all("resource")
    named = audiences.grant(audience, resource, scope, to.reach, details.audiences(asked, to.reach))
    if kind.brings_token:
        # at the token endpoint a client can narrow them down first
        audiences.target(named, to.reach)
    hint = parameters.get("id_token_hint")
    return AuthorizationRequest(
        destination=to,
        response_type=kind,
        scope=scope,
        audience=audience,
        resource=resource,
        nonce=_nonce(parameters, kind, scope),
        prompt=prompt.prompts(parameters),
        max_age=prompt.max_age(parameters, to.client),
        login_hint=parameters.get("login_hint"),
        hinted_sub=id_token_hint.subject(hint, to.issuer, to.client) if hint else "",
        code_challenge=pkce.challenge(parameters, to.client) if kind.brings_code else "",
        parameters=parameters.only(PARAMETERS),
        acr_values=tuple(parameters.get("acr_values").split()) or tuple(to.client.default_acr_values),
        claims=claims_request.parse(parameters.get("claims")),
        details=asked,
    )


def _nonce(parameters: Parameters, kind: ResponseType, scope: tuple[str, ...]) -> str:
    """OpenID Connect Core 1.0 §3.2.2.1, §3.3.2.11: an ID token from the front needs one."""
    nonce = parameters.get("nonce")
    if kind.brings_id_token and scopes.OPENID not in scope:
        raise InvalidRequest("An ID token needs the scope openid.")
    if kind.brings_id_token and not nonce:
        raise InvalidRequest("An ID token in the response needs a nonce.")
    return nonce
