"""The admin in a real browser: under its strict policy, with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from oauth_server import issuers
from oauth_server.models import Client, SigningKey
from oauth_server.tokens import lookup
from tests.apps.admin.conftest import PASSWORD, ROWS, new_family, new_tokens
from tests.browser.axe import picture, violations
from tests.plugins.servers import Server

EMAIL = "operator@example.org"


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """One for each test: the admin remembers the ids of content types, which are new after each emptied database."""
    return start_server()


@pytest.fixture
def operator(server: Server, page: Page, console: Any) -> Iterator[Page]:
    """A page in which an operator is signed in at the admin."""
    get_user_model().objects.create_superuser(EMAIL, PASSWORD)
    missing: list[str] = []
    page.on("response", lambda response: missing.append(response.url) if response.status == 404 else None)
    # Django's admin names no icon: the browser asks for /favicon.ico by itself, which Playwright does not report
    console.expect("status of 404")
    yield sign_in(server, page)
    assert missing == []


def sign_in(server: Server, page: Page) -> Page:
    page.goto(f"{server.url}{reverse('admin:login')}?next=/admin/")
    page.locator("[name=username], [name=login], [name=email]").first.fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    return page


def at(server: Server, name: str, *args: Any) -> str:
    return f"{server.url}{reverse(f'admin:{name}', args=args)}"


def fill_client(page: Page, name: str) -> None:
    page.locator("#id_name").fill(name)
    page.get_by_label("authorization_code").check()
    page.get_by_label("refresh_token", exact=True).check()
    page.locator("#id_redirect_uris").fill("https://photos.example/callback")


def test_a_client_is_made_its_secret_seen_once_and_its_tokens_ended(server: Server, operator: Page) -> None:
    operator.goto(at(server, "oauth_server_client_add"))
    fill_client(operator, "Photo Market")
    operator.get_by_role("button", name="Save", exact=True).click()
    secret = operator.locator("#client-secret").inner_text()
    assert re.fullmatch(r"oas_cs_\w+", secret)
    operator.get_by_role("link", name="I have copied it").click()
    expect(operator.get_by_role("heading", name="Client secrets")).to_be_visible()
    picture(operator, "admin-client-with-secret")
    assert secret not in operator.content()
    operator.reload()
    assert secret not in operator.content()
    client = Client.objects.get()
    tokens = new_tokens(new_family(client))
    operator.goto(at(server, "oauth_server_client_change", client.pk))
    operator.get_by_role("button", name="Revoke all tokens").click()
    expect(operator.get_by_text("End every token")).to_be_visible()
    operator.get_by_role("button", name="Revoke all tokens").click()
    expect(operator.get_by_text("All tokens of 1 client are revoked.")).to_be_visible()
    found = lookup.find(tokens.access_token)
    assert found is not None
    assert not found.active


def test_scopes_are_completed_while_typing_under_the_strict_policy(server: Server, operator: Page) -> None:
    client = Client.objects.create(
        issuer=issuers.first(), name="Photo Market", redirect_uris="https://photos.example/cb"
    )
    operator.goto(at(server, "oauth_server_client_change", client.pk))
    operator.locator(".field-scopes .select2-search__field").click()
    operator.locator(".field-scopes .select2-search__field").press_sequentially("prof")
    picture(operator, "admin-client")
    operator.get_by_role("option", name="profile").click()
    operator.get_by_role("button", name="Save and continue editing").click()
    expect(operator.get_by_text("was changed successfully")).to_be_visible()
    assert [scope.name for scope in client.scopes.all()] == ["profile"]


def test_a_token_is_looked_up_and_revoked(server: Server, operator: Page) -> None:
    client = Client.objects.create(issuer=issuers.first(), name="Photo Market")
    value = new_tokens(new_family(client)).access_token
    operator.goto(at(server, "oauth_server_accesstoken_changelist"))
    operator.get_by_role("link", name="Look up a token").click()
    operator.get_by_label("Token:").fill(value)
    operator.get_by_role("button", name="Look up").click()
    expect(operator.get_by_role("heading", name="Access token")).to_be_visible()
    assert value not in operator.content() + operator.url
    operator.get_by_role("button", name="Revoke this token").click()
    expect(operator.get_by_text("The token is revoked.")).to_be_visible()
    found = lookup.find(value)
    assert found is not None
    assert found.why == "revoked"
    assert value not in server.log


def test_a_key_is_rotated_after_the_password(server: Server, operator: Page) -> None:
    key = SigningKey.objects.get(algorithm="ES256", state="active")
    operator.goto(at(server, "oauth_server_signingkey_changelist"))
    operator.get_by_role("row", name=key.kid).get_by_role("checkbox").check()
    operator.locator("select[name=action]").select_option(label="Rotate now")
    operator.get_by_role("button", name="Go").click()
    operator.get_by_label("Your password").fill(PASSWORD)
    operator.get_by_label("Do not wait").check()
    operator.get_by_role("button", name="Rotate now").click()
    expect(operator.get_by_text("signs now")).to_be_visible()
    key.refresh_from_db()
    assert key.state == "retiring"


def test_the_same_works_without_javascript(server: Server, new_context: Any, console: Any) -> None:
    console.expect("status of 404")  # the icon, as above
    get_user_model().objects.create_superuser(EMAIL, PASSWORD)
    context: BrowserContext = new_context(java_script_enabled=False)
    page = sign_in(server, context.new_page())
    page.goto(at(server, "oauth_server_client_add"))
    fill_client(page, "Photo Market")
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.locator("#client-secret").inner_text().startswith("oas_cs_")
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("1 client is off.")).to_be_visible()


@pytest.mark.threat(79, 80)
def test_no_page_breaks_its_policy_or_runs_what_a_name_holds(server: Server, operator: Page) -> None:
    client = Client.objects.create(issuer=issuers.first(), name="<img src=x onerror=alert(1)><script>alert(2)</script>")
    person = get_user_model().objects.get()
    operator.on("dialog", lambda dialog: pytest.fail(f"a name ran: {dialog.message}"))
    for make in ROWS.values():
        make(client, person, 1)
    for table in ROWS:
        operator.goto(at(server, f"oauth_server_{table}_changelist"))
        picture(operator, f"admin-{table}-list")
        operator.locator("#result_list th a").first.click()
        expect(operator.locator("#content h1, #content h2").first).to_be_visible()
        picture(operator, f"admin-{table}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_own_pages_are_accessible(server: Server, operator: Page, console: Any, scheme: Any) -> None:
    # axe reads style sheets that import others by way of a <style> of its own
    console.expect("inline style|style-src-elem refused inline")
    client = Client.objects.create(issuer=issuers.first(), name="Photo Market")
    value = new_tokens(new_family(client)).access_token
    operator.emulate_media(color_scheme=scheme)
    operator.goto(at(server, "oauth_server_client_secret", client.pk))
    picture(operator, f"admin-new-secret-{scheme}")
    assert violations(operator) == []
    operator.get_by_label("Your password").fill(PASSWORD)
    operator.get_by_role("button", name="New secret").click()
    picture(operator, f"admin-secret-{scheme}")
    assert violations(operator) == []
    operator.goto(at(server, "oauth_server_token"))
    operator.get_by_label("Token:").fill(value)
    operator.get_by_role("button", name="Look up").click()
    picture(operator, f"admin-token-{scheme}")
    assert violations(operator) == []
