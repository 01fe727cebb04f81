"""The tables, a file each; `docs/architecture.md` says how they hang together."""

from oauth_server.models.access_token import AccessToken
from oauth_server.models.attempt import Attempt
from oauth_server.models.audience import Audience
from oauth_server.models.audit_door import AuditDoor
from oauth_server.models.audit_event import AuditEvent
from oauth_server.models.authorization import Authorization
from oauth_server.models.authorization_code import AuthorizationCode
from oauth_server.models.authorization_detail_type import AuthorizationDetailType
from oauth_server.models.challenge import Challenge
from oauth_server.models.client import Client
from oauth_server.models.client_logo import ClientLogo
from oauth_server.models.client_secret import ClientSecret
from oauth_server.models.client_secret_use import ClientSecretUse
from oauth_server.models.counter import Counter
from oauth_server.models.device_request import DeviceRequest
from oauth_server.models.id_token import IDToken
from oauth_server.models.initial_access_token import InitialAccessToken
from oauth_server.models.interaction import Interaction
from oauth_server.models.issuer import Issuer
from oauth_server.models.job_run import JobRun
from oauth_server.models.logout_delivery import LogoutDelivery
from oauth_server.models.pushed_request import PushedRequest
from oauth_server.models.refresh_token import RefreshToken
from oauth_server.models.replay import Replay
from oauth_server.models.scope import Scope
from oauth_server.models.session import Session
from oauth_server.models.session_client import SessionClient
from oauth_server.models.signing_key import SigningKey
from oauth_server.models.storage_key import StorageKey
from oauth_server.models.stored_key import StoredKey
from oauth_server.models.trusted_issuer import TrustedIssuer
from oauth_server.models.webhook_delivery import WebhookDelivery

__all__ = [
    "AccessToken",
    "Attempt",
    "Audience",
    "AuditDoor",
    "AuditEvent",
    "Authorization",
    "AuthorizationCode",
    "AuthorizationDetailType",
    "Challenge",
    "Client",
    "ClientLogo",
    "ClientSecret",
    "ClientSecretUse",
    "Counter",
    "DeviceRequest",
    "IDToken",
    "InitialAccessToken",
    "Interaction",
    "Issuer",
    "JobRun",
    "LogoutDelivery",
    "PushedRequest",
    "RefreshToken",
    "Replay",
    "Scope",
    "Session",
    "SessionClient",
    "SigningKey",
    "StorageKey",
    "StoredKey",
    "TrustedIssuer",
    "WebhookDelivery",
]
