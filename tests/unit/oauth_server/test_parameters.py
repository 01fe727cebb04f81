"""The parameters of a request: each at most once, none empty, only text."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_server.errors import InvalidRequest
from oauth_server.parameters import Parameters

BAD = [
    b"a=1&a=2",
    b"a=1&a=1",
    b"a=1&a=",
    b"a=%00",
    b"%00=1",
    b"a=\x00",
    b"a=%ff",
    b"a=\xff",
    b"a=%c0%af",
    b"a=%ed%a0%80",
    b"a=\xed\xa0\x80",
    b"a=%80",
    b"a=%f4%90%80%80",
    b"&".join(b"p%d=1" % n for n in range(201)),
    b"a&" * 100_000,
]


@pytest.mark.threat(66, 68, 69)
@pytest.mark.parametrize("raw", BAD, ids=range(len(BAD)))
def test_these_are_refused(raw: bytes):
    with pytest.raises(InvalidRequest):
        Parameters.parse(raw)


@pytest.mark.seed("S-64")
@pytest.mark.spec("RFC 6749", "3.1")
def test_an_empty_pair_is_skipped_and_an_empty_value_is_none():
    found = Parameters.parse(b"&&a=1&&b=&c&resource=&resource=x&resource=y")
    assert (found.get("a"), found.optional("b"), found.optional("c")) == ("1", None, None)
    assert found.all("resource") == ("x", "y")
    assert "a" in found
    assert "b" not in found
    with pytest.raises(InvalidRequest):
        found.require("b")


@pytest.mark.threat(68)
def test_resource_and_audience_alone_may_repeat():
    found = Parameters.parse(b"resource=a&resource=b&audience=c&audience=d")
    assert (found.all("resource"), found.all("audience")) == (("a", "b"), ("c", "d"))


@pytest.mark.threat(121)
def test_what_is_not_declared_does_not_reach_a_step():
    found = Parameters.parse(b"code=1&user=2&sub=3").only(frozenset({"code"}))
    assert found.get("code") == "1"
    assert "user" not in found
    assert found.as_dict() == {"code": ["1"]}


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=20))
def test_text_comes_back_as_it_was(values: dict[str, str]):
    from urllib.parse import urlencode

    clean = {k: v for k, v in values.items() if "\x00" not in k + v and (k + v).isprintable()}
    found = Parameters.parse(urlencode(clean).encode())
    assert {name: found.get(name) for name in clean} == clean
    assert Parameters.from_dict(found.as_dict()).as_dict() == found.as_dict()


@given(st.binary())
@pytest.mark.threat(69)
def test_any_bytes_are_read_or_refused(raw: bytes):
    try:
        found = Parameters.parse(raw)
    except InvalidRequest:
        return
    assert isinstance(found.as_dict(), dict)


@given(st.text(st.sampled_from("ab=&+%2620é;#/"), max_size=60))
def test_they_are_read_as_the_standard_library_reads_them(text: str):
    try:
        found = Parameters.parse(text.encode())
    except InvalidRequest:
        return
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    assert found.as_dict() == {name: [value] for name, value in pairs if value}
