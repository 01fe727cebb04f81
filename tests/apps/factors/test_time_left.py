"""Whoever needs longer for the second step of a sign-in has it, and is told before it is too late."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from oauth_server.models import Session
from tests.authenticator import KEY, give, totp
from tests.flows import App, Browser

from .conftest import SIGN_IN, is_signed_in, text_of

MORE = "/account/sign-in/more-time/"


def ask_for_more(browser: Browser, page: Any, **headers: str) -> Any:
    """The button below the page."""
    address = f"{MORE}?{page.address.partition('?')[2]}"
    sent = {"origin": "http://testserver", "x-csrftoken": browser.cookies["csrftoken"], **headers}
    response = browser.http.post(address, headers=sent)
    response.address = address
    return response


def seconds(page: Any) -> int:
    found = re.search(r'data-seconds="([0-9]+)"', text_of(page))
    assert found is not None, text_of(page)
    return int(found[1])


@pytest.mark.bar("E17.5")
def test_the_second_step_waits_as_long_as_it_is_asked_to(app: App, visitor: Browser, person: Any) -> None:
    give(person, "totp")
    with time_machine.travel(datetime.now(UTC), tick=False) as now:
        page = visitor.sign_in(app.authorize(visitor), person)
        assert seconds(page) == 900
        now.shift(890)
        lost = visitor.open(page.address.replace("second-factor/", "second-factor/lost/"))
        assert seconds(lost) == 10, "the page for whoever lost it says so too"
        assert f'action="{MORE}?next=' in text_of(page)
        assert seconds(visitor.follow(ask_for_more(visitor, lost))) == 900
        for _ in range(3):
            now.shift(890)
            told = ask_for_more(visitor, page, accept="application/json")
            assert told.json() == {"seconds": 900}, "what the app asked waits as well"
        now.shift(600)
        assert visitor.submit(page, {"code": totp(KEY)}).status_code == 303
        assert (Session.objects.get().acr, Session.objects.get().amr) == ("2", ["pwd", "otp", "mfa"])

        asked = (other := Browser()).sign_in(other.open(SIGN_IN), person)
        for _ in range(10):
            now.shift(890)
            assert ask_for_more(other, asked)["Location"] == asked.address
        now.shift(890)
        assert seconds(other.follow(ask_for_more(other, asked))) == 10, "ten times"
        now.shift(11)
        assert ask_for_more(other, asked)["Location"] == SIGN_IN
        assert ask_for_more(other, asked, accept="application/json").status_code == 410
        assert not is_signed_in(other)
