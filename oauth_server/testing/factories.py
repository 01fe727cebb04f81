"""Rows for a project's tests, by factory-boy. What is stored as a digest gets its clear value as `row.clear`.

token = AccessTokenFactory(scope="orders:read")     # with its family, client and person
client = ClientFactory(grant_types=["client_credentials"])      # client.clear is its secret
"""

from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from oauth_server import clock, digest, issuers, models
from oauth_server.client_auth import secret
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.testing import CALLBACK, PASSWORD
from oauth_server.tokens import opaque


def later(setting: str) -> Any:
    return factory.LazyFunction(lambda: clock.now() + timedelta(seconds=getattr(settings, setting)))


def now() -> Any:
    return factory.LazyFunction(clock.now)


class Clear(DjangoModelFactory):
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
    """A person, whatever the project's user model; the password is `oauth_server.testing.PASSWORD`."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    password = PASSWORD

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


class AuthorizationDetailTypeFactory(DjangoModelFactory):
    """A type of RFC 9396 with the members that every type may have."""

    class Meta:
        model = models.AuthorizationDetailType

    issuer = factory.LazyFunction(issuers.first)
    type = factory.Sequence(lambda n: f"thing{n}")
    title = "Do your things"


class ClientFactory(DjangoModelFactory):
    """A confidential first-party client with every scope of its issuer. `clear` is its generated secret; none for a public one."""

    class Meta:
        model = models.Client
        skip_postgeneration_save = True

    issuer = factory.LazyFunction(issuers.first)
    name = factory.Sequence(lambda n: f"App {n}")
    redirect_uris = CALLBACK
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


class SessionFactory(DjangoModelFactory):
    class Meta:
        model = models.Session

    issuer = factory.LazyFunction(issuers.first)
    user = factory.SubFactory(UserFactory)
    auth_time = now()
    amr = factory.LazyFunction(lambda: ["pwd"])
    auth_hash = factory.LazyAttribute(lambda row: digest.digest(Kind.SESSION, row.user.get_session_auth_hash()))
    expires = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))


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
    created = now()
    expires_at = later("REFRESH_TOKEN_LIFETIME")


class OfFamily(Clear):
    """What hangs on a family: its client, person, scope and audiences are the family's."""

    class Meta:
        abstract = True

    authorization = factory.SubFactory(AuthorizationFactory)
    application = factory.LazyAttribute(lambda row: row.authorization.client)
    scope = factory.LazyAttribute(lambda row: row.authorization.scope)
    resource = factory.LazyAttribute(lambda row: row.authorization.audiences)
    created = now()


class AccessTokenFactory(OfFamily):
    class Meta:
        model = models.AccessToken

    expires = later("ACCESS_TOKEN_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.ACCESS_TOKEN, row.expires))
    token_checksum = factory.LazyAttribute(lambda row: digest.digest(Kind.ACCESS_TOKEN, row.clear))
    user = factory.LazyAttribute(lambda row: row.authorization.user)


class RefreshTokenFactory(OfFamily):
    class Meta:
        model = models.RefreshToken

    expires = later("REFRESH_TOKEN_IDLE_LIFETIME")
    clear = factory.LazyAttribute(lambda row: opaque.make(opaque.REFRESH_TOKEN, row.expires))
    token_checksum = factory.LazyAttribute(lambda row: digest.digest(Kind.REFRESH_TOKEN, row.clear))
    user = factory.LazyAttribute(lambda row: row.authorization.user)
