"""RFC 9396: what is read of authorization details, what is refused, what is less, and which API they are for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.errors import InvalidAuthorizationDetails
from oauth_server.models import Audience, AuthorizationDetailType
from oauth_server.policy import detail_schema, details
from oauth_server.policy.detail_types import TYPES, DetailType
from oauth_server.policy.reach import Reach
from oauth_server.resource_server import challenge, metadata
from oauth_server.resource_server.verifier import AccessToken

ISSUER = "https://id.example"
BANK, FILES = Audience(identifier="https://bank.example"), Audience(identifier="https://files.example")
DEEP = Audience(identifier="https://files.example/private")
PAYMENT = {
    "type": "object",
    "properties": {
        "actions": {"type": "array", "items": {"type": "string"}},
        "amount": {
            "type": "object",
            "properties": {
                "value": {"type": "string", "minLength": 1, "maxLength": 12},
                "currency": {"type": "string", "enum": ["EUR", "USD"]},
            },
            "required": ["value", "currency"],
        },
        "times": {"type": "integer", "minimum": 1, "maximum": 12},
        "rate": {"type": "number"},
        "urgent": {"type": "boolean"},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"to": {"type": "string"}}}},
    },
    "required": ["amount"],
}
ROWS = {
    "payment": AuthorizationDetailType(type="payment", audience=BANK, schema=PAYMENT),
    "files": AuthorizationDetailType(type="files"),
}
REACH = Reach(ISSUER, {}, {row.identifier: row for row in (BANK, FILES, DEEP)}, (), ROWS)
AMOUNT = {"value": "10.00", "currency": "EUR"}
PAY: dict[str, Any] = {"type": "payment", "amount": AMOUNT}


def read(*found: Any) -> tuple[Any, ...]:
    return details.read(json.dumps(found), REACH)


@pytest.mark.spec("RFC 9396", "2")
def test_what_its_type_has_is_read_and_the_same_twice_is_once():
    full = {**PAY, "actions": ["initiate"], "times": 3, "rate": 1.5, "urgent": True, "parts": [{"to": "ada"}, {}]}
    files = {"type": "files", "identifier": "a", "actions": ["read"], "datatypes": ["d"], "privileges": ["p"]}
    assert read(full, files, {**full, "amount": dict(reversed(AMOUNT.items()))}) == (full, files)
    assert details.read(None, REACH) == details.read("", REACH) == ()


@pytest.mark.threat(65)
@pytest.mark.spec("RFC 9396", "5")
@pytest.mark.parametrize(
    "text",
    [
        "x",
        "{}",
        "[]",
        "null",
        "1",
        '"payment"',
        "[1]",
        "[[]]",
        "[{}]",
        '[{"type": 1}]',
        '[{"type": "unknown"}]',
        '[{"type": ["files"]}]',
        '[{"type": "files", "type": "files"}]',
        '[{"type": "files", "unknown": 1}]',
        '[{"type": "files", "actions": "read"}]',
        '[{"type": "files", "actions": []}]',
        '[{"type": "files", "actions": [1]}]',
        '[{"type": "files", "identifier": null}]',
        '[{"type": "files", "identifier": "a\\u0000"}]',
        '[{"type": "files", "identifier": "\\ud800"}]',
        '[{"type": "files", "identifier": "a\\u202eb"}]',
        '[{"type": "payment"}]',
        '[{"type": "payment", "amount": {"value": "1"}}]',
        '[{"type": "payment", "amount": {"value": 1, "currency": "EUR"}}]',
        '[{"type": "payment", "amount": {"value": "", "currency": "EUR"}}]',
        '[{"type": "payment", "amount": {"value": "1", "currency": "XXX"}}]',
        '[{"type": "payment", "amount": {"value": "1234567890123", "currency": "EUR"}}]',
        *(
            f'[{{"type": "payment", "amount": {{"value": "1", "currency": "EUR"}}, {rest}}}]'
            for rest in (
                '"times": 0',
                '"times": 13',
                '"times": true',
                '"times": 1.5',
                '"rate": 1e999',
                '"rate": NaN',
                '"rate": 9007199254740994',
                f'"rate": {10**400}',
                '"rate": "1"',
                '"urgent": 1',
                '"parts": [{"other": 1}]',
                '"parts": {}',
                '"locations": ["https://files.example"]',
                '"identifier": "x"',
            )
        ),
        '[{"type": "files", "locations": ["https://elsewhere.example"]}]',
        '[{"type": "files", "locations": ["https://files.example/a/../private/b"]}]',
        '[{"type": "files", "locations": ["https://files.example/a/%2E%2e/b"]}]',
        '[{"type": "files", "locations": ["https://files.example/a\\\\b"]}]',
        '[{"type": "files", "locations": ["https://bank.example.evil"]}]',
        "[" * 100_000,
        '[{"type": "files", "identifier": ' + "[" * 30 + "]" * 30 + "}]",
        json.dumps([{"type": "files", "identifier": "x" * 8_000}]),
        json.dumps([{"type": "files", "identifier": str(n)} for n in range(21)]),
    ],
    ids=lambda text: text[:60],
)
def test_anything_else_is_refused_and_nothing_of_it_comes_back(text: str):
    with pytest.raises(InvalidAuthorizationDetails) as refused:
        details.read(text, REACH)
    assert refused.value.error == "invalid_authorization_details"
    assert refused.value.description.isascii()
    assert not {"elsewhere", "XXX", "unknown:", "evil"} & set(refused.value.description.split())
    with pytest.raises(InvalidAuthorizationDetails):
        details.narrow(text, [{"type": "files", "identifier": "b"}], REACH)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
_NEAR = st.fixed_dictionaries(
    {"type": st.sampled_from(["payment", "files", "x"]), "amount": st.just(AMOUNT) | _JSON},
    optional=dict.fromkeys(("actions", "locations", "times", "parts", "identifier"), _JSON),
)


@pytest.mark.threat(65)
@given(st.text() | st.lists(_NEAR | _JSON, max_size=3).map(json.dumps))
def test_whatever_is_sent_it_is_read_or_refused_by_name(text: str):
    try:
        found = details.read(text, REACH)
    except InvalidAuthorizationDetails:
        return
    # what was read can be stored, and is within itself
    assert details.narrow(json.dumps(found), found, REACH) == found if found else not text
    assert [details.name(one) for one in json.loads(json.dumps(found))] == [details.name(one) for one in found]


GRANTED = [
    {**PAY, "actions": ["initiate", "status"]},
    {"type": "files", "identifier": "a", "locations": ["https://files.example/x"]},
]


@pytest.mark.spec("RFC 9396", "6.1")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, GRANTED),
        ([{"type": "payment"}], [GRANTED[0]]),
        ([{"type": "payment", "actions": ["status"]}], [{**GRANTED[0], "actions": ["status"]}]),
        ([{**PAY, "actions": ["status", "initiate"]}], [{**GRANTED[0], "actions": ["status", "initiate"]}]),
        ([{"type": "files"}, {"type": "files", "identifier": "a"}], [GRANTED[1]]),
        ([{"type": "payment", "actions": ["cancel"]}], None),
        ([{"type": "payment", "actions": []}], None),
        ([{**PAY, "amount": {**AMOUNT, "value": "10.01"}}], None),
        ([{**PAY, "times": 2}], None),
        ([{"type": "files", "identifier": "b"}], None),
        ([{"type": "other"}], None),
        ([{"type": "files"}, {"type": "other"}], None),
    ],
    ids=str,
)
def test_a_token_has_the_same_or_less(asked: Any, expected: Any):
    text = None if asked is None else json.dumps(asked)
    if expected is None:
        with pytest.raises(InvalidAuthorizationDetails):
            details.narrow(text, GRANTED, REACH)
    else:
        assert list(details.narrow(text, GRANTED, REACH)) == expected


@pytest.mark.spec("RFC 9396", "2.2")
@pytest.mark.spec("RFC 9396", "9")
@pytest.mark.parametrize(
    ("detail", "apis"),
    [
        (PAY, ["https://bank.example"]),
        ({**PAY, "locations": ["https://bank.example/v1"]}, ["https://bank.example"]),
        ({"type": "files"}, []),
        ({"type": "files", "locations": [f"{DEEP.identifier}/a", f"{FILES.identifier}/b"]}, [DEEP.identifier, FILES.identifier]),
        ({"type": "files", "locations": [ISSUER]}, [ISSUER]),
    ],
    ids=str,
)  # fmt: skip
def test_each_is_for_its_own_api(detail: Any, apis: list[str]):
    assert list(details.audiences([detail], REACH)) == apis
    for identifier in (BANK.identifier, FILES.identifier, DEEP.identifier, ISSUER):
        assert details.at([detail], [identifier], REACH) == ((detail,) if not apis or identifier in apis else ())
    # of a type that the client lost, nothing is left
    assert details.at([detail], apis, Reach(ISSUER, {}, {}, ())) == ()


def test_true_is_not_one_and_a_number_is_the_same_however_it_is_kept():
    assert details.name({"a": True}) != details.name({"a": 1})
    assert details.name({"a": 2.0, "b": [{"c": 1}]}) == details.name({"b": [{"c": 1}], "a": 2})


@pytest.mark.spec("RFC 9396", "2.1")
@pytest.mark.parametrize(
    ("schema", "is_good"),
    [
        ({}, True),
        (PAYMENT, True),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ([], False),
        (None, False),
        ({"type": "string"}, False),
        ({"type": "object", "properties": {"type": {"type": "string"}}}, False),
        ({"type": "object", "properties": {"actions": {"type": "string"}}}, False),
        ({"type": "object", "properties": {"actions": {"type": "array", "items": {"type": "object"}}}}, False),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}, False),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, False),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, False),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, False),
        ({"type": "object", "properties": {"a": {"type": "string", "minimum": 1}}}, False),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": []}}}, False),
        ({"type": "object", "required": ["a"]}, False),
        ({"type": "object", "additionalProperties": True}, False),
    ],
    ids=str,
)
def test_a_schema_says_only_what_is_checked(schema: Any, is_good: bool):
    assert (detail_schema.fault(schema) == "") is is_good


class Capped(DetailType):
    """What a project's code adds to a type."""

    type = "payment"

    def problem(self, detail: Any) -> str:
        return "The amount is above the limit." if float(detail["amount"]["value"]) > 1000 else ""

    def narrowed(self, asked: Any, granted: Any) -> Any:
        return {**granted, **asked} if float(asked["amount"]["value"]) <= float(granted["amount"]["value"]) else None

    def enriched(self, detail: Any, user: Any) -> Any:
        return {**detail, "type": "other", "parts": [{"to": str(user)}]}


