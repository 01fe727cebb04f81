"""Every page that people or operators see, each with a function that opens it. A template that no page here uses fails the bench.

To add a page, write a function that brings it about, in this file or in one named in `MODULES`:

    @page("two-factor code")                                  # its name; `console=True` for a page of the console
    def two_factor_code(stage: Stage) -> Any:
        return stage.app.authorize(stage.visitor)             # any response of `tests.flows.Browser`, whatever its status

`stage` has the rows and browsers that most pages need (see `Stage`); make others with `tests.factories`. Pages are opened in this process
by Django's test client and then shown in Chromium, so that no server is needed: a page costs a second. The bench
(`test_pages.py`) then holds it to all that a page has to be: axe in both schemes and directions, narrow and wide; nothing in the console,
no broken policy; the same without JavaScript; its tree of names and roles as it is kept in `trees/` (`TREES=write` writes it); and
`make screenshots` puts it into the contact sheet. A form with errors is a page of its own where it looks different.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model

from oauth_server.models import Scope
from tests import factories
from tests.flows import App, Browser

# Further modules with pages: `tests.browser.pages_of_…`
MODULES: tuple[str, ...] = (
    "tests.browser.pages_of_server",
    "tests.browser.pages_of_accounts",
    "tests.browser.pages_of_people",
    "tests.browser.pages_of_factors",
    "tests.browser.pages_of_consent",
    "tests.browser.pages_of_console",
    "tests.browser.pages_of_clients",
    "tests.browser.pages_of_revocation",
    "tests.browser.pages_of_operation",
)
# Templates that no page of this server is made of
ELSEWHERE = frozenset(
    {
        "oauth_server/api.html",  # Swagger UI, which is not ours: test_api.py
        "oauth_server/check_session.html",  # a frame that shows nothing: test_sign_out.py
        "oauth_accounts/_elsewhere.html",  # with an upstream server: test_upstream.py
        "oauth_accounts/connections.html",
        "oauth_accounts/social_registration.html",
        "oauth_server/sample_app.html",  # the app of `oauth perform authorization-code`: test_tutorial.py
    }
)


class Stage:
    """What pages are about. Everything is made when it is first asked for, and is the same each time."""

    @cached_property
    def visitor(self) -> Browser:
        """A browser in which nobody is signed in."""
        return Browser()

    @cached_property
    def person(self) -> Any:
        """Ada Lovelace; her password is `flows.PASSWORD`."""
        return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")

    @cached_property
    def signed_in(self) -> Browser:
        """A browser in which the person is signed in."""
        browser = Browser()
        browser.force_sign_in(self.person)
        return browser

    @cached_property
    def app(self) -> App:
        """Photo Market, a third party that asks."""
        return factories.app(
            name="Photo Market",
            client_id="photo-market",
            redirect_uris="https://photos.example/callback",
            client_uri="https://photos.example",
            policy_uri="https://photos.example/privacy",
            tos_uri="https://photos.example/terms",
            skip_authorization=False,
            accepts_fewer_scopes=True,
            audiences=[self.api],
        )

    @cached_property
    def api(self) -> Any:
        """The Orders API with a harmless scope, orders.read, and a sensitive one, orders.write."""
        api = factories.AudienceFactory(identifier="https://api.photos.example", name="Orders API")
        for name, title, description, sensitive in (
            ("orders.read", "Read your orders", "Order dates, items and delivery status.", False),
            ("orders.write", "Place orders for you", "It can spend money on your saved card.", True),
        ):
            Scope.objects.create(
                issuer=api.issuer, audience=api, name=name, title=title, description=description, sensitive=sensitive
            )
        return api

    @cached_property
    def operator(self) -> Browser:
        """A browser in which somebody who may do everything is signed in."""
        browser = Browser()
        browser.force_sign_in(
            get_user_model()._default_manager.create_superuser(email="operator@example.org", password="x")
        )  # type: ignore[attr-defined]
        return browser


Open = Callable[[Stage], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    open: Open
    console: bool
    moves_on: bool


PAGES: dict[str, Entry] = {}


def page(name: str, *, console: bool = False, moves_on: bool = False) -> Callable[[Open], Open]:
    """Register the function that opens the page of this name. `moves_on`: the page leaves by itself, so its own test looks at it."""

    def register(open_page: Open) -> Open:
        assert name not in PAGES, f"two pages are called {name}"
        PAGES[name] = Entry(name, open_page, console, moves_on)
        return open_page

    return register


def every_page() -> dict[str, Entry]:
    for module in MODULES:
        importlib.import_module(module)
    return dict(sorted(PAGES.items()))
