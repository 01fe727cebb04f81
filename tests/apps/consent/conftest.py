"""A person who is signed in, an API with scopes, and an app that belongs to somebody else."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.authorization import steps
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.models import Audience, AuditEvent, Client, Scope
from oauth_server.parameters import Parameters
from tests import factories
from tests.flows import App, Browser, pairs

API = "https://api.photos.example"
ALLOW = {"decision": "allow"}
CANCEL = {"decision": "cancel"}


@pytest.fixture
def person(db: None) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def visitor(person: Any) -> Browser:
    """One in which the person is signed in."""
    visitor = Browser()
    visitor.force_sign_in(person)
    return visitor


@pytest.fixture
def orders(db: None) -> Audience:
    """An API that is for orders: they can be read and placed, the second being sensitive."""
    audience: Audience = factories.AudienceFactory(identifier=API, name="Orders API")
    for name, title, sensitive in (
        ("orders.read", "Read your orders", False),
        ("orders.write", "Place orders for you", True),
    ):
        Scope.objects.create(
            issuer=audience.issuer,
            audience=audience,
            name=name,
            title=title,
            sensitive=sensitive,
            description=f"{title}.",
        )
    return audience


@pytest.fixture
def app(orders: Audience) -> App:
    """All or nothing."""
    return factories.app(name="Photo Market", skip_authorization=False)


@pytest.fixture
def choosy(orders: Audience) -> App:
    """An app that can live with less."""
    return factories.app(name="Shelf", skip_authorization=False, accepts_fewer_scopes=True)


def scope(name: str) -> Scope:
    return Scope.objects.get(issuer=issuers.first(), name=name)


def change(row: Client | Scope | Audience, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()


def asked(app: App, scope: str | None = "openid", **changes: Any) -> AuthorizationRequest:
    """The checked request, without a browser."""
    values: dict[str, list[str]] = {}
    for name, value in pairs(app.request(scope=scope, **changes)):
        values.setdefault(name, []).append(value)
    parameters = Parameters.from_dict(values)
    return steps.validate(parameters, steps.destination(parameters, app.row.issuer))


def is_question(page: Any) -> bool:
    return page.status_code == 200 and b'value="allow"' in page.content


def offered(page: Any) -> dict[str, bool]:
    """The scopes that a page asks for, and whether they are required."""
    points = [point for group in page.context["form"].groups for point in group.points]
    return {point.name: point.required for point in points}


def events() -> list[str]:
    """What was recorded of consents, oldest first."""
    return list(AuditEvent.objects.filter(event__startswith="consent").order_by("pk").values_list("event", flat=True))
