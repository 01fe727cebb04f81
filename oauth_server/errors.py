"""Every error code of OAuth and OpenID Connect, a class each; their HTTP status is decided in `endpoints/base.py`."""

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
    error = "invalid_request"
    default = "The request is malformed."


class InvalidClient(OAuthError):
    error = "invalid_client"
    default = "Client authentication failed."


class InvalidGrant(OAuthError):
    error = "invalid_grant"
    default = "The grant is invalid, expired, revoked, or was issued to another client."


class UnauthorizedClient(OAuthError):
    error = "unauthorized_client"
    default = "The client may not use this grant or response type."


class UnsupportedGrantType(OAuthError):
    error = "unsupported_grant_type"
    default = "The server does not support this grant type."


class UnsupportedResponseType(OAuthError):
    error = "unsupported_response_type"
    default = "The server does not support this response type."


class InvalidScope(OAuthError):
    error = "invalid_scope"
    default = "The scope is unknown, malformed, or more than the client may ask for."


class AccessDenied(OAuthError):
    error = "access_denied"
    default = "The request was denied."


class ServerError(OAuthError):
    error = "server_error"
    default = "The server met an unexpected condition."


class TemporarilyUnavailable(OAuthError):
    error = "temporarily_unavailable"
    default = "The server cannot answer right now. Try again shortly."


class IssuingStopped(TemporarilyUnavailable):
    """The operator's incident switch of this issuer is on."""

    default = "This server issues nothing for the time being. Try again later."
    is_recorded = False


# RFC 7009 §2.2.1


class UnsupportedTokenType(OAuthError):
    error = "unsupported_token_type"
    default = "The server does not revoke tokens of this type."


# RFC 8628 §3.5


class AuthorizationPending(OAuthError):
    error = "authorization_pending"
    default = "The person has not answered yet."
    is_recorded = False


class SlowDown(OAuthError):
    error = "slow_down"
    default = "This poll came too early. Wait 5 seconds longer between polls."
    is_recorded = False


class ExpiredToken(OAuthError):
    error = "expired_token"
    default = "The device code has expired. Start again."


# RFC 8707 §2


class InvalidTarget(OAuthError):
    error = "invalid_target"
    default = "The resource or audience is unknown or more than the client may ask for."


# RFC 6750 §3.1


class InvalidToken(OAuthError):
    error = "invalid_token"
    default = "The access token is invalid, expired, or revoked."


class InsufficientScope(OAuthError):
    error = "insufficient_scope"
    default = "The access token does not cover this request."


# OpenID Connect Core 1.0 §3.1.2.6


class InteractionRequired(OAuthError):
    error = "interaction_required"
    default = "A page must be shown to the person."


class LoginRequired(OAuthError):
    error = "login_required"
    default = "The person must sign in."


class AccountSelectionRequired(OAuthError):
    error = "account_selection_required"
    default = "The person must choose an account."


class ConsentRequired(OAuthError):
    error = "consent_required"
    default = "The person must consent."


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements."""

    error = "unmet_authentication_requirements"
    default = "The sign-in that is asked for cannot be had here."


class RequestNotSupported(OAuthError):
    error = "request_not_supported"
    default = "The request parameter is not supported."


class RequestUriNotSupported(OAuthError):
    error = "request_uri_not_supported"
    default = "The request_uri parameter is not supported."


class RegistrationNotSupported(OAuthError):
    error = "registration_not_supported"
    default = "The registration parameter is not supported."


class InvalidRequestUri(OAuthError):
    error = "invalid_request_uri"
    default = "The request_uri is unknown, expired, used, or cannot be read."


class InvalidRequestObject(OAuthError):
    error = "invalid_request_object"
    default = "The request object is not valid."


# RFC 7591 §3.2.2


class InvalidRedirectUri(OAuthError):
    error = "invalid_redirect_uri"
    default = "A redirect URI is not acceptable."


class InvalidClientMetadata(OAuthError):
    error = "invalid_client_metadata"
    default = "A metadata member is not acceptable."


class InvalidSoftwareStatement(OAuthError):
    error = "invalid_software_statement"
    default = "The software statement is not valid."


class UnapprovedSoftwareStatement(OAuthError):
    error = "unapproved_software_statement"
    default = "The software statement is not approved by this server."
