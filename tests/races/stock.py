"""Codes and refresh tokens in any number, each of a family of its own."""

import uuid
from datetime import timedelta
from typing import Any

from oauth_server import clock
from oauth_server.models import Authorization, AuthorizationCode, RefreshToken
from tests import factories
from tests.flows import App
from tests.plugins.servers import Server

BATCH = 500


def grant(app: App, server: Server) -> Authorization:
    """A person's grant to the app, with offline access."""
    family: Authorization = factories.AuthorizationFactory(client=app.row, audiences=[server.url])
    return family


def _families(app: App, server: Server, count: int) -> list[Authorization]:
    first = grant(app, server)
    values = {field.attname: getattr(first, field.attname) for field in Authorization._meta.concrete_fields}
    made = [Authorization(**{**values, "id": uuid.uuid4()}) for _ in range(count)]
    for family in made:
        # as loaded: nothing is looked up for each
        family.client, family.user = first.client, first.user
    return Authorization.objects.bulk_create(made, BATCH)


def codes(app: App, server: Server, count: int) -> list[str]:
    return _store(AuthorizationCode, factories.AuthorizationCodeFactory, app, server, count, verifier=app.verifier)


def refresh_tokens(app: App, server: Server, count: int) -> list[str]:
    return _store(RefreshToken, factories.RefreshTokenFactory, app, server, count)


def _store(model: Any, factory: Any, app: App, server: Server, count: int, **more: Any) -> list[str]:
    more["expires"] = clock.now() + timedelta(hours=2)
    rows = [factory.build(authorization=family, **more) for family in _families(app, server, count)]
    model.objects.bulk_create(rows, BATCH)
    return [row.clear for row in rows]
