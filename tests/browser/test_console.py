"""Journeys through the console in a real browser: a client is tried out, registrations are gone through, people are helped."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from consent.models import Consent
from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.models import Authorization, Client
from tests import factories
from tests.browser.axe import check_page
from tests.browser.test_admin import EMAIL, at, operator, server
from tests.plugins.servers import Server

__all__ = ["operator", "server"]


@pytest.mark.bar("O4.1", "O4.2", "O6", "O7.2")
def test_a_client_is_tried_out_and_its_pages_lead_to_each_other(server: Server, operator: Page, console: Any) -> None:
    app = factories.app(name="Photo Market", client_id="photo-market", skip_authorization=False)
    operator.goto(at(server, "oauth_server_client_overview", app.row.pk))
    operator.get_by_role("link", name="Test", exact=True).click()
    operator.get_by_label("email", exact=True).uncheck()
    operator.get_by_label("Client secret").fill(app.secret)
    operator.get_by_label("Client secret").press("Enter")
    # the page that its people see, and from there back to the console
    operator.get_by_role("button", name="Allow").click()
    expect(operator.get_by_text("It works.")).to_be_visible()
    expect(operator.get_by_role("heading", name="Token request")).to_be_visible()
    assert operator.locator(".oauth-checks .oauth-failed, .oauth-checks .oauth-untested").count() == 0
    operator.get_by_text("Request and answer").first.click()
    expect(operator.get_by_text("code_challenge_method", exact=True)).to_be_visible()
    assert app.secret not in operator.content()
    assert Authorization.objects.get().revoked_at is not None
    assert Consent.objects.get().client_id == app.row.pk
    console.expect("inline style|style-src-elem refused inline")
    check_page(operator, name="console-trial-report")
    operator.reload()
    expect(operator.get_by_text("No trial waits for this answer")).to_be_visible()
    # what tokens would say
    operator.goto(at(server, "oauth_server_client_preview", app.row.pk))
    operator.get_by_role("button", name="Show").click()
    expect(operator.locator("pre").last).to_contain_text(f'"email": "{EMAIL}"')
    # through the lists of other tables and back
    for tab, heading in (("People and consents", "consent"), ("Tokens", "access token"), ("Events", "audit event")):
        operator.get_by_role("link", name=tab, exact=True).click()
        expect(operator.get_by_role("navigation", name="Pages of this client")).to_be_visible()
        expect(operator.get_by_role("heading", name=f"Select {heading}")).to_be_visible()
    # what happens while somebody looks comes by itself
    operator.get_by_label("Live").check()
    operator.get_by_role("button", name="Show").click()
    with audit.origin(trace_id="0af7651916cd43dd8448eb211c80319c"):
        audit.record(Event.REQUEST_REFUSED, client=app.row, reason="redirect_uri: path differs")
    expect(operator.get_by_text("redirect_uri: path differs")).to_be_visible()
    operator.get_by_role("link", name="Stop").click()
    expect(operator.get_by_label("Live")).not_to_be_checked()


@pytest.mark.bar("O15")
def test_registrations_are_approved_and_refused_by_keyboard(server: Server, operator: Page) -> None:
    for number, name in enumerate(("My editor", "My editor", "Phisher")):
        row = factories.ClientFactory(name=name, client_id=f"itself-{number}", registration_source="dcr")
        Client.objects.filter(pk=row.pk).update(enabled=False, awaits_approval=True, likeness=name)
    operator.goto(f"{server.url}/admin/")
    operator.get_by_role("link", name="Clients that registered themselves wait").click()
    operator.get_by_role("button", name="Approve My editor").press("Enter")
    expect(operator.get_by_text("Look at where their answers go")).to_be_visible()
    operator.get_by_role("button", name="Approve", exact=True).press("Enter")
    expect(operator.get_by_text("2 clients are approved.")).to_be_visible()
    operator.get_by_role("button", name="Refuse Phisher").press("Enter")
    operator.get_by_label("Reason").fill("a phisher")
    operator.get_by_label("Reason").press("Enter")
    expect(operator.get_by_text("1 registration is refused.")).to_be_visible()
    expect(operator.get_by_text("Nobody waits.")).to_be_visible()
    assert set(Client.objects.filter(registration_source="dcr").values_list("name", "enabled")) == {("My editor", True)}
    # alike ones are one line, which leads to them
    operator.get_by_role("link", name="My editor").click()
    expect(operator.locator("#result_list tbody tr")).to_have_count(2)


def test_people_are_imported_found_helped_and_seen_with_their_apps(server: Server, operator: Page) -> None:
    operator.goto(at(server, "oauth_accounts_user_changelist"))
    operator.get_by_role("link", name="Import").click()
    lines = "email,first_name\nada@example.org,Ada\nbea@example.org,Bea\n"
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    operator.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
    operator.get_by_role("button", name="Import").click()
    expect(operator.get_by_text("2 people would be imported.")).to_be_visible()
    operator.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
    operator.get_by_label("Only look").uncheck()
    operator.get_by_role("button", name="Import").click()
    expect(operator.get_by_text("2 people are imported.")).to_be_visible()
    operator.get_by_label("Search").fill("ada@")
    operator.get_by_role("button", name="Search").click()
    operator.get_by_role("link", name="ada@example.org").click()
    operator.get_by_role("button", name="Send the confirmation mail again").click()
    operator.get_by_role("button", name="Send the confirmation mail again").click()
    expect(operator.get_by_text("1 mail is sent.")).to_be_visible()
    operator.get_by_role("button", name="Switch off").click()
    operator.get_by_label("Reason").fill("left the company")
    operator.get_by_role("button", name="Switch off").click()
    expect(operator.get_by_text("1 account is off.")).to_be_visible()
    operator.get_by_role("link", name="authorizations", exact=True).click()
    assert reverse("admin:oauth_server_authorization_changelist") in operator.url
