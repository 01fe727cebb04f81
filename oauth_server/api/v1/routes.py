"""Every path of the management API, a line each. An app that takes part adds its own from `AppConfig.ready()`."""

from dataclasses import dataclass

from oauth_server.api.v1 import (
    audience,
    client,
    client_logo,
    client_secret,
    issuer,
    key,
    key_set,
    scope,
)
from oauth_server.api.v1.resource import Resource
from oauth_server.registry import Registry


@dataclass(frozen=True, slots=True)
class Route:
    """`path`: names in braces are single parts of a path."""

    path: str
    resource: type[Resource]


ROUTES: Registry[Route] = Registry(
    lambda route: route.path,
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
    Route("audiences", audience.Audiences),
    Route("audiences/{id}", audience.OneAudience),
    Route("keys", key.Keys),
    Route("keys/rotate", key.KeyRotations),
    Route("keys/{id}", key.OneKey),
    Route("keys/{id}/dependents", key.KeyDependents),
    Route("keys/{id}/revoke", key.KeyRevocations),
    Route("key-sets/{key_set}/keys", key_set.KeptKeys),
    Route("key-sets/{key_set}/keys/{id}", key_set.OneKeptKey),
)
