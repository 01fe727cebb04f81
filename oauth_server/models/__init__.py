"""The tables, a file each; `docs/architecture.md` says how they hang together."""

from oauth_server.models.access_token import AccessToken
from oauth_server.models.attempt import Attempt
from oauth_server.models.audience import Audience
from oauth_server.models.audit_event import AuditEvent
from oauth_server.models.authorization import Authorization
from oauth_server.models.authorization_code import AuthorizationCode
from oauth_server.models.client import Client
from oauth_server.models.client_secret import ClientSecret
from oauth_server.models.device_request import DeviceRequest
from oauth_server.models.id_token import IDToken
from oauth_server.models.interaction import Interaction
from oauth_server.models.issuer import Issuer
from oauth_server.models.refresh_token import RefreshToken
from oauth_server.models.replay import Replay
from oauth_server.models.scope import Scope
from oauth_server.models.session import Session
from oauth_server.models.signing_key import SigningKey
from oauth_server.models.storage_key import StorageKey

__all__ = [
    "AccessToken",
    "Attempt",
    "Audience",
    "AuditEvent",
    "Authorization",
    "AuthorizationCode",
    "Client",
    "ClientSecret",
    "DeviceRequest",
    "IDToken",
    "Interaction",
    "Issuer",
    "RefreshToken",
    "Replay",
    "Scope",
    "Session",
    "SigningKey",
    "StorageKey",
]
