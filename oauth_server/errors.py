"""Every error code of OAuth and OpenID Connect, a class each; their HTTP status is decided in `endpoints/base.py`.

A class says why a client gets the error and what to do; the reference of errors is made of these words.
"""

from typing import ClassVar


class OAuthError(Exception):
    """A refusal.

    `description` goes on the wire (RFC 6749 §5.2: printable ASCII without quote and backslash).
    `reason` names the failing rule for log and audit and never leaves the server.
    `is_recorded`: False for an answer that is the ordinary course of things, and no refusal.
    `commits` marks a refusal whose own writes must stay (a replay that revokes a family).
    """

    error: ClassVar[str]
    default: ClassVar[str] = ""
    is_recorded: ClassVar[bool] = True

    def __init__(self, description: str = "", *, reason: str = "", commits: bool = False) -> None:
        self.description = description or self.default
        self.reason = reason or self.description or self.error
        self.commits = commits
        super().__init__(f"{self.error}: {self.reason}")


# RFC 6749 §4.1.2.1, §5.2


class InvalidRequest(OAuthError):
    """A parameter is missing, twice there, or malformed; the description names the rule. Change the request: as it is it never succeeds."""

    error = "invalid_request"
    default = "The request is malformed."


class InvalidClient(OAuthError):
    """The client is unknown or off, its secret or key does not fit, or it is registered for another way to authenticate.

    The answer never says which; the audit log does, under the trace id.
    """

    error = "invalid_client"
    default = "Client authentication failed."


class InvalidGrant(OAuthError):
    """The code, refresh token or assertion was used before, has expired, was revoked, or belongs to another client or redirect URI.

    Start the grant again; do not repeat the request.
    """

    error = "invalid_grant"
    default = "The grant is invalid, expired, revoked, or was issued to another client."


class UnauthorizedClient(OAuthError):
    """The client is known and may not do this. An operator gives it the grant type or response type."""

    error = "unauthorized_client"
    default = "The client may not use this grant or response type."


class UnsupportedGrantType(OAuthError):
    """The server does not have this grant type, or it is switched off. `grant_types_supported` of the metadata lists the others."""

    error = "unsupported_grant_type"
    default = "The server does not support this grant type."


class UnsupportedResponseType(OAuthError):
    """The server does not have this response type: implicit and hybrid ones are off unless an operator wants them. Use `code`."""

    error = "unsupported_response_type"
    default = "The server does not support this response type."


class InvalidScope(OAuthError):
    """A scope does not exist, or the client may not ask for it. Ask for less, or have an operator allow it to the client."""

    error = "invalid_scope"
    default = "The scope is unknown, malformed, or more than the client may ask for."


class AccessDenied(OAuthError):
    """The person said no, or may not use this client. Offer to try again; do not send the browser back at once."""

    error = "access_denied"
    default = "The request was denied."


class ServerError(OAuthError):
    """Something broke that should not. The log of the server has the rest under the trace id."""

    error = "server_error"
    default = "The server met an unexpected condition."


class TemporarilyUnavailable(OAuthError):
    """The database or a key cannot be reached at the moment. Try again after `Retry-After`."""

    error = "temporarily_unavailable"
    default = "The server cannot answer right now. Try again shortly."


class IssuingStopped(TemporarilyUnavailable):
    """The operator's incident switch of this issuer is on."""

    default = "This server issues nothing for the time being. Try again later."
    is_recorded = False


# RFC 7009 §2.2.1


class UnsupportedTokenType(OAuthError):
    """Nothing of this type can be revoked here. Leave `token_type_hint` out."""

    error = "unsupported_token_type"
    default = "The server does not revoke tokens of this type."


# RFC 8628 §3.5


class AuthorizationPending(OAuthError):
    """The person has not yet answered on the other device. Ask again after `interval` seconds."""

    error = "authorization_pending"
    default = "The person has not answered yet."
    is_recorded = False


class SlowDown(OAuthError):
    """The device asks too often. Add five seconds to its interval, for good."""

    error = "slow_down"
    default = "This poll came too early. Wait 5 seconds longer between polls."
    is_recorded = False


