"""What people and programs write into a field by mistake or on purpose: each once made somebody's server fail."""

import random
from typing import Any

# Half a character stands for a byte that is no UTF-8: forms and addresses carry it as one, JSON as its escape
TEXTS = (
    "", " ", "\x00", "a\x00b", "\udc80", "\u202e", "\r\nX: y", "\t", "%00", "%", "é@ü", "²", "١٢", "🏴" * 80, "x" * 300, "x" * 5_000,
    "0", "-1", "1.5", "9" * 10, "9" * 19, "9" * 400, "1e999", "NaN", "Infinity", "true", "null", "None",
    "{", "[]", "{}", '{"a":', "[" * 3_000, '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e400}', '{"en": 5}', '[{"type": []}]',
    '{"keys": [5]}', "https://[", "//[", "https://[]/", "http://a:99999999/", "https://é.example", "https://x/%zz", "custom://[",
    "javascript:alert(1)", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "99999-01-01", "2026-02-30",
    "23:59:60", "P1D", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-00000000000}", "-" * 40, "..", "../../x", "a/b",
    "\\", "'", '"><b>', "%s%n{0}", "{0.__class__}", "=1+1", ",,,", "*", "@", "x@[", "x@" + "y" * 260, "#", "?", "&", ";", "AAAA==", "=",
    "oas_at_1", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "-----BEGIN PUBLIC KEY-----", "GIF89a", "email\nx\x00@example.org,\n",
)  # fmt: skip
_KEYS: tuple[dict[str, str], ...] = (
    {"kty": "RSA"}, {"kty": "RSA", "n": "AA", "e": "AQAB"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "oct", "k": "AA"},
    {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {},
)  # fmt: skip
_OTHERS: tuple[Any, ...] = (
    0,
    -1,
    1.5,
    10**30,
    True,
    None,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": None},
    {"en": None},
    {"en": {}},
    *({"keys": [key]} for key in _KEYS),
)


def any_value(chance: random.Random) -> Any:
    """For JSON: a text by itself, in a list or in an object, or something of another kind."""
    text = chance.choice(TEXTS)
    return chance.choice(
        (
            text,
            text,
            [text],
            {text: text},
            {"en": text},
            {"keys": [{"kty": text, "kid": text, "n": text}]},
            chance.choice(_OTHERS),
        )
    )
