"""What happened to an account, and what is kept of a person."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consent import activity
from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.signals import personal_data
from tests import factories
from tests.apps.consent.conftest import ALLOW, CANCEL
from tests.flows import App, Browser, error


@pytest.mark.bar("E14")
def test_activity_tells_a_person_in_words_what_happened_to_their_account(
    app: App, visitor: Browser, person: Any
) -> None:
    visitor.submit(app.authorize(visitor), CANCEL)
    visitor.submit(app.authorize(visitor), ALLOW)
    visitor.submit(visitor.open(f"/apps/{app.row.pk}/remove"))
    audit.record(Event.PERSON_REFUSED, user_id=person.pk, reason="a reason for operators")
    audit.record(Event.CONSENT_GIVEN, user_id=factories.UserFactory().pk, client=app.row)
    page = visitor.open("/account/activity")
    assert [entry.text for entry in page.context["page"].entries] == [
        "Somebody tried to sign in and did not succeed.",
        "Photo Market was removed from your connected apps.",
        "You allowed Photo Market to use your account.",
        "You did not allow Photo Market to use your account.",
        "You signed in.",
    ]
    words = page.content.decode()
    assert "Something here was not you?" in words
    assert "a reason for operators" not in words
    for _ in range(activity.PAGE):
        audit.record(Event.PERSON_SIGNED_IN, user_id=person.pk)
    first = visitor.open("/account/activity").context["page"]
    older = visitor.open(f"/account/activity?before={first.before}").context["page"]
    assert (len(first.entries), len(older.entries), older.before) == (activity.PAGE, 5, 0)
    for odd in ("x", "-1", "\u0663", "9" * 30, ""):
        assert visitor.get("/account/activity", data={"before": odd}).status_code == 200


@pytest.mark.bar("E14")
def test_a_person_downloads_all_that_is_kept_of_them_and_no_secret(app: App, visitor: Browser, person: Any) -> None:
    page = app.authorize(visitor, scope="openid email orders.read offline_access")
    visitor.submit(page, ALLOW)
    tokens = app.tokens(visitor, scope="openid email orders.read offline_access")
    form = visitor.open("/account/data")
    answer = visitor.submit(form)
    assert answer["Content-Disposition"].startswith('attachment; filename="account-')
    assert answer["Cache-Control"] == "no-store"
    told = json.loads(answer.content)
    assert (told["account"]["id"], told["account"]["email"]) == (str(person.pk), "ada@example.org")
    assert told["consents"][0]["client_id"] == app.client_id
    assert {row["scope"] for row in told["grants"]} == {"openid email orders.read offline_access"}
    assert told["receipts"][0]["app"]["name"] == "Photo Market"
    assert [row["acr"] for row in told["sessions"]] == ["1"]
    assert [row["event"] for row in told["events"]][-1] == "person:data_exported"
    text = answer.content.decode()
    secrets = [tokens[name] for name in ("access_token", "refresh_token", "id_token")]
    assert not [value for value in (*secrets, person.password, app.secret) if value in text]
    assert error(visitor.submit(form, {"csrfmiddlewaretoken": None})) == (403, "page")
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        for page in (visitor.open("/account/data"), visitor.submit(form)):
            assert "Confirm that it is you" in page.content.decode()


def test_a_part_that_cannot_be_told_is_not_left_out_in_silence(visitor: Browser, person: Any) -> None:
    def broken(**_: Any) -> dict[str, Any]:
        raise LookupError("away")

    personal_data.connect(broken, sender=type(person))
    try:
        with pytest.raises(LookupError):
            visitor.submit(visitor.open("/account/data"))
    finally:
        personal_data.disconnect(broken, sender=type(person))


@pytest.mark.parametrize("address", ["/account/activity", "/account/data", "/apps/receipts"])
def test_it_is_for_whoever_is_signed_in(db: None, address: str) -> None:
    answer = Browser().get(address)
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]
