"""OpenID Connect Session Management 1.0 §2, §3: rows S, in Chromium over TLS."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.certification.browser import EMAIL, PASSWORD
from tests.certification.provider import Provider
from tests.certification.reception import Reception
from tests.certification.relying_party import RelyingParty

SESSION = "OpenID Connect Session Management 1.0"
HOME = """<!doctype html><html lang="en"><title>RP</title><h1>Relying party</h1>
<iframe id="op" src="{frame}" title="session" hidden></iframe><p id="answer"></p>
<script>
addEventListener("message", event => {{
  if (event.origin === "{origin}") document.getElementById("answer").textContent = event.data
}})
const ask = text => document.getElementById("op").contentWindow.postMessage(text, "{origin}")
</script>"""


@pytest.fixture
def page(new_context: Any) -> Page:
    context: BrowserContext = new_context(ignore_https_errors=True)
    return context.new_page()


@pytest.mark.spec(SESSION, "2")
@pytest.mark.op("S2")
def test_the_answer_has_a_session_state(party: RelyingParty) -> None:
    arrived = party.login(party.browser())
    hashed, _, salt = arrived.parameters["session_state"].partition(".")
    assert hashed
    assert salt
    assert " " not in arrived.parameters["session_state"]


@pytest.fixture
def near(provider: Provider, reception: Reception, registrations: dict[str, dict[str, Any]]) -> RelyingParty:
    return RelyingParty(provider, reception, registrations["near"])


@pytest.mark.browser
@pytest.mark.spec(SESSION, "3.2")
@pytest.mark.op("S3", "S4")
def test_the_frame_tells_what_has_changed(page: Page, near: RelyingParty) -> None:
    origin, frame = near.provider.url, near.metadata["check_session_iframe"]
    near.reception.documents["/near"] = HOME.format(frame=frame, origin=origin)
    page.goto(near.url(near.request()))
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    allow = page.get_by_role("button", name="Allow", exact=True)
    expect(allow.or_(page.get_by_role("heading", name="Relying party"))).to_be_visible()
    if allow.is_visible():
        allow.click()
    expect(page.get_by_role("heading", name="Relying party")).to_be_visible()
    state = page.evaluate("new URLSearchParams(location.search).get('session_state')")
    answer = page.locator("#answer")
    page.wait_for_load_state()
    page.evaluate("text => ask(text)", f"{near.client_id} {state}")
    expect(answer).to_have_text("unchanged")
    other = page.context.new_page()
    other.goto(near.metadata["end_session_endpoint"])
    other.get_by_role("button", name="Sign out", exact=True).click()
    expect(
        other.get_by_role("heading", name="Relying party").or_(other.get_by_text("signed out").first)
    ).to_be_visible()
    page.evaluate("text => ask(text)", f"{near.client_id} {state}")
    expect(answer).to_have_text("changed")
