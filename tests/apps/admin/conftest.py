"""An operator at the admin, a client with tokens, and as many rows of each table as a test wants."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count, islice
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import audit, clock, issuers
from oauth_server.audit import Event
from oauth_server.interaction.context import KEY
from oauth_server.models import (
    AccessToken,
    Audience,
    AuditEvent,
    Authorization,
    AuthorizationDetailType,
    Client,
    DeviceRequest,
    InitialAccessToken,
    Issuer,
    LogoutDelivery,
    RefreshToken,
    Scope,
    Session,
    SigningKey,
    TrustedIssuer,
    WebhookDelivery,
)
from oauth_server.policy.audiences import Target
from oauth_server.registration import metadata
from oauth_server.tokens import issue
from oauth_server.tokens.issue import IssuedTokens

PASSWORD = "a password of the operator"
CALLBACK = "https://photos.example/callback"


@pytest.fixture
def issuer(db: None) -> Issuer:
    return issuers.first()


@pytest.fixture
def person(db: None) -> Any:
    return get_user_model().objects.create_user("ada@example.org", "correct horse battery staple")


@pytest.fixture
def operator(db: None) -> Browser:
    """A browser in which a superuser is signed in."""
    browser = Browser()
    browser.force_login(get_user_model().objects.create_superuser("operator@example.org", PASSWORD))
    return browser


@pytest.fixture
def staff(db: None) -> Callable[..., Browser]:
    """A browser in which somebody with these permissions is signed in: `staff("view_client")`."""

    def signed_in(*permissions: str) -> Browser:
        user = get_user_model().objects.create_user(f"staff-{len(permissions)}@example.org", PASSWORD, is_staff=True)
        chosen = Permission.objects.filter(content_type__app_label="oauth_server", codename__in=permissions)
        assert chosen.count() == len(set(permissions))
        user.user_permissions.set(chosen)
        browser = Browser()
        browser.force_login(user)
        return browser

    return signed_in


def long_ago(browser: Browser) -> None:
    """The sign-in in this browser is an hour old."""
    session = browser.session
    session[KEY] = {**session[KEY], "auth_time": session[KEY]["auth_time"] - 3600}
    session.save()


@pytest.fixture
def client_and_secret(issuer: Issuer) -> tuple[Client, str]:
    wanted = {
        "client_name": "Photo Market",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "redirect_uris": [CALLBACK],
    }
    client, secret = metadata.create(issuer, wanted)
    assert secret is not None
    return client, secret


@pytest.fixture
def client(client_and_secret: tuple[Client, str]) -> Client:
    return client_and_secret[0]


def new_family(client: Client, person: Any = None, **columns: Any) -> Authorization:
    now = clock.now()
    defaults = {"scope": "openid", "audiences": ["https://api.example.com"], "created": now}
    defaults["expires_at"] = now + timedelta(days=30)
    sub = str(person.pk) if person else client.client_id
    return Authorization.objects.create(client=client, user=person, sub=sub, **{**defaults, **columns})


def new_tokens(family: Authorization, token_format: str = Audience.TokenFormat.OPAQUE) -> IssuedTokens:
    target = Target(("https://api.example.com",), token_format, "ES256", 3600)
    return issue.issue(
        issue.Decision(
            issuer=family.client.issuer,
            client=family.client,
            authorization=family,
            scope=("openid",),
            target=target,
            now=clock.now(),
            refresh_token=True,
        )
    )


@pytest.fixture
def tokens(client: Client, person: Any) -> IssuedTokens:
    return new_tokens(new_family(client, person))


_numbers = count()


def _fresh(number: int) -> list[int]:
    return list(islice(_numbers, number))


def _sessions(client: Client, person: Any, number: int) -> None:
    now = clock.now()
    columns = {"issuer": client.issuer, "user": person, "auth_time": now, "expires": now + timedelta(days=1)}
    Session.objects.bulk_create(Session(**columns) for _ in range(number))


def _keys(client: Client, person: Any, number: int) -> None:
    SigningKey.objects.bulk_create(
        SigningKey(issuer=client.issuer, kid=f"key-{n}", algorithm="ES256", state="gone", public={})
        for n in _fresh(number)
    )


def _detail_types(client: Client, person: Any, number: int) -> None:
    for n in _fresh(number):
        AuthorizationDetailType.objects.create(issuer=client.issuer, type=f"type-{n}")


def _scopes(client: Client, person: Any, number: int) -> None:
    for n in _fresh(number):
        audience = Audience.objects.create(issuer=client.issuer, identifier=f"https://api{n}.example", name=f"API {n}")
        Scope.objects.create(issuer=client.issuer, name=f"scope-{n}", audience=audience)


def _clients(client: Client, person: Any, number: int) -> None:
    Client.objects.bulk_create(Client(issuer=client.issuer, name=f"Client {n}", user=person) for n in _fresh(number))


def _issuers(client: Client, person: Any, number: int) -> None:
    Issuer.objects.bulk_create(Issuer(name=f"Project {n}", slug=f"project-{n}") for n in _fresh(number))


def _logouts(client: Client, person: Any, number: int) -> None:
    now = clock.now()
    _sessions(client, person, 1)
    columns = {"issuer": client.issuer, "client": client, "session": Session.objects.latest("created")}
    LogoutDelivery.objects.bulk_create(
        LogoutDelivery(**columns, sub=str(person.pk), next_attempt=now, created=now, expires=now + timedelta(days=30))
        for _ in range(number)
    )


def _initial_access_tokens(client: Client, person: Any, number: int) -> None:
    InitialAccessToken.objects.bulk_create(
        InitialAccessToken(issuer=client.issuer, name=f"Token {n}", token=f"digest-{n}", hint="abcd")
        for n in _fresh(number)
    )


def _devices(client: Client, person: Any, number: int) -> None:
    now = clock.now()
    columns = {"application": client, "user": person, "created": now, "expires": now + timedelta(minutes=10)}
    DeviceRequest.objects.bulk_create(
        DeviceRequest(device_code=f"device-{n}", user_code=f"user-{n}", **columns) for n in _fresh(number)
    )


def _trusted_issuers(client: Client, person: Any, number: int) -> None:
    TrustedIssuer.objects.bulk_create(
        TrustedIssuer(issuer=client.issuer, identifier=f"https://partner{n}.example") for n in _fresh(number)
    )


def _families(client: Client, person: Any, number: int) -> None:
    now = clock.now()
    columns = {"issuer": client.issuer, "user": person, "auth_time": now, "expires": now + timedelta(days=1)}
    for session in Session.objects.bulk_create(Session(**columns) for _ in range(number)):
        new_tokens(new_family(client, person, session=session))


def _events(client: Client, person: Any, number: int) -> None:
    for _ in range(number):
        audit.record(Event.CLIENT_REFUSED, client=client, issuer=client.issuer)


def _webhooks(client: Client, person: Any, number: int) -> None:
    now = clock.now()
    event = audit.record(Event.CLIENT_REFUSED, client=client, issuer=client.issuer)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, next_attempt=now, created=now, expires=now + timedelta(days=30))
        for _ in range(number)
    )


# table → what makes rows of it
ROWS: dict[str, Callable[[Client, Any, int], None]] = {
    "accesstoken": _families,
    "audience": _scopes,
    "auditevent": _events,
    "authorization": _families,
    "authorizationdetailtype": _detail_types,
    "client": _clients,
    "devicerequest": _devices,
    "initialaccesstoken": _initial_access_tokens,
    "issuer": _issuers,
    "logoutdelivery": _logouts,
    "refreshtoken": _families,
    "scope": _scopes,
    "session": _sessions,
    "signingkey": _keys,
    "trustedissuer": _trusted_issuers,
    "webhookdelivery": _webhooks,
}


def events() -> list[str]:
    """The names of what was recorded, oldest first."""
    return list(AuditEvent.objects.order_by("pk").values_list("event", flat=True))


def digests_of(client: Client) -> list[str]:
    """Whatever the database keeps of a client's credentials."""
    stored = [row.verifier for row in client.secrets.all()] + [client.client_secret]
    stored += list(AccessToken.objects.values_list("token_checksum", flat=True))
    stored += list(RefreshToken.objects.values_list("token_checksum", flat=True))
    return [*stored, *SigningKey.objects.exclude(sealed="").values_list("sealed", flat=True)]


def of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:oauth_server_{model._meta.model_name}_{page}", args=args)


def errors(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, "the form was accepted"
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("pk").last()  # type: ignore[return-value]


def list_of(table: str) -> str:
    return reverse(f"admin:oauth_server_{table}_changelist")
