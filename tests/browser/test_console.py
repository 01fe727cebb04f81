"""Journeys through the console in a real browser: a client is tried out, registrations are gone through, people are helped."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Page, expect

from consent.models import Consent
from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.models import Audience, AuditEvent, Authorization, Client, Issuer, LogoutDelivery
from tests import factories
from tests.apps.admin.conftest import new_family
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


@pytest.mark.bar("O10", "O9", "O12.1")
def test_an_api_is_made_worded_looked_after_and_taken_away(server: Server, operator: Page) -> None:
    client = factories.ClientFactory(name="Photo Market")
    operator.goto(at(server, "oauth_server_audience_add"))
    operator.get_by_label("Identifier:").fill("https://orders.example")
    operator.get_by_label("Name:", exact=True).fill("Orders API")
    operator.get_by_text("In other languages").click()
    operator.get_by_label("name (Deutsch)").fill("Bestell-API")
    operator.get_by_role("button", name="Save and continue editing").click()
    expect(operator.get_by_text("was added successfully")).to_be_visible()
    api = Audience.objects.get()
    assert api.translations == {"de": {"name": "Bestell-API"}}
    client.audiences.add(api)
    family = new_family(client, get_user_model().objects.get(), audiences=[api.identifier])
    scope = factories.ScopeFactory(name="orders.read", audience=api, issuer=api.issuer)
    # what was done to it is one click away, whoever did it
    operator.reload()
    operator.get_by_role("link", name="History").click()
    expect(operator.locator("#result_list tbody tr")).to_have_count(1)
    # it goes when nothing needs it, and with the reason
    operator.goto(at(server, "oauth_server_audience_change", api.pk))
    operator.get_by_role("link", name="Delete").click()
    expect(operator.get_by_text("The scope orders.read belongs to it")).to_be_visible()
    scope.delete()
    operator.reload()
    expect(operator.get_by_text("authorizations: 1, people: 1")).to_be_visible()
    expect(operator.get_by_text("Photo Market uses it.")).to_be_visible()
    operator.get_by_label("Reason").fill("the API is gone")
    operator.get_by_role("button", name="Delete").click()
    expect(operator.get_by_text("was deleted successfully")).to_be_visible()
    assert AuditEvent.objects.get(reason="deleted").note == "the API is gone"
    assert not Audience.objects.exists()
    # a sign-in ends, and an app that was not reached is told again
    session = factories.SessionFactory(user=get_user_model().objects.get())
    Authorization.objects.filter(pk=family.pk).update(session=session)
    operator.goto(at(server, "oauth_server_session_change", session.pk))
    operator.get_by_role("button", name="End", exact=True).click()
    operator.get_by_label("Reason").fill("a lost laptop")
    operator.get_by_role("button", name="End", exact=True).click()
    expect(operator.get_by_text("1 sign-in is ended.")).to_be_visible()
    expect(operator.get_by_text("ended", exact=True)).to_be_visible()
    now = clock.now()
    times = {"next_attempt": now, "created": now, "expires": now + timedelta(days=1)}
    row = LogoutDelivery.objects.create(
        issuer=client.issuer, client=client, session=session, sub="x", state="failed", last_error="timed out", **times
    )
    operator.goto(at(server, "oauth_server_logoutdelivery_changelist"))
    expect(operator.get_by_role("row", name="Photo Market")).to_contain_text("timed out")
    operator.goto(at(server, "oauth_server_logoutdelivery_change", row.pk))
    operator.get_by_role("button", name="Try again").click()
    operator.get_by_role("button", name="Try again").click()
    expect(operator.get_by_text("1 sign-out is tried again.")).to_be_visible()


@pytest.mark.bar("O9", "O12.2")
def test_an_issuer_is_stopped_and_goes_on_again(server: Server, operator: Page) -> None:
    issuer = Issuer.objects.get()
    operator.goto(at(server, "oauth_server_issuer_change", issuer.pk))
    operator.get_by_label("Colour of buttons and links").fill("#ffcc00")
    operator.get_by_role("button", name="Save", exact=True).click()
    expect(operator.get_by_text("Colour of buttons and links under white words: the contrast is 1.5:1")).to_be_visible()
    operator.get_by_role("link", name="Incident switch").click()
    operator.get_by_label("Reason").first.fill("a leak")
    operator.get_by_label("Type the name of what ends").fill(server.url)
    operator.get_by_role("button", name="Do it now").click()
    expect(operator.get_by_text("takes effect with the next request")).to_be_visible()
    issuer.refresh_from_db()
    assert issuer.stopped_at is not None


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
