"""RFC 8707: which APIs a token is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.errors import InvalidTarget
from oauth_server.models import Audience, Scope
from oauth_server.policy import audiences
from oauth_server.policy.reach import Reach

ISSUER = "https://id.example"
ORDERS = Audience(identifier="https://orders.example", access_token_lifetime=60)
PHOTOS = Audience(identifier="https://photos.example")
JWT = Audience(identifier="https://jwt.example", token_format="jwt")
RS = Audience(identifier="https://rs.example", token_format="jwt", algorithm="RS256")
SCOPES = {
    "openid": Scope(name="openid"),
    "orders": Scope(name="orders", audience=ORDERS),
    "photos": Scope(name="photos", audience=PHOTOS),
}
ALL = {row.identifier: row for row in (ORDERS, PHOTOS, JWT, RS)}
REACH = Reach(ISSUER, SCOPES, ALL, tuple(ALL))
ONE = Reach(ISSUER, {"openid": SCOPES["openid"]}, {JWT.identifier: JWT}, (JWT.identifier,))
AT_ORDERS, AT_PHOTOS, AT_JWT = ORDERS.identifier, PHOTOS.identifier, JWT.identifier


@pytest.mark.seed("S-29")
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.parametrize(
    ("audience", "resource", "scope", "reach", "expected"),
    [
        ([], [], [], REACH, (ISSUER,)),
        ([], [], ["orders"], REACH, (AT_ORDERS,)),
        ([], [], ["orders", "photos"], REACH, (AT_ORDERS, AT_PHOTOS)),
        ([], [], [], ONE, (AT_JWT,)),
        ([], [], ["openid"], REACH, (ISSUER,)),
        ([], [], ["openid", "orders"], REACH, (AT_ORDERS, ISSUER)),
        ([AT_ORDERS], [], [], REACH, (AT_ORDERS,)),
        ([f"{AT_ORDERS} {AT_PHOTOS}"], [], [], REACH, (AT_ORDERS, AT_PHOTOS)),
        ([AT_ORDERS, AT_PHOTOS, AT_ORDERS], [], [], REACH, (AT_ORDERS, AT_PHOTOS)),
        ([AT_ORDERS], [], ["openid"], REACH, (AT_ORDERS, ISSUER)),
        ([], [AT_ORDERS], ["openid"], REACH, (AT_ORDERS,)),
        ([], [AT_ORDERS, ISSUER], ["openid"], REACH, (AT_ORDERS, ISSUER)),
        ([], [AT_ORDERS], ["orders", "photos"], REACH, (AT_ORDERS,)),
        ([ISSUER], [], [], REACH, (ISSUER,)),
    ],
)
def test_one_many_none(audience: list[str], resource: list[str], scope: list[str], reach: Reach, expected: object):
    assert audiences.grant(audience, resource, scope, reach) == expected


@pytest.mark.seed("S-29")
@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example",
        AT_ORDERS + "/",
        AT_ORDERS + "/x",
        AT_ORDERS.upper(),
        "*",
        "https://*",
        f"{AT_ORDERS},{AT_PHOTOS}",
    ],
)
def test_a_foreign_one_is_refused(name: str):
    for audience, resource in (([name], []), ([], [name]), ([AT_ORDERS, name], [])):
        with pytest.raises(InvalidTarget):
            audiences.grant(audience, resource, [], REACH)


def test_an_audience_is_never_empty_and_a_blank_one_is_none():
    assert audiences.grant([" "], [], [], REACH) == (ISSUER,)
    assert audiences.narrow([], [AT_ORDERS]) == audiences.narrow([" "], [AT_ORDERS]) == (AT_ORDERS,)


@pytest.mark.threat(35)
@pytest.mark.spec("RFC 8707", "2.2")
def test_a_part_of_what_was_granted_and_nothing_else():
    assert audiences.narrow([AT_ORDERS], [AT_ORDERS, AT_PHOTOS]) == (AT_ORDERS,)
    for asked in ([AT_JWT], [AT_ORDERS, AT_JWT], [ISSUER]):
        with pytest.raises(InvalidTarget):
            audiences.narrow(asked, [AT_ORDERS, AT_PHOTOS])


@given(st.lists(st.sampled_from([*ALL, ISSUER, " "])), st.lists(st.sampled_from([*ALL, ISSUER]), min_size=1))
@pytest.mark.threat(35)
def test_what_is_narrowed_was_granted_and_is_not_empty(asked: list[str], granted: list[str]):
    try:
        left = audiences.narrow(asked, granted)
    except InvalidTarget:
        return
    assert left
    assert set(left) <= set(granted)


@pytest.mark.seed("S-29")
def test_one_token_has_one_format():
    assert audiences.target((AT_ORDERS, AT_PHOTOS, ISSUER), REACH).token_format == "opaque"
    assert audiences.target((AT_JWT, ISSUER), REACH).algorithm == "ES256"
    for mixed in ((AT_ORDERS, AT_JWT), (AT_JWT, RS.identifier)):
        with pytest.raises(InvalidTarget):
            audiences.target(mixed, REACH)
    with pytest.raises(InvalidTarget):
        audiences.target(("https://gone.example",), REACH)


def test_the_shortest_lifetime_counts(settings: object):
    assert audiences.target((AT_ORDERS, AT_PHOTOS), REACH).lifetime == 60
    assert audiences.target((AT_PHOTOS,), REACH).lifetime == 3600


def test_a_scope_of_another_api_is_left_out():
    assert audiences.scopes_at(["openid", "orders", "photos", "gone"], [AT_ORDERS], REACH) == ("openid", "orders")
