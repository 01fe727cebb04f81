"""RFC 7517, RFC 8725: the keys that are published."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("keys")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_MATERIAL = ("kty", "crv", "n", "e", "x", "y")
_RSA_BITS = 2048
_WEEK = 7 * 86_400


def check(site: Site) -> Iterator[Finding]:
    url = site.metadata.get("jwks_uri")
    if not url:
        return
    try:
        answer = site.get(str(url))
    except fetch.Unreachable:
        # the endpoint is told of under metadata
        return
    found = answer.json().get("keys")
    keys = [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []
    if not keys:
        yield _AREA.error(f"{url} holds no keys", "Run `oauth rotate keys`, and see that /readyz answers with 200.")
        return
    yield from judge(keys, site.metadata.get("id_token_signing_alg_values_supported") or ())
    yield _caching(answer.headers.get("cache-control", ""))


def judge(keys: Sequence[Mapping[str, Any]], offered: Sequence[str]) -> Iterator[Finding]:
    """`offered`: the algorithms of ID tokens in the metadata."""
    problems = [*_leaks(keys), *_doubles(keys), *_weak(keys), *_unnamed(keys)]
    yield from problems
    if not problems:
        algorithms = ", ".join(sorted({str(key["alg"]) for key in keys}))
        yield _AREA.ok(f"{len(keys)} public keys, each by its own ID: {algorithms}")
    known = {key.get("alg") for key in keys}
    if keys and not known & set(offered) and offered:
        yield _AREA.error(
            f"no key has an algorithm of ID tokens ({', '.join(offered)})",
            "Add one of them to SIGNING_ALGORITHMS and run `oauth create jwk --algorithm …`.",
        )


def _leaks(keys: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for key in keys:
        if any(name in key for name in _PRIVATE):
            yield _AREA.error(
                f"the private half of {key.get('kid')} is published",
                "Run `oauth delete jwk KEY_ID --force` now: whoever read it can sign as this server.",
            )


def _doubles(keys: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    change = "Revoke one of them with `oauth delete jwk KEY_ID`."
    for kid, number in Counter(str(key.get("kid")) for key in keys).items():
        if number > 1:
            yield _AREA.error(f"{number} keys have the ID {kid}", change)
    material = Counter(json.dumps({name: key.get(name) for name in _MATERIAL}, sort_keys=True) for key in keys)
    if any(number > 1 for number in material.values()):
        yield _AREA.error("one key is published under several IDs", change)


def _weak(keys: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for key in keys:
        bits = _bits(key.get("n")) if key.get("kty") == "RSA" else None
        if bits is not None and bits < _RSA_BITS:
            yield _AREA.error(
                f"{key.get('kid')} has {bits} bits; RFC 7518 §3.3 asks for {_RSA_BITS}",
                "Run `oauth rotate keys`, and later `oauth delete jwk KEY_ID`.",
            )


def _unnamed(keys: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if any(not key.get("kid") or not key.get("alg") or key.get("use") != "sig" for key in keys):
        yield _AREA.warning(
            "a key does not say its ID, its algorithm or its use",
            "Publish `kid`, `alg` and `use`: clients choose by them.",
        )


def _bits(n: Any) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(f"{n}==")).bit_length()
    except (ValueError, binascii.Error):
        return 0


def _caching(control: str) -> Finding:
    age = next(
        (part.partition("=")[2] for part in control.replace(" ", "").split(",") if part.startswith("max-age=")), ""
    )
    if age.isdecimal() and 0 < int(age) <= _WEEK:
        return _AREA.ok(f"clients keep them for {age} seconds")
    return _AREA.warning(
        f"the key set has the Cache-Control {control!r}",
        "Let the proxy leave the header alone (setting JWKS_MAX_AGE): without an age clients fetch it for every token or keep it too long.",
    )
