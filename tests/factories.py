"""A factory for each table. What is stored as a digest gets its clear value as `row.clear`.

token = AccessTokenFactory(scope="openid")         # a row, with its family, client and person
app.introspect(token.clear)
"""

import secrets
from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from oauth_server import clock, digest, issuers, models
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.keys import jose
from oauth_server.tokens import opaque
from tests import flows


def _later(setting: str) -> Any:
    return factory.LazyFunction(lambda: clock.now() + timedelta(seconds=getattr(settings, setting)))


def _now() -> Any:
    return factory.LazyFunction(clock.now)


class _Clear(DjangoModelFactory):
    """Takes `clear` out of the arguments and leaves it on the row: no column holds it."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        clear = kwargs.pop("clear")
        row = super()._create(model_class, *args, **kwargs)
        row.clear = clear
        return row

    @classmethod
    def _build(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        clear = kwargs.pop("clear")
        row = super()._build(model_class, *args, **kwargs)
        row.clear = clear
        return row


class UserFactory(DjangoModelFactory):
    """A person, whatever the project's user model; the password is `flows.PASSWORD`."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    password = flows.PASSWORD

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        if model_class.USERNAME_FIELD != "email":
            kwargs.setdefault(model_class.USERNAME_FIELD, kwargs["email"].partition("@")[0])
        return model_class.objects.create_user(*args, **kwargs)


class IssuerFactory(DjangoModelFactory):
    """One more issuer, below the first, with its keys and standard scopes."""

    class Meta:
        model = models.Issuer

    name = factory.Sequence(lambda n: f"Project {n}")
    slug = factory.Sequence(lambda n: f"project-{n}")

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> models.Issuer:
        return issuers.create(kwargs.pop("name"), **kwargs)


class AudienceFactory(DjangoModelFactory):
    class Meta:
        model = models.Audience

    issuer = factory.LazyFunction(issuers.first)
    identifier = factory.Sequence(lambda n: f"https://api{n}.example")
    name = factory.Sequence(lambda n: f"API {n}")


class ScopeFactory(DjangoModelFactory):
    class Meta:
        model = models.Scope

    issuer = factory.LazyFunction(issuers.first)
    name = factory.Sequence(lambda n: f"things:read{n}")
    title = "See your things"


class ClientFactory(DjangoModelFactory):
    """A confidential first-party client with every scope of its issuer. `clear` is its generated secret; none for a public one."""

    class Meta:
        model = models.Client
        skip_postgeneration_save = True

    issuer = factory.LazyFunction(issuers.first)
    name = factory.Sequence(lambda n: f"App {n}")
    redirect_uris = flows.CALLBACK
    grant_types = factory.LazyFunction(lambda: ["authorization_code", "refresh_token", "client_credentials"])
    skip_authorization = True

    @factory.post_generation
    def scopes(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.scopes.set(self.issuer.scopes.all() if extracted is None else extracted)

    @factory.post_generation
    def audiences(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.audiences.set(extracted or [])

    @factory.post_generation
    def clear(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.clear = secret.issue(self) if self.has_secret else ""


class ClientSecretFactory(_Clear):
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


class SessionFactory(DjangoModelFactory):
    class Meta:
        model = models.Session

    issuer = factory.LazyFunction(issuers.first)
    user = factory.SubFactory(UserFactory)
    auth_time = _now()
    amr = factory.LazyFunction(lambda: ["pwd"])
    auth_hash = factory.LazyAttribute(lambda row: digest.digest(Kind.SESSION, row.user.get_session_auth_hash()))
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))


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
    next_attempt = _now()
    created = _now()
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))


class AuthorizationFactory(DjangoModelFactory):
    """The family of a person's tokens."""

    class Meta:
        model = models.Authorization

    client = factory.SubFactory(ClientFactory)
    user = factory.SubFactory(UserFactory)
    sub = factory.LazyAttribute(lambda row: str(row.user.pk) if row.user else row.client.client_id)
    scope = "openid offline_access"
    audiences = factory.LazyAttribute(lambda row: [row.client.issuer.identifier])
    session = factory.LazyAttribute(
        lambda row: SessionFactory(user=row.user, issuer=row.client.issuer) if row.user else None
    )
    auth_time = factory.LazyAttribute(lambda row: row.session.auth_time if row.session else None)
    created = _now()
    expires_at = _later("REFRESH_TOKEN_LIFETIME")


class _OfFamily(_Clear):
    """What hangs on a family: its client, person, scope and audiences are the family's."""

    class Meta:
        abstract = True

    authorization = factory.SubFactory(AuthorizationFactory)
    application = factory.LazyAttribute(lambda row: row.authorization.client)
    scope = factory.LazyAttribute(lambda row: row.authorization.scope)
    resource = factory.LazyAttribute(lambda row: row.authorization.audiences)
    created = _now()


class AuthorizationCodeFactory(_OfFamily):
    """A code that `flows.App` can redeem when `verifier` is its verifier."""

    class Meta:
        model = models.AuthorizationCode

    class Params:
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    expires = _later("AUTHORIZATION_CODE_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.AUTHORIZATION_CODE, row.expires))
    code = factory.LazyAttribute(lambda row: digest.digest(Kind.AUTHORIZATION_CODE, row.clear))
    redirect_uri = flows.CALLBACK
    code_challenge = factory.LazyAttribute(lambda row: flows.challenge_of(row.verifier))
    code_challenge_method = "S256"


class AccessTokenFactory(_OfFamily):
    class Meta:
        model = models.AccessToken

    expires = _later("ACCESS_TOKEN_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.ACCESS_TOKEN, row.expires))
    token_checksum = factory.LazyAttribute(lambda row: digest.digest(Kind.ACCESS_TOKEN, row.clear))
    user = factory.LazyAttribute(lambda row: row.authorization.user)


class RefreshTokenFactory(_OfFamily):
    class Meta:
        model = models.RefreshToken

    expires = _later("REFRESH_TOKEN_IDLE_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.REFRESH_TOKEN, row.expires))
    token_checksum = factory.LazyAttribute(lambda row: digest.digest(Kind.REFRESH_TOKEN, row.clear))
    user = factory.LazyAttribute(lambda row: row.authorization.user)


class DeviceRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.DeviceRequest

    application = factory.SubFactory(ClientFactory)
    device_code = factory.LazyFunction(lambda: digest.digest(Kind.DEVICE_CODE, secrets.token_urlsafe()))
    user_code = factory.LazyFunction(lambda: digest.digest(Kind.USER_CODE, secrets.token_urlsafe()))
    created = _now()
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=10))


class InteractionFactory(_Clear):
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
    created = _now()
    expires = _later("INTERACTION_LIFETIME")


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
    expires = _later("LIMIT_WINDOW")


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = models.AuditEvent

    at = _now()
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
