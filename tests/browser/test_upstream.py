"""Sign-in at a second instance of this very server: OpenID Connect upstream, and what is never taken from it."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Console
from tests.browser.test_accounts import sign_in
from tests.flows import App
from tests.plugins.servers import ROOT, Server

SECRET = "only-for-this-test-" + "0123456789abcdef" * 2


@pytest.fixture
def upstream(server: Server) -> App:
    """What the second server is at the first one."""
    factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")
    return factories.app(name="Second server", skip_authorization=True)


@pytest.fixture
def second(server: Server, upstream: App, tmp_path: Path) -> Iterator[Server]:
    database = f"sqlite:///{tmp_path / 'second.sqlite3'}"
    # one client for each: the engine tells sites of one kind apart by it
    trusted = factories.app(name="Second server", skip_authorization=True)
    there = {"server_url": server.url, "token_auth_method": "client_secret_basic"}
    first = {"provider_id": "plain", "name": "First server", "settings": there}
    other = {"provider_id": "trusted", "name": "Trusted", "settings": {**there, "trust_email": True}}
    sites = ((first, upstream), (other, trusted))
    apps = [{**site, "client_id": client.client_id, "secret": client.secret} for site, client in sites]
    env = {"DJANGO_SETTINGS_MODULE": "tests.social.settings", "UPSTREAM": json.dumps(apps), "DATABASE_URL": database}
    run = [sys.executable, "-W", "ignore", "manage.py", "migrate", "-v0"]
    subprocess.run(run, cwd=ROOT, env={**server.env, **env}, check=True, timeout=300)
    running = Server(database, 1, 2, env)
    # another host name: browsers keep one jar of cookies for all ports
    running.url = running.url.replace("localhost", "127.0.0.1")
    for site, client in sites:
        client.row.redirect_uris = f"{running.url}/account/oidc/{site['provider_id']}/login/callback/"
        client.row.save()
    yield running
    log = running.log
    running.stop()
    assert "Traceback" not in log, log


def rows(second: Server, statement: str) -> list[Any]:
    path = second.env["DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.seed("S-17")
def test_people_sign_in_with_an_account_elsewhere_and_nothing_is_linked_by_an_address(
    page: Page, server: Server, second: Server, console: Console
) -> None:
    console.expect("status of 400")
    page.goto(f"{second}/account/sign-in/")
    page.get_by_role("button", name="Continue with First server").click()
    expect(page.get_by_text("to continue to Second server")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert page.url == f"{second}/account/"
    assert rows(second, "select email, verified from account_emailaddress") == [("ada@example.org", 0)]
    ((amr, acr),) = rows(second, "select amr, acr from oauth_server_session")
    assert (json.loads(amr), acr) == ([], "1"), "how it was done elsewhere is not known here"

    page.get_by_role("link", name="Accounts elsewhere").click()
    expect(page.get_by_role("heading", name="Accounts elsewhere")).to_be_visible()
    page.goto(f"{second}/account/sign-out/")
    page.get_by_role("button", name="Sign out", exact=True).click()

    # another account with the same address: the upstream's word makes nobody somebody else
    (found,) = rows(second, "select id from oauth_accounts_user")
    page.goto(f"{second}/account/sign-in/")
    page.get_by_role("button", name="Continue with Trusted").click()
    expect(page.get_by_role("heading", name="Create your account")).to_be_visible()
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert rows(second, "select id from oauth_accounts_user") == [found]
    assert rows(second, "select count(*) from socialaccount_socialaccount") == [(1,)]

    # known now: back without a word, and as old as the sign-in was there
    page.goto(f"{second}/account/sign-in/")
    page.get_by_role("button", name="Continue with First server").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    times = rows(second, "select auth_time, created from oauth_server_session order by created")
    assert times[-1][0] < times[-1][1]

    # a refusal there is a page here, with a way on
    page.goto(f"{second}/account/sign-out/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{second}/account/oidc/plain/login/callback/?error=server_error&state=x")
    expect(page.get_by_role("heading", name="The sign-in there did not work")).to_be_visible()
    page.goto(f"{second}/account/oidc/plain/login/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