@pytest.mark.spec("RFC 9396", "7.1")
def test_code_of_the_project_judges_compares_and_enriches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(TYPES, "_entries", {})
    TYPES.add(Capped())
    try:
        with pytest.raises(InvalidAuthorizationDetails, match="above the limit"):
            read({**PAY, "amount": {**AMOUNT, "value": "1000.01"}})
        less = {**PAY, "amount": {**AMOUNT, "value": "9"}}
        assert list(details.narrow(json.dumps([less]), [PAY], REACH)) == [less]
        with pytest.raises(InvalidAuthorizationDetails):
            details.narrow(json.dumps([PAY]), [less], REACH)
        # the type stays
        assert details.enriched([PAY], "ada") == [{**PAY, "parts": [{"to": "ada"}]}]
    finally:
        TYPES.forget()


@pytest.mark.spec("RFC 9396", "9")
@pytest.mark.parametrize(
    ("members", "covers"),
    [
        ({}, True),
        ({"actions": ["status"]}, True),
        ({"actions": ("initiate", "status")}, True),
        ({"amount": AMOUNT}, True),
        ({"actions": ["cancel"]}, False),
        ({"actions": "status"}, False),
        ({"amount": {}}, False),
        ({"times": 1}, False),
    ],
    ids=str,
)
def test_an_api_asks_whether_a_detail_covers_a_call(members: dict[str, Any], covers: bool):
    held = AccessToken({"authorization_details": [7, {"type": "files"}, GRANTED[0]]}).authorization_details
    if covers:
        assert challenge.require_detail(held, "payment", members) == [GRANTED[0]]
    else:
        with pytest.raises(challenge.InsufficientDetails) as refused:
            challenge.require_detail(held, "payment", members)
        assert refused.value.challenge(realm="r").startswith('Bearer realm="r", error="insufficient_scope", error_desc')
    assert (
        AccessToken({"authorization_details": "payment"}).authorization_details
        == AccessToken({}).authorization_details
        == []
    )


@pytest.mark.spec("RFC 9728", "2")
def test_the_metadata_of_an_api_names_its_types():
    told = metadata.protected_resource(BANK.identifier, authorization_servers=[ISSUER], details_types=["payment"])
    assert told["authorization_details_types_supported"] == ["payment"]
