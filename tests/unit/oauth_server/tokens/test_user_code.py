"""RFC 8628 §6.1: the code that people type."""

import pytest

from oauth_server.conf import settings
from oauth_server.tokens import user_code


@pytest.mark.seed("S-74")
@pytest.mark.spec("RFC 8628", "6.1")
def test_a_million_codes_are_spread_evenly():
    """At each place each letter comes as often as chance has it: within six standard deviations."""
    codes = "".join(user_code.make() for _ in range(1_000_000))
    assert set(codes) == set("BCDFGHJKLMNPQRSTVWXZ")
    assert len(codes) == 8_000_000
    expected = 1_000_000 / 20
    deviation = (expected * (1 - 1 / 20)) ** 0.5
    for place in range(8):
        letters = codes[place::8]
        assert all(abs(letters.count(letter) - expected) < 6 * deviation for letter in "BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.bar("E12.3")
@pytest.mark.threat(84)
def test_a_guesser_has_no_chance():
    """A person's chance to hit one code in its life is no more than 2^-32."""
    assert settings.USER_CODE_FAILURES / len(user_code.ALPHABET) ** user_code.LENGTH <= 2**-32


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("WDJB-MJHT", "WDJBMJHT"),
        ("wdjbmjht", "WDJBMJHT"),
        (" w d j b\u2014m.j_h t ", "WDJBMJHT"),
        ("WDJB-MJH", ""),
        ("WDJB-MJHTT", ""),
        ("WDJA-MJHT", ""),
        ("WDJ1-MJHT", ""),
        ("", ""),
        ("\u0130" * 8, ""),
    ],
)
def test_what_is_typed_is_read(typed: str, code: str):
    assert user_code.read(typed) == code


def test_a_code_is_shown_in_two_halves():
    assert user_code.shown("WDJBMJHT") == "WDJB-MJHT"
