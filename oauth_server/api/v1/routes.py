"""Every path of the management API, a line each. An app that takes part names a module with more in `AppConfig.oauth_server_api`."""

from importlib import import_module

from django.apps import apps

from oauth_server.api.v1 import (
    audience,
    audit_event,
    authorization_detail_type,
    client,
    client_logo,
    client_secret,
    inspection,
    issuer,
    key,
    key_set,
    openapi,
    revocation,
    scope,
    session,
    usage,
)
from oauth_server.api.v1.resource import Route

_OWN = (
    Route("issuers", issuer.Issuers),
    Route("issuers/{id}", issuer.OneIssuer),
    Route("issuers/{id}/stop", issuer.IssuerStop),
    Route("issuers/{id}/resume", issuer.IssuerResume),
    Route("clients", client.Clients),
    Route("clients/{id}", client.OneClient),
    Route("clients/{id}/fresh-consent", client.ClientFreshConsent),
    Route("clients/{id}/logo", client_logo.Logo),
    Route("clients/{id}/secrets", client_secret.ClientSecrets),
    Route("clients/{id}/secrets/rotate", client_secret.ClientSecretRotation),
    Route("clients/{id}/secrets/{secret}", client_secret.OneClientSecret),
    Route("scopes", scope.Scopes),
    Route("scopes/{id}", scope.OneScope),
    Route("scopes/{id}/fresh-consent", scope.ScopeFreshConsent),
    Route("authorization-detail-types", authorization_detail_type.AuthorizationDetailTypes),
    Route("authorization-detail-types/{id}", authorization_detail_type.OneAuthorizationDetailType),
    Route("audiences", audience.Audiences),
    Route("audiences/{id}", audience.OneAudience),
    Route("keys", key.Keys),
    Route("keys/rotate", key.KeyRotations),
    Route("keys/{id}", key.OneKey),
    Route("keys/{id}/dependents", key.KeyDependents),
    Route("keys/{id}/revoke", key.KeyRevocations),
    Route("key-sets/{key_set}/keys", key_set.KeptKeys),
    Route("key-sets/{key_set}/keys/{id}", key_set.OneKeptKey),
    Route("tokens/inspect", inspection.Inspection),
    Route("tokens/revoke", inspection.TokenRevocation),
    Route("revocations", revocation.Revocations),
    Route("revocations/preview", revocation.RevocationPreview),
    Route("sessions", session.Sessions),
    Route("sessions/{id}", session.OneSession),
    Route("sessions/{id}/end", session.SessionEnd),
    Route("audit-events", audit_event.AuditEvents),
    Route("audit-events/export", audit_event.AuditExport),
    Route("audit-events/{id}", audit_event.OneAuditEvent),
    Route("usage", usage.Usage),
    Route("openapi.json", openapi.Document),
)
_PARTS = (getattr(app, "oauth_server_api", "") for app in apps.get_app_configs())
ROUTES: tuple[Route, ...] = (*_OWN, *(route for part in filter(None, _PARTS) for route in import_module(part).ROUTES))
