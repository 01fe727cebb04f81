"""A Django site whose people sign in at the server, by each of the libraries that Django projects use for it."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.clients import accepted
from tests.clients.conftest import HERE, TOOLS, Journey, Program
from tests.flows import App

STEPS = {"code", "id_token", "userinfo"}


class Site:
    """`site.open("/path")`; `site.says()` what its page believes about the person."""

    def __init__(self, program: Program, app: App, journey: Journey) -> None:
        self.url = f"http://127.0.0.1:{program.hear()['port']}"
        self.app = app
        self.journey = journey

    def open(self, path: str) -> dict[str, Any]:
        self.journey.page.goto(self.url + path)
        return self.says()

    def sign_in(self, path: str) -> dict[str, Any]:
        """By way of the server's pages."""
        self.journey.go(self.url + path, self.app)
        return self.says()

    def says(self) -> dict[str, Any]:
        page = self.journey.page
        page.wait_for_url(re.compile(f"^{re.escape(self.url)}/(failed)?$"))
        said: dict[str, Any] = json.loads(page.locator("body").inner_text())
        return said


@pytest.fixture
def site(
    register: Callable[..., App], start: Callable[..., Program], journey: Journey, tmp_path: Path
) -> Callable[..., Site]:
    def site(library: str, callback: str, **registered: Any) -> Site:
        app = register(f"http://127.0.0.1{callback}", **registered)
        command = [str(TOOLS / "python/bin/python"), "-m", "relying_party"]
        env = {"PYTHONPATH": str(HERE / "python"), "DATABASE": str(tmp_path / "db.sqlite3"), "LIBRARY": library}
        return Site(start(command, app, **env), app, journey)

    return site


def registered(here: Site) -> None:
    """Where a browser that signed out may go: the site knows its port only now, and this address has no free port."""
    here.app.row.post_logout_redirect_uris = f"{here.url}/"
    here.app.row.save()


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_mozilla_django_oidc_signs_a_person_in_and_later_without_a_page(
    site: Callable[..., Site], server: Any, journey: Journey, person: Any, done: Callable[..., None]
) -> None:
    here = site("mozilla-django-oidc", "/mozilla/callback/", token_endpoint_auth_method="client_secret_post")
    registered(here)
    said = here.sign_in("/mozilla/authenticate/")
    assert said["email"] == person.email
    assert said["sign_ins"] == 1
    accepted.id_token(said["id_token"], server.url, person, here.app)
    accepted.about(said["userinfo"], person)

    time.sleep(1.1)  # the time that the site trusts a sign-in
    later = here.open("/again")
    assert later["sign_ins"] == 2
    assert later["id_token"]["nonce"] != said["id_token"]["nonce"]
    assert later["id_token"]["auth_time"] == said["id_token"]["auth_time"]

    page = journey.page
    page.goto(f"{here.url}/leave")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{here.url}/?state=left")
    assert json.loads(page.locator("body").inner_text())["email"] == ""
    page.goto(f"{here.url}/mozilla/authenticate/")
    expect(page.get_by_label("Password")).to_be_visible()
    words = {"as": "client_secret_post", "other": "prompt=none"}
    steps = {"logout", *STEPS}
    done("Django", "mozilla-django-oidc", said["versions"]["mozilla-django-oidc"], steps, **words)


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_allauth_signs_a_person_in_and_the_server_asks_before_it_signs_out(
    site: Callable[..., Site], server: Any, journey: Journey, person: Any, done: Callable[..., None]
) -> None:
    here = site("django-allauth", "/allauth/oidc/ours/login/callback/", token_endpoint_auth_method="client_secret_post")
    registered(here)
    said = here.sign_in("/allauth/oidc/ours/login/")
    assert (said["email"], said["name"]) == (person.email, "Ada Lovelace")
    accepted.id_token({"nonce": "not sent", **said["id_token"]}, server.url, person, here.app)
    accepted.about(said["userinfo"], person)

    page = journey.page
    page.goto(f"{here.url}/allauth/logout/")
    page.get_by_role("button", name="Sign Out").click()
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert here.open("/")["email"] == ""
    page.goto(f"{here.url}/allauth/oidc/ours/login/")
    expect(page.get_by_label("Password")).to_be_visible()
    words = {"as": "client_secret_post", "other": "signs out without a hint: the person is asked"}
    steps = {"discovery", "logout", *STEPS}
    done("Django", "django-allauth", said["versions"]["django-allauth"], steps, **words)


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
@pytest.mark.spec("RFC 6749", "6")
def test_social_auth_signs_a_person_in_and_refreshes(
    site: Callable[..., Site], journey: Journey, person: Any, done: Callable[..., None]
) -> None:
    here = site("social-auth-core", "/social/complete/oidc/", token_endpoint_auth_method="client_secret_post")
    journey.page.goto(f"{here.url}/social")
    journey.page.get_by_role("button").click()
    journey.answer(here.app)
    said = here.says()
    assert (said["email"], said["name"], said["uid"]) == (person.email, "Ada Lovelace", str(person.pk))
    assert said["tokens"]["token_type"] == "Bearer"

    later = here.open("/refresh")
    for name in ("access_token", "refresh_token"):
        assert later["tokens"][name] not in ("", said["tokens"][name])
    steps = {"discovery", "refresh", *STEPS}
    words = {"as": "client_secret_post", "other": "with `SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD`"}
    done("Django", "social-auth-core", said["versions"]["social-auth-core"], steps, **words)


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
def test_authlib_signs_a_person_in_to_a_django_site(
    site: Callable[..., Site], server: Any, person: Any, done: Callable[..., None]
) -> None:
    here = site("authlib", "/callback/authlib")
    said = here.sign_in("/authlib")
    accepted.id_token(said["id_token"], server.url, person, here.app)
    accepted.about(said["userinfo"], person)
    words = {"as": "client_secret_basic"}
    done("Django", "authlib (Django)", said["versions"]["authlib"], {"discovery", *STEPS}, **words)
