"""The admin in a real browser: under its strict policy, with and without JavaScript."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session as StoredSession
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from config.sessions import SessionStore
from oauth_server import audit, clock, issuers
from oauth_server.audit import Event
from oauth_server.interaction.context import KEY
from oauth_server.models import Audience, Authorization, Client, Counter, SigningKey
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
    operator.get_by_label("Reason").fill("they asked for it")
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


@pytest.mark.bar("O5", "O9")
def test_a_token_is_looked_up_and_what_hangs_on_it_previewed_and_revoked(
    server: Server, operator: Page, settings: Any
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    issuer = issuers.first()
    client = Client.objects.create(issuer=issuer, name="Photo Market")
    api = {"identifier": "https://api.example.com", "name": "Orders API", "token_format": "jwt"}
    Audience.objects.create(issuer=issuer, **api)
    person = get_user_model().objects.create_user("ada@example.org")
    family = new_family(client, person, created=clock.now() - timedelta(minutes=1))
    tokens, other = new_tokens(family), new_tokens(new_family(client, person))
    jwt = new_tokens(family, "jwt").access_token
    operator.goto(at(server, "oauth_server_accesstoken_changelist"))
    operator.get_by_role("link", name="Look up a token").click()

    def look_up(value: str, heading: str) -> None:
        operator.get_by_label("Token:").fill(value)
        operator.get_by_role("button", name="Look up").click()
        expect(operator.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert value not in operator.content() + operator.url

    look_up(jwt, "Access token (JWT)")
    expect(operator.get_by_text("good, by the key")).to_be_visible()
    expect(operator.get_by_text('"grant_id"')).to_be_visible()
    picture(operator, "admin-token-jwt")
    look_up(tokens.access_token, "Access token")
    operator.get_by_label("Reason").fill("it was on a screen")
    operator.get_by_role("button", name="Revoke this token").click()
    expect(operator.get_by_text("The token is revoked.")).to_be_visible()
    found = lookup.find(tokens.access_token)
    assert found is not None
    assert found.why == "revoked"
    look_up(tokens.refresh_token, "Refresh token")
    expect(operator.get_by_text("it was on a screen")).to_be_visible()
    operator.locator("dl").get_by_role("link", name="Photo Market").click()
    operator.get_by_role("link", name="Revoke…").click()
    expect(operator.get_by_text("It cannot be undone.")).to_be_visible()
    expect(operator.get_by_text("2 authorizations may hold some")).to_be_visible()
    picture(operator, "admin-revoke-preview")
    for typed in ("Photo Market", client.client_id):
        operator.get_by_label("Reason").fill("they are gone")
        operator.get_by_label("Type the name of what ends").fill(typed)
        operator.get_by_role("button", name="Revoke for good").click()
    expect(operator.get_by_text("It takes effect with the next request.")).to_be_visible()
    for value in (jwt, other.access_token, other.refresh_token):
        found = lookup.find(value)
        assert found is not None
        assert found.why == "everything before a time was revoked"
        assert value not in server.log


@pytest.mark.bar("O9")
@pytest.mark.parametrize("script", [True, False])
def test_a_long_revocation_goes_on_by_itself_or_by_its_button(
    script: bool, start_server: Callable[..., Server], new_context: Any, console: Any
) -> None:
    console.expect("status of 404")  # the icon
    server = start_server()
    get_user_model().objects.create_superuser(EMAIL, PASSWORD)
    person = get_user_model().objects.create_user("ada@example.org")
    client = Client.objects.create(issuer=issuers.first(), name="Photo Market")
    now = clock.now()
    columns = {"client": client, "user": person, "sub": "x", "created": now, "expires_at": now + timedelta(days=1)}
    Authorization.objects.bulk_create((Authorization(**columns) for _ in range(20_000)), batch_size=2_000)
    page = sign_in(server, new_context(java_script_enabled=script).new_page())
    page.goto(f"{at(server, 'oauth_server_revoke')}?what=person&person=ada@example.org")
    expect(page.get_by_text("20000", exact=True).first).to_be_visible()
    page.get_by_label("Reason").fill("a test")
    page.get_by_label("Type the name of what ends").fill("ada@example.org")
    page.get_by_role("button", name="Revoke for good").click()
    done = page.get_by_text("It takes effect with the next request.")
    while not script and not done.is_visible():
        page.get_by_role("button", name="Go on").click()
    expect(done).to_be_visible(timeout=60_000)
    assert not Authorization.objects.filter(revoked_at=None).exists()


@pytest.mark.bar("O8.1")
def test_the_keys_are_seen_in_line_and_one_is_revoked(server: Server, operator: Page) -> None:
    operator.goto(at(server, "oauth_server_signingkey_changelist"))
    operator.get_by_role("link", name="Time line").click()
    key = SigningKey.objects.get(algorithm="ES256", state="active")
    section = operator.get_by_role("region", name="ES256").first
    expect(section.get_by_role("row", name=key.kid)).to_contain_text("now, since")
    operator.get_by_text("The key set as clients see it").click()
    picture(operator, "admin-keys")
    operator.get_by_role("button", name="Rotate ES256 now").click()
    operator.get_by_label("Reason").fill("the disk was sold")
    operator.get_by_label("Do not wait").check()
    operator.get_by_role("button", name="Rotate now").click()
    expect(operator.get_by_text("signs now")).to_be_visible()
    operator.get_by_role("link", name="Time line").click()
    operator.get_by_role("link", name="Revoke the key that is retiring").click()
    expect(operator.get_by_text("Nothing that this key signed is valid any more")).to_be_visible()
    operator.get_by_label("Reason").fill("it may have been read")
    operator.get_by_label("Type the name of what ends").fill(key.kid)
    operator.get_by_role("button", name="Revoke for good").click()
    expect(operator.get_by_text("It takes effect with the next request.")).to_be_visible()
    key.refresh_from_db()
    assert (key.state, key.sealed) == ("revoked", "")


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
    page.get_by_label("Reason").fill("nobody uses it")
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
    operator.get_by_role("button", name="New secret").click()
    picture(operator, f"admin-secret-{scheme}")
    assert violations(operator) == []
    operator.goto(at(server, "oauth_server_token"))
    operator.get_by_label("Token:").fill(value)
    operator.get_by_role("button", name="Look up").click()
    picture(operator, f"admin-token-{scheme}")
    assert violations(operator) == []


@pytest.mark.bar("O7.2", "O12.2")
def test_from_the_home_to_the_event_of_a_trace_and_to_a_secret_by_way_of_the_own_sign_in(
    server: Server, operator: Page
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    client = Client.objects.create(issuer=issuers.first(), name="Photo Market")
    with audit.origin(address="192.0.2.1", trace_id=trace):
        audit.record(
            Event.REQUEST_REFUSED, client=client, reason="redirect_uri: path differs from https://x.example/cb"
        )
    Counter.objects.create(span="hour", at=clock.now().replace(minute=0, second=0), name="token:refresh_token", count=7)
    operator.goto(f"{server.url}/admin/")
    expect(operator.get_by_role("img", name="Tokens issued an hour 7 in all")).to_be_visible()
    # what a person read to the operator from their error page
    operator.get_by_label("Find events by trace id").fill(trace)
    operator.get_by_role("button", name="Find").click()
    operator.locator("#result_list th a").click()
    expect(operator.get_by_text("redirect_uri: path differs")).to_be_visible()
    operator.get_by_role("link", name=client.client_id).click()
    operator.get_by_label("Since (UTC)").fill("2026-01-01T00:00")
    operator.get_by_label("Event").select_option("request:refused")
    operator.get_by_role("button", name="Show").click()
    expect(operator.locator("#result_list tbody tr")).to_have_count(1)
    with operator.expect_download() as download:
        operator.get_by_role("link", name="Export as JSON lines").click()
    (line,) = Path(download.value.path()).read_text().splitlines()
    assert json.loads(line)["trace_id"] == trace
    # an hour later
    for row in StoredSession.objects.all():
        session = SessionStore(row.session_key)
        if KEY in session:
            session[KEY] = {**session[KEY], "auth_time": session[KEY]["auth_time"] - 3600}
            session.save()
    operator.goto(at(server, "oauth_server_client_secret", client.pk))
    expect(operator.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    picture(operator, "admin-confirm")
    operator.locator("[name=password]").fill(PASSWORD)
    operator.locator("[name=password]").press("Enter")
    expect(operator.get_by_role("heading", name="New secret")).to_be_visible()
    operator.get_by_role("button", name="New secret").click()
    assert operator.locator("#client-secret").inner_text().startswith("oas_cs_")


@pytest.mark.bar("O1.1", "O3.1", "O13", "E16.1", "E16.2")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_client_is_made_by_the_wizard(
    script: bool, server: Server, operator: Page, new_context: Callable[..., BrowserContext]
) -> None:
    page = operator
    if not script:
        page = new_context(java_script_enabled=False).new_page()
        page.context.add_cookies(cast("Any", operator.context.cookies()))
    page.goto(at(server, "oauth_server_client_changelist"))
    page.get_by_role("link", name="New client").click()
    page.get_by_label("A web application").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What is it called?").fill("Photo Market")
    typed = page.get_by_label("Where are people sent back to?")
    typed.fill("http://localhost:3000/back")
    if script:
        expect(page.get_by_text("can lead elsewhere")).to_be_visible()
        page.get_by_role("button", name="http://127.0.0.1:3000/back").click()
    else:
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("can lead elsewhere")).to_be_visible()
        page.get_by_role("button", name="Use the addresses as suggested").click()
    expect(typed).to_have_value("http://127.0.0.1:3000/back")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("PKCE: a code is of use only")).to_be_visible()
    page.get_by_role("button", name="Create the client").click()
    secret = page.locator("#client-secret").inner_text()
    with page.expect_download() as load:
        page.get_by_role("button", name="Download as .env").click()
    assert f"OAUTH_CLIENT_SECRET={secret}\n" in load.value.path().read_text()
    expect(page.get_by_role("button", name="Copy the secret")).to_be_visible(visible=script)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="The last 24 hours")).to_be_visible()
    assert secret not in page.content()
