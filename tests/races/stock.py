"""Codes and refresh tokens in any number, each of a family of its own."""

import uuid
from copy import copy
from datetime import timedelta
from typing import Any

from oauth_server import clock, digest
from oauth_server.models import Authorization
from oauth_server.tokens import opaque
from tests import factories
from tests.flows import App
from tests.invariants import STORED
from tests.plugins.servers import Server

BATCH = 500
LIFE = timedelta(hours=2)


def grant(app: App, server: Server) -> Authorization:
    """A person's grant to the app, with offline access."""
    family: Authorization = factories.AuthorizationFactory(client=app.row, audiences=[server.url])
    return family


def codes(app: App, server: Server, count: int) -> list[str]:
    first = factories.AuthorizationCodeFactory.build(authorization=grant(app, server), verifier=app.verifier)
    return _store(first, opaque.AUTHORIZATION_CODE, count)


def refresh_tokens(app: App, server: Server, count: int) -> list[str]:
    first = factories.RefreshTokenFactory.build(authorization=grant(app, server))
    return _store(first, opaque.REFRESH_TOKEN, count)


def _store(first: Any, prefix: str, count: int) -> list[str]:
    """Like the first one, which itself is not stored: a factory that is asked for each takes longer than what is tested with them."""
    model, column, kind = STORED[prefix]
    expires = clock.now() + LIFE
    families = Authorization.objects.bulk_create(
        [_copied(first.authorization, id=uuid.uuid4()) for _ in range(count)], BATCH
    )
    values = [opaque.make(prefix, expires) for _ in families]
    model.objects.bulk_create(
        [
            _copied(first, authorization_id=family.pk, expires=expires, **{column: digest.digest(kind, value)})
            for family, value in zip(families, values, strict=True)
        ],
        BATCH,
    )
    return values


def _copied(row: Any, **changes: Any) -> Any:
    found = copy(row)
    for name, value in changes.items():
        setattr(found, name, value)
    return found
