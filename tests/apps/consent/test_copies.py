"""What a process keeps of a client is read anew for the next page after any change, whoever made it and however."""

from collections.abc import Callable
from typing import Any

import pytest

from oauth_server.models import Audience, Client, Scope
from tests.flows import App, Browser

ASKED, STOPPED = "openid orders.read", "We stopped this sign-in"


def _of(rows: Any, **changed: Any) -> Callable[[App], object]:
    return lambda app: rows(app).update(**changed)


def _client(app: App) -> Any:
    return Client.objects.filter(pk=app.row.pk)


CHANGES: dict[str, tuple[Callable[[App], object], str]] = {
    "the name of the client": (_of(_client, name="Picture Fair"), "Picture Fair"),
    "its redirect URI": (_of(_client, redirect_uris="https://elsewhere.example/cb"), STOPPED),
    "the client is switched off": (_of(_client, enabled=False), STOPPED),
    "the title of a scope": (
        _of(lambda app: Scope.objects.filter(name="orders.read"), title="See orders"),
        "See orders",
    ),
    "the name of an API": (_of(lambda app: Audience.objects.all(), name="The Till"), "The Till"),
    "a scope is taken away": (lambda app: app.row.scopes.through.objects.all().delete(), "invalid_scope"),
    "the issuer is switched off": (_of(lambda app: type(app.row.issuer).objects, enabled=False), STOPPED),
}


@pytest.mark.django_db
@pytest.mark.spec("RFC 6749", "3.1.2.3")
@pytest.mark.parametrize("change", CHANGES)
def test_the_next_page_knows_of_it(app: App, visitor: Browser, change: str) -> None:
    do, told = CHANGES[change]
    for _ in range(2):
        before = app.authorize(visitor, scope=ASKED)
        assert told not in f"{before.content.decode()} {before.get('Location', '')}"
    do(app)
    after = app.authorize(visitor, scope=ASKED)
    assert told in f"{after.content.decode()} {after.get('Location', '')}"
