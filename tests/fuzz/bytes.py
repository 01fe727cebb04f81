"""Requests of any bytes, made from good ones: the same seed gives the same requests."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from tests.flows import FORM, App

# what parsers stumble over
TOKENS = (
    b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"%00", b"%", b"%zz", b"%ff%fe", b"\r\n", b"\t", b";", b"&", b"=", b"+", b"#", b"..",
    b"//", b"'", b'"', b"<script>", b"{{7*7}}", b"${x}", b"\xf0\x9f\x98\x80", b"-1", b"1e999", b"9" * 40,
    b"null", b"[]", b"{}", b"A" * 3_000,
    b"eyJhbGciOiJub25lIn0.e30.", b"oas_at_", b"oas_rt_1zzzz", b"openid", b"*",
    b"a" * 70_000,
)  # fmt: skip
METHODS = ("GET", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "get", "X")
TYPES = (
    FORM,
    FORM,
    FORM,
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain",
    f"{FORM}; charset=utf-7",
    "",
    "x/\xff",
)
NAMES = (
    "grant_type code redirect_uri code_verifier refresh_token scope resource audience client_id client_secret client_assertion token "
    "client_assertion_type token_type_hint response_type response_mode state nonce prompt max_age login_hint id_token_hint request claims "
    "request_uri code_challenge code_challenge_method acr_values ui_locales username password device_code subject_token actor_token "
    "next csrfmiddlewaretoken login email decision user_code id_token_hint post_logout_redirect_uri logout_hint"
).split()
VALUES = (
    "authorization_code", "refresh_token", "client_credentials", "password", "urn:ietf:params:oauth:grant-type:device_code", "code",
    "token", "code id_token", "query", "fragment", "form_post", "none", "login", "consent", "0", "S256", "plain", "openid offline_access",
    "https://rp.example/callback", "http://127.0.0.1:1/x", "javascript:alert(1)", "https://rp.example/callback#x", "", "x",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    path: str
    data: bytes


def requests(paths: list[str], app: App, cookie: str, host: str, seed: int, count: int) -> Iterator[Request]:
    chance = random.Random(seed)
    for number in range(count):
        yield _request(chance, paths[number % len(paths)], app, cookie, host)


def _request(chance: random.Random, path: str, app: App, cookie: str, host: str) -> Request:
    method = chance.choice(METHODS)
    fields = urlencode(_fields(chance, app)).encode()
    query, body = (b"", fields) if method == "POST" and chance.random() < 0.8 else (fields, b"")
    headers = [b"Host: " + host.encode(), b"Connection: keep-alive"]
    headers += [line for line in _credentials(chance, app, cookie) if line]
    if body or method in {"POST", "PUT", "PATCH"}:
        body = _mutated(chance, body)[:60_000]
        headers += [b"Content-Type: " + chance.choice(TYPES).encode("latin-1"), f"Content-Length: {len(body)}".encode()]
    target = path.encode() + (b"?" + _printable(_mutated(chance, query)) if query else b"")
    if chance.random() < 0.1:
        target = _printable(_mutated(chance, target)) or b"/"
        target = target if target.startswith(b"/") else b"/" + target
    head = b"\r\n".join([method.encode() + b" " + target[:6_000] + b" HTTP/1.1", *headers])
    return Request(path, head + b"\r\n\r\n" + body)


def _fields(chance: random.Random, app: App) -> list[tuple[str, str]]:
    known = {"client_id": app.client_id, "client_secret": app.secret, "redirect_uri": str(app.redirect_uri)}
    names = [chance.choice(NAMES) for _ in range(chance.randint(0, 12))]
    return [(name, known[name] if name in known and chance.random() < 0.7 else chance.choice(VALUES)) for name in names]


def _credentials(chance: random.Random, app: App, cookie: str) -> Iterator[bytes]:
    if chance.random() < 0.5:
        good = app.credentials()[0]["authorization"].encode()
        yield b"Authorization: " + (good if chance.random() < 0.8 else _line(_mutated(chance, good)))
    elif chance.random() < 0.3:
        yield b"Authorization: Bearer " + _line(_mutated(chance, quote_plus(chance.choice(VALUES)).encode()))
    if chance.random() < 0.5:
        yield b"Cookie: " + (cookie.encode() if chance.random() < 0.8 else _line(_mutated(chance, cookie.encode())))
    if chance.random() < 0.1:
        name = chance.choice(
            (b"Origin", b"X-Forwarded-For", b"traceparent", b"Accept-Language", b"DPoP", b"X-Forwarded-Host", b"Range")
        )
        yield name + b": " + _line(_mutated(chance, b"https://rp.example"))


def _mutated(chance: random.Random, data: bytes) -> bytes:
    """As it is, half of the time; else with a few places cut, doubled, changed or filled."""
    if chance.random() < 0.5:
        return data
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(found))
        match chance.randint(0, 3):
            case 0:
                found[at:at] = chance.choice(TOKENS)
            case 1:
                del found[at : at + chance.randint(1, 20)]
            case 2:
                found[at:at] = found[max(0, at - 30) : at]
            case _:
                found[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(found)


def _line(data: bytes) -> bytes:
    """What may stand in a header: a line break would end it."""
    return data.replace(b"\r", b"").replace(b"\n", b"").replace(b"\x00", b"")[:6_000]


def _printable(data: bytes) -> bytes:
    """What may stand in a request line; other bytes are what the front end refuses by itself (`specs/wire`)."""
    return bytes(byte for byte in data if 0x21 <= byte <= 0x7E)