class ExpiredToken(OAuthError):
    """Nobody answered in time. Begin with a new device code."""

    error = "expired_token"
    default = "The device code has expired. Start again."


# RFC 8707 §2


class InvalidTarget(OAuthError):
    """`resource` or `audience` names an API that does not exist, that the client may not use, or that was not granted before."""

    error = "invalid_target"
    default = "The resource or audience is unknown or more than the client may ask for."


# RFC 9396 §5


class InvalidAuthorizationDetails(OAuthError):
    """An object of `authorization_details` is of a type that does not exist or that the client may not use, is not as its type has it,

    or is more than was granted before. The description names the member. `authorization_details_types_supported` of the metadata
    lists the types.
    """

    error = "invalid_authorization_details"
    default = "The authorization details are unknown, malformed, or more than the client may ask for."


# RFC 6750 §3.1


class InvalidToken(OAuthError):
    """The access token is unknown, expired, revoked, or for another API. Get a new one by the refresh token, or begin anew."""

    error = "invalid_token"
    default = "The access token is invalid, expired, or revoked."


class InsufficientScope(OAuthError):
    """The token is good and its scopes do not cover this. The challenge names those that would."""

    error = "insufficient_scope"
    default = "The access token does not cover this request."


# OpenID Connect Core 1.0 §3.1.2.6


class InteractionRequired(OAuthError):
    """With `prompt=none` no page can be shown, and one is needed. Send the browser again without it."""

    error = "interaction_required"
    default = "A page must be shown to the person."


class LoginRequired(OAuthError):
    """With `prompt=none`: nobody is signed in, not well or not recently enough, or somebody else than the hint names."""

    error = "login_required"
    default = "The person must sign in."


class AccountSelectionRequired(OAuthError):
    """With `prompt=none`: several people are signed in on this browser, and one has to be chosen."""

    error = "account_selection_required"
    default = "The person must choose an account."


class ConsentRequired(OAuthError):
    """With `prompt=none`: the person has not agreed to this yet."""

    error = "consent_required"
    default = "The person must consent."


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements: the `acr` that the app insists on is out of reach."""

    error = "unmet_authentication_requirements"
    default = "The sign-in that is asked for cannot be had here."


class RequestNotSupported(OAuthError):
    """Signed requests are not taken in this place."""

    error = "request_not_supported"
    default = "The request parameter is not supported."


class RequestUriNotSupported(OAuthError):
    """Requests by reference are not taken in this place."""

    error = "request_uri_not_supported"
    default = "The request_uri parameter is not supported."


class RegistrationNotSupported(OAuthError):
    """The client's metadata cannot be in its request. Register the client."""

    error = "registration_not_supported"
    default = "The registration parameter is not supported."


class InvalidRequestUri(OAuthError):
    """A pushed request lives for a minute and ends with the sign-in: push again. Other addresses are those of `request_uris`."""

    error = "invalid_request_uri"
    default = "The request_uri is unknown, expired, used, or cannot be read."


class InvalidRequestObject(OAuthError):
    """Signature, algorithm, audience, times or `jti` of the signed request are wrong, or it contradicts the plain parameters."""

    error = "invalid_request_object"
    default = "The request object is not valid."


# RFC 7591 §3.2.2


class InvalidRedirectUri(OAuthError):
    """An address of the client is not one that a client of its kind may have; the description says which rule."""

    error = "invalid_redirect_uri"
    default = "A redirect URI is not acceptable."


class InvalidClientMetadata(OAuthError):
    """A member of the client's metadata is unknown, malformed, or does not go with another; the description names it."""

    error = "invalid_client_metadata"
    default = "A metadata member is not acceptable."


class InvalidSoftwareStatement(OAuthError):
    """The software statement has no valid signature, has expired, or lacks a member."""

    error = "invalid_software_statement"
    default = "The software statement is not valid."


class UnapprovedSoftwareStatement(OAuthError):
    """Nobody whose word counts here has signed the software statement."""

    error = "unapproved_software_statement"
    default = "The software statement is not approved by this server."
