"""Which scopes a request may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.errors import InvalidScope
from oauth_server.models import Scope
from oauth_server.policy import scopes
from oauth_server.policy.reach import Reach

KNOWN = {
    "openid": Scope(name="openid", claims=["sub"]),
    "email": Scope(name="email", claims=["email"]),
    "offline_access": Scope(name="offline_access"),
    "orders:read": Scope(name="orders:read"),
    "orders:write": Scope(name="orders:write"),
}
REACH = Reach("https://id.example", KNOWN, {}, ())


@pytest.mark.seed("S-25")
@pytest.mark.spec("RFC 6749", "3.3")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("openid orders:read", ("openid", "orders:read")),
        ("orders:read openid", ("orders:read", "openid")),
        ("  openid   openid ", ("openid",)),
        ("openid offline", ("openid", "offline_access")),
        ("offline offline_access", ("offline_access",)),
        (None, ("email",)),
        ("", ()),
    ],
)
def test_scopes_in_their_order_each_once(asked: str | None, expected: tuple[str, ...]):
    assert scopes.resolve(asked, REACH, default="email", person=True) == expected


@pytest.mark.seed("S-25")
@pytest.mark.parametrize(
    "asked",
    [
        "x",
        "openid x",
        "orders",
        "orders:*",
        "orders.*",
        "*",
        "Openid",
        "openid,email",
        'a"b',
        "a\\b",
        "é",
        "a\tb",
        "a\n",
    ],
)
def test_unknown_scopes_and_wildcards_are_refused(asked: str):
    with pytest.raises(InvalidScope):
        scopes.resolve(asked, REACH, default="", person=True)


@pytest.mark.threat(66)
def test_ten_thousand_scopes_are_refused():
    with pytest.raises(InvalidScope):
        scopes.parse(" ".join(f"s{n}" for n in range(10_000)))


@pytest.mark.seed("S-56")
def test_commas_get_a_hint():
    with pytest.raises(InvalidScope, match="separated by spaces"):
        scopes.parse("openid,offline")


@pytest.mark.seed("S-12")
@pytest.mark.parametrize("asked", ["openid", "email", "offline_access", "offline", "orders:read openid"])
def test_without_a_person_there_is_nothing_about_one(asked: str):
    with pytest.raises(InvalidScope):
        scopes.resolve(asked, REACH, default="", person=False)


@pytest.mark.parametrize("asked", ["email openid", "openid orders:write", "", " ", "openid,email"])
@pytest.mark.threat(35)
@pytest.mark.spec("RFC 6749", "6")
def test_a_refresh_never_asks_for_more(asked: str):
    with pytest.raises(InvalidScope):
        scopes.narrow(asked, ["openid", "orders:read"])


@given(st.lists(st.sampled_from(sorted(KNOWN))), st.lists(st.sampled_from(sorted(KNOWN))))
@pytest.mark.threat(35)
def test_what_is_narrowed_was_granted(granted: list[str], asked: list[str]):
    try:
        left = scopes.narrow(" ".join(asked), granted)
    except InvalidScope:
        return
    assert set(left) == set(asked) <= set(granted)
