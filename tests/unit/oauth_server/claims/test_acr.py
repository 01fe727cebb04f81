"""Which acr meets which, and which is told."""

from typing import Any

import pytest

from oauth_server.claims import acr
from oauth_server.claims.acr import Wanted
from oauth_server.claims.request import ClaimsRequest, Wish

pytestmark = pytest.mark.spec("OpenID Connect Core 1.0", "5.5.1.1")


@pytest.fixture(autouse=True)
def _ranks(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ACR_VALUES": ["1", "2", "3"], "STEP_UP_URL": "/more/"}


@pytest.mark.parametrize(
    ("held", "wanted", "met"),
    [
        ("1", ("1",), "1"),
        ("2", ("1",), "1"),
        ("1", ("2",), ""),
        ("3", ("1", "2"), "1"),
        ("2", ("3", "2"), "2"),
        ("gold", ("gold",), "gold"),
        ("gold", ("1",), ""),
        ("1", ("gold", "1"), "1"),
        ("", ("1",), ""),
        ("1", (), ""),
    ],
)
def test_whoever_shows_more_has_shown_less(held: str, wanted: tuple[str, ...], met: str):
    assert Wanted(wanted).met_by(held) == met
    assert Wanted(wanted).told(held) == (met or held)


def test_an_essential_acr_counts_for_more_than_acr_values():
    essential = ClaimsRequest(id_token={"acr": Wish(True, ("3",))})
    assert acr.wanted(("2",), essential) == Wanted(("3",), is_essential=True)
    assert acr.wanted(("2",), ClaimsRequest(id_token={"acr": Wish(False, ("3",))})) == Wanted(("2",))
    assert acr.wanted((), ClaimsRequest(id_token={"acr": Wish(False, ("3",))})) == Wanted(("3",))
    assert acr.wanted((), ClaimsRequest()) == Wanted()
    whatever = acr.wanted((), ClaimsRequest(id_token={"acr": Wish(True)}))
    assert whatever.is_met_by("1")
    assert not whatever.is_met_by("")


def test_beyond_the_first_only_where_a_page_asks(settings: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(acr, "STEP_UP_PAGES", ["of an app"])
    assert (acr.supported(), acr.step_up_page()) == (("1", "2", "3"), "/more/")
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "STEP_UP_URL": ""}
    assert (acr.supported(), acr.step_up_page()) == (("1", "2", "3"), "of an app")
    monkeypatch.setattr(acr, "STEP_UP_PAGES", [])
    assert acr.supported() == ("1",)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ACR_VALUES": []}
    assert (acr.supported(), acr.lowest()) == ((), "")
