"""What people do on their own pages, with and without scripts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from oauth_server.models import Client
from tests import factories
from tests.flows import PASSWORD
from tests.plugins.servers import Server


@pytest.fixture(params=[True, False], ids=["with-script", "without-script"])
def any_page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=request.param).new_page()


def sign_in(page: Page, person: Any) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.bar("E13.1", "E14")
def test_a_person_removes_an_app_reads_what_happened_takes_the_data_and_leaves(any_page: Page, server: Server) -> None:
    page, person = any_page, factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")
    client = factories.ClientFactory(name="Photo Market")
    factories.AuthorizationFactory(client=client, user=person, scope="openid profile")
    page.goto(f"{server.url}/account/")
    sign_in(page, person)
    page.get_by_role("link", name="Connected apps").click()
    expect(page.get_by_text("Last used on")).to_be_visible()
    page.get_by_role("link", name="Remove Photo Market").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No app uses your account.")).to_be_visible()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Recent activity").click()
    expect(page.get_by_role("listitem").first).to_contain_text("Photo Market was removed from your connected apps.")
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Download your data").click()
    with page.expect_download() as loading:
        page.get_by_role("button", name="Download").click()
    told = json.loads(Path(loading.value.path()).read_text())
    assert told["account"]["email"] == "ada@example.org"
    page.goto(f"{server.url}/account/delete/")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", name="Your account will be deleted")).to_be_visible()
    page.get_by_role("link", name="Sign in and keep it").click()
    sign_in(page, person)
    expect(page.get_by_text("Your account stays")).to_be_visible()


@pytest.mark.seed("S-31")
def test_a_person_registers_an_app_of_their_own(
    start_server: Callable[..., Server], new_context: Callable[..., BrowserContext]
) -> None:
    server = start_server(OAUTH_SERVER_MORE=json.dumps({"MY_APPLICATIONS": "open"}))
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/account/")
    sign_in(page, factories.UserFactory())
    page.get_by_role("link", name="My applications").click()
    page.get_by_role("link", name="Register an app").click()
    page.get_by_label("Name").fill("Notebook")
    page.get_by_label("Website").fill("https://notebook.example")
    page.get_by_label("Redirect URIs").fill("http://notebook.example/callback")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("http://notebook.example/callback")
    page.get_by_label("Redirect URIs").fill("https://notebook.example/callback")
    page.get_by_role("button", name="Register").click()
    client = Client.objects.get(name="Notebook")
    expect(page.get_by_text(client.client_id)).to_be_visible()
    expect(page.get_by_text("Copy the secret now.")).to_be_visible()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Notebook is removed.")).to_be_visible()
    assert not Client.objects.filter(name="Notebook").exists()
