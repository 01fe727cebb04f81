"""A factory for each table; those of the wheel and these. What is stored as a digest gets its clear value as `row.clear`.

token = AccessTokenFactory(scope="openid")         # a row, with its family, client and person
app.introspect(token.clear)
"""

import secrets
from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from oauth_server import clock, digest, issuers, models
from oauth_server.audit import Event
from oauth_server.digest import Kind
from oauth_server.keys import jose
from oauth_server.testing.factories import (
    AccessTokenFactory,
    AudienceFactory,
    AuthorizationDetailTypeFactory,
    AuthorizationFactory,
    Clear,
    ClientFactory,
    IssuerFactory,
    OfFamily,
    RefreshTokenFactory,
    ScopeFactory,
    SessionFactory,
    UserFactory,
    later,
    now,
)
from oauth_server.tokens import opaque
from tests import flows

# those of the wheel
__all__ = [
    "AccessTokenFactory",
    "AudienceFactory",
    "AuthorizationDetailTypeFactory",
    "AuthorizationFactory",
    "ClientFactory",
    "IssuerFactory",
    "RefreshTokenFactory",
    "ScopeFactory",
    "SessionFactory",
    "UserFactory",
]


class ClientSecretFactory(Clear):
    class Meta:
        model = models.ClientSecret

    clear = factory.LazyFunction(lambda: opaque.make(opaque.CLIENT_SECRET, None))
    client = factory.SubFactory(ClientFactory)
    verifier = factory.LazyAttribute(lambda row: digest.digest(Kind.CLIENT_SECRET, row.clear))


class SigningKeyFactory(DjangoModelFactory):
    """A key whose private part nobody has: it can be published, and never signs."""

    class Meta:
        model = models.SigningKey

    issuer = factory.LazyFunction(issuers.first)
    kid = factory.LazyFunction(lambda: secrets.token_urlsafe(32))
    state = models.SigningKey.State.RETIRING
    algorithm = "ES256"
    public = factory.LazyAttribute(
        lambda row: {"kty": "EC", "crv": "P-256", "x": "", "y": "", "kid": row.kid, "alg": row.algorithm, "use": "sig"}
    )


class SessionClientFactory(DjangoModelFactory):
    """A client that a sign-in told."""

    class Meta:
        model = models.SessionClient

    session = factory.SubFactory(SessionFactory)
    client = factory.SubFactory(ClientFactory, backchannel_logout_uri="https://rp.example/backchannel")
    sub = factory.LazyAttribute(lambda row: str(row.session.user_id))
    expires = factory.LazyAttribute(lambda row: row.session.expires)


class LogoutDeliveryFactory(DjangoModelFactory):
    """A sign-out that a client has to be told of, due now."""

    class Meta:
        model = models.LogoutDelivery

    session = factory.SubFactory(SessionFactory)
    issuer = factory.LazyAttribute(lambda row: row.session.issuer)
    client = factory.SubFactory(ClientFactory, backchannel_logout_uri="https://rp.example/backchannel")
    sub = factory.LazyAttribute(lambda row: str(row.session.user_id))
    next_attempt = now()
    created = now()
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))


class AuthorizationCodeFactory(OfFamily):
    """A code that `flows.App` can redeem when `verifier` is its verifier."""

    class Meta:
        model = models.AuthorizationCode

    class Params:
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    expires = later("AUTHORIZATION_CODE_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.AUTHORIZATION_CODE, row.expires))
    code = factory.LazyAttribute(lambda row: digest.digest(Kind.AUTHORIZATION_CODE, row.clear))
    redirect_uri = flows.CALLBACK
    code_challenge = factory.LazyAttribute(lambda row: flows.challenge_of(row.verifier))
    code_challenge_method = "S256"


class DeviceRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.DeviceRequest

    application = factory.SubFactory(ClientFactory)
    device_code = factory.LazyFunction(lambda: digest.digest(Kind.DEVICE_CODE, secrets.token_urlsafe()))
    user_code = factory.LazyFunction(lambda: digest.digest(Kind.USER_CODE, secrets.token_urlsafe()))
    created = now()
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=10))


class InteractionFactory(Clear):
    """A request that waits, bound to the browser whose cookie is `browser_value`; `clear` is the handle in its address."""

    class Meta:
        model = models.Interaction

    class Params:
        browser_value = "b" * 43

    clear = factory.LazyFunction(lambda: secrets.token_urlsafe(32))
    handle = factory.LazyAttribute(lambda row: digest.digest(Kind.INTERACTION, row.clear))
    browser = factory.LazyAttribute(lambda row: digest.digest(Kind.BROWSER, row.browser_value))
    client = factory.SubFactory(ClientFactory)
    issuer = factory.LazyAttribute(lambda row: row.client.issuer)
    request = factory.LazyAttribute(
        lambda row: {name: [value] for name, value in flows.pairs(flows.App(row.client).request())}
    )
    created = now()
    expires = later("INTERACTION_LIFETIME")


class ReplayFactory(DjangoModelFactory):
    class Meta:
        model = models.Replay

    kind = "jti"
    value = factory.LazyFunction(lambda: digest.digest(Kind.REPLAY, secrets.token_urlsafe()))
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=5))


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = models.Attempt

    key = factory.LazyFunction(lambda: digest.digest(Kind.ATTEMPT, secrets.token_urlsafe()))
    count = 1
    expires = later("LIMIT_WINDOW")


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = models.AuditEvent

    at = now()
    event = Event.REQUEST_REFUSED


def app(**fields: Any) -> flows.App:
    """A stored client, and the program that holds its credentials."""
    key = None
    if fields.get("token_endpoint_auth_method") == "private_key_jwt" and not fields.keys() & {
        "client_jwks",
        "client_jwks_uri",
    }:
        _, public, private = jose.generate("ES256")
        key, fields["client_jwks"] = jose.load(private), {"keys": [public]}
    row = ClientFactory(**fields)
    registered = row.redirect_uris.split()
    return flows.App(row, row.clear, registered[0] if registered else None, key=key)
