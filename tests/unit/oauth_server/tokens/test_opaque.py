"""The shape of tokens, codes and secrets."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.tokens import opaque

PREFIXES = [
    opaque.ACCESS_TOKEN,
    opaque.REFRESH_TOKEN,
    opaque.AUTHORIZATION_CODE,
    opaque.CLIENT_SECRET,
    opaque.DEVICE_CODE,
    opaque.REGISTRATION_ACCESS_TOKEN,
]
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.threat(22)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_one_kind_is_not_another(prefix: str):
    value = opaque.make(prefix, NOW)
    assert [other for other in PREFIXES if opaque.is_well_formed(other, value)] == [prefix]


@pytest.mark.parametrize("expires", [NOW, None, datetime(9999, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_value_is_url_safe_whenever_it_ends(expires: datetime | None):
    value = opaque.make(opaque.ACCESS_TOKEN, expires)
    assert opaque.is_well_formed(opaque.ACCESS_TOKEN, value)
    assert value.removeprefix("oas_at_").isalnum()


@pytest.mark.threat(62)
def test_no_two_are_equal():
    assert len({opaque.make(opaque.ACCESS_TOKEN, NOW) for _ in range(20_000)}) == 20_000


@pytest.mark.threat(21, 62)
def test_each_random_character_takes_every_value():
    start = len("oas_ac_") + 5
    values = [opaque.make(opaque.AUTHORIZATION_CODE, NOW)[start : start + 43] for _ in range(5_000)]
    for place in range(43):
        assert len({value[place] for value in values}) == 62


@given(st.integers(0, 60), st.characters())
def test_one_changed_character_is_seen(place: int, char: str):
    value = opaque.make(opaque.ACCESS_TOKEN, NOW)
    place %= len(value)
    changed = value[:place] + char + value[place + 1 :]
    assert opaque.is_well_formed(opaque.ACCESS_TOKEN, changed) is (changed == value)


@given(st.text())
def test_nothing_else_is_well_formed(text: str):
    assert not opaque.is_well_formed(opaque.ACCESS_TOKEN, text)
    assert not opaque.is_well_formed(opaque.ACCESS_TOKEN, "oas_at_1" + text)
