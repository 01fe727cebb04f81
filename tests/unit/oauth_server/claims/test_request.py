"""What is read out of the claims parameter, and what is refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.claims import request
from oauth_server.claims.request import ClaimsRequest, Wish
from oauth_server.errors import InvalidRequest

pytestmark = pytest.mark.spec("OpenID Connect Core 1.0", "5.5")


def test_the_example_of_the_specification():
    """§5.5: the claims that are not known here, auth_info and the one named by a URL, are ignored."""
    asked = request.parse("""
    {
     "userinfo":
      {
       "given_name": {"essential": true},
       "nickname": null,
       "email": {"essential": true},
       "email_verified": {"essential": true},
       "picture": null,
       "http://example.info/claims/groups": null
      },
     "id_token":
      {
       "auth_time": {"essential": true},
       "acr": {"values": ["urn:mace:incommon:iap:silver"] }
      },
     "other": {"name": null}
    }
    """)
    assert set(asked.userinfo) == {"given_name", "nickname", "email", "email_verified", "picture"}
    assert asked.userinfo["given_name"] == Wish(essential=True)
    assert asked.userinfo["nickname"] == Wish()
    assert asked.id_token["acr"] == Wish(values=("urn:mace:incommon:iap:silver",))
    assert asked.about_person == ("given_name", "nickname", "email", "email_verified", "picture")
    assert asked.is_essential("auth_time")
    assert not asked.is_essential("acr")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"userinfo":{},"id_token":{}}', '{"x":1}', '{"userinfo":{"unheard_of":7}}']
)
def test_what_asks_for_nothing_known_asks_for_nothing(text: str):
    assert not request.parse(text)
    assert request.parse(text).as_json() == {}


@pytest.mark.threat(64)
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "1",
        '"userinfo"',
        '{"userinfo":[]}',
        '{"userinfo":null}',
        '{"id_token":"name"}',
        '{"id_token":{"name":true}}',
        '{"id_token":{"name":[]}}',
        '{"id_token":{"name":{"essential":"yes"}}}',
        '{"id_token":{"name":{"essential":1}}}',
        '{"id_token":{"acr":{"values":"1"}}}',
        '{"id_token":{"acr":{"values":[{}]}}}',
        '{"id_token":{"acr":{"values":[null]}}}',
        '{"id_token":{"acr":{"value":["1"]}}}',
        '{"id_token":{"acr":{"value":"1","values":["1"]}}}',
        '{"id_token":{"acr":{"value":NaN}}}',
        '{"id_token":{"acr":{"value":-Infinity}}}',
        '{"id_token":{"acr":{"value":1e999}}}',
        '{"id_token":{"sub":{"value":"\\u0000"}}}',
        '{"id_token":{"sub":{"value":"\\ud800"}}}',
        '{"id_token":{"sub":{"value":' + "9" * 5_000 + "}}}",
        "[" * 4_000 + "]" * 4_000,
        '{"id_token":{"name":' + '{"x":' * 900 + "1" + "}" * 900 + "}}" + " " * 8_000,
        json.dumps({"id_token": {"sub": {"value": "x" * 8_000}}}),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_malformed_is_refused(text: str):
    with pytest.raises(InvalidRequest):
        request.parse(text)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str):
    with suppress(InvalidRequest):
        assert isinstance(request.parse(text), ClaimsRequest)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["userinfo", "id_token", "x"]),
        st.dictionaries(st.sampled_from(["name", "acr", "sub", "y"]), _json),
    )
)
def test_what_is_taken_can_be_stored(value: dict[str, Any]):
    try:
        asked = request.parse(json.dumps(value))
    except InvalidRequest:
        return
    stored = json.dumps(asked.as_json(), allow_nan=False)
    stored.encode()
    assert "\\u0000" not in stored


def test_a_person_is_named_where_sub_has_a_value():
    assert request.parse('{"id_token":{"sub":{"value":"ada"}}}').subjects == frozenset({"ada"})
    assert request.parse('{"userinfo":{"sub":{"values":["ada","bob"]}}}').subjects == frozenset({"ada", "bob"})
    assert request.parse('{"id_token":{"sub":{"essential":true}}}').subjects is None
    both = '{"id_token":{"sub":{"value":"ada"}},"userinfo":{"sub":{"value":"bob"}}}'
    assert request.parse(both).subjects == frozenset()


def test_what_was_not_allowed_is_taken_out_and_the_sign_in_stays():
    asked = request.parse('{"userinfo":{"name":null,"email":null},"id_token":{"name":null,"acr":null}}')
    assert asked.only({"email"}).as_json() == {"userinfo": {"email": {}}, "id_token": {"acr": {}}}
