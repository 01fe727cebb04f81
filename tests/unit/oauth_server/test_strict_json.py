"""RFC 8259: what two programs could read differently is refused, and so is what is nested to exhaust one."""

import pytest

from oauth_server import strict_json

REFUSED: dict[str, str | bytes] = {
    "a name twice": '{"a": 1, "a": 2}',
    "a name twice, inside": '{"a": [{"b": 1, "b": 1}]}',
    "NaN": "[NaN]",
    "Infinity": '{"a": -Infinity}',
    "nested lists": "[" * 22 + "]" * 22,
    "nested objects": '{"a":' * 22 + "1" + "}" * 22,
    "100,000 brackets": "[" * 100_000,
    "a number without end": "9" * 10_000,
    "a number larger than any": '{"a": 1e999}',
    "no JSON": "{a: 1}",
    "empty": "",
    "half a character": '{"a": "\\ud800"}',
    "half a character for a name": '{"\\udc00": 1}',
    "not UTF-8": b'"\xff"',
}


@pytest.mark.threat(65)
@pytest.mark.spec("RFC 8259", "4")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_plain_json_is_refused(name: str):
    with pytest.raises(ValueError):  # noqa: PT011 the parser has several
        strict_json.parse(REFUSED[name])


@pytest.mark.threat(65)
def test_what_is_plain_json_is_read():
    text = "[" * 19 + '{"a": 1.5}' + "]" * 19
    value = strict_json.parse(text)
    for _ in range(19):
        (value,) = value
    assert value == {"a": 1.5}
    assert strict_json.parse(b'"\\ud83d\\ude00"') == "\U0001f600"
