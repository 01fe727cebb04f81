"""The floor: bare code that runs the same SQL as our endpoints and checks nothing but the secret and the row.

The statements are those that our own endpoints ran once while the database was filled (`captured`), so they are the same to the letter.
Parsing, Basic, one keyed digest of the secret, the token, its digest, the signatures and the JSON are the floor's own.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse

from bench.captured import Captured, load
from oauth_server.digest import Kind, _key

_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_SECRET = settings.SECRET_KEY
_HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
# its place among the columns that introspection reads
_SUB = 14
_kept: dict[str, Any] = {}


def _seed() -> dict[str, Any]:
    if not _kept:
        seed = json.loads(Path(os.environ["BENCH_SEED"]).read_text())
        clients = {seed[name]["id"]: _digest(Kind.CLIENT_SECRET, seed[name]["secret"]) for name in seed["clients"]}
        _kept.update(captured=load(seed["captured"]), clients=clients, jwt=seed["machine_jwt"]["id"])
    return _kept


def _digest(kind: Kind, value: str) -> str:
    inner = hashlib.sha256(value.encode()).hexdigest().encode()
    return hmac.digest(_key(_SECRET, kind), inner, "sha256").hex()


def _token() -> str:
    return f"oas_at_{secrets.token_urlsafe(40)}"


def _jwt(algorithm: str, claims: dict[str, Any]) -> str:
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": algorithm, "kid": "1"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    if algorithm == "RS256":
        signature = _RSA.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(_EC.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return b".".join([signed, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def _execute(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    if settings.FRONT == "django":
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone() if cursor.description else None
    connection.ensure_connection()
    raw_connection = connection.connection
    raw_connection.prepare_threshold = 1
    with connection.wrap_database_errors, psycopg.Cursor(raw_connection) as cursor:
        cursor.execute(statement, parameters)
        # `description` is made of an object for each column
        return cursor.fetchone() if cursor.pgresult is not None and cursor.pgresult.nfields else None


def _run(captured: Captured, new: dict[str, Any]) -> tuple[Any, ...]:
    """The statements with the values of this request in place of those of the captured one; the first row."""
    swap = {captured.values[name]: value for name, value in new.items() if name in captured.values}
    first: tuple[Any, ...] | None = None
    with transaction.atomic() if captured.transactional else nullcontext():
        for statement, parameters in captured.statements:
            row = _execute(statement, [swap.get(value, value) for value in parameters])
            if first is None:
                first = row or ()
                if captured.transactional:
                    family = json.loads(first[-1])
                    swap |= {captured.values["family"]: family["id"], captured.values["row"]: first[0]}
    assert first is not None
    return first


def _answer(path: str, authorization: str, body: bytes) -> dict[str, Any]:
    seed = _seed()
    if path == "/userinfo":
        return _userinfo(seed, authorization.partition(" ")[2])
    form = dict(parse_qsl(body.decode()))
    client_id, _, secret = base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")
    assert hmac.compare_digest(_digest(Kind.CLIENT_SECRET, secret), seed["clients"][client_id])
    if path == "/oauth2/introspect":
        return _introspection(seed, form["token"])
    if form["grant_type"] == "client_credentials":
        return _client_credentials(seed, client_id)
    return _person(seed, client_id, form)


def _client_credentials(seed: dict[str, Any], client_id: str) -> dict[str, Any]:
    if client_id == seed["jwt"]:
        now = int(time.time())
        claims = {"iss": "https://id.example", "sub": client_id, "aud": "https://api.example", "iat": now}
        value = _jwt("ES256", {**claims, "client_id": client_id, "exp": now + 3600, "jti": secrets.token_urlsafe(16)})
        _run(seed["captured"]["client_credentials_jwt"], {})
    else:
        value = _token()
        _run(seed["captured"]["client_credentials"], {"access": _digest(Kind.ACCESS_TOKEN, value)})
    return {"access_token": value, "token_type": "Bearer", "expires_in": 3600, "scope": ""}


def _introspection(seed: dict[str, Any], token: str) -> dict[str, Any]:
    row = _run(seed["captured"]["introspection"], {"presented": _digest(Kind.ACCESS_TOKEN, token)})
    return {
        "active": row[7].timestamp() > time.time(),
        "client_id": row[1],
        "scope": row[4],
        "aud": json.loads(row[5]),
        "iat": int(row[6].timestamp()),
        "exp": int(row[7].timestamp()),
        "sub": row[_SUB],
        "token_type": "Bearer",
        "iss": "https://id.example",
    }


def _userinfo(seed: dict[str, Any], token: str) -> dict[str, Any]:
    row = _run(seed["captured"]["userinfo"], {"presented": _digest(Kind.ACCESS_TOKEN, token)})
    assert row
    return {"sub": "1", "email": "ada@example.org"}


def _person(seed: dict[str, Any], client_id: str, form: dict[str, str]) -> dict[str, Any]:
    kind, presented = Kind.AUTHORIZATION_CODE, form.get("code")
    if presented is None:
        kind, presented = Kind.REFRESH_TOKEN, form["refresh_token"]
    access, refresh = _token(), _token()
    new = {
        "presented": _digest(kind, presented),
        "access": _digest(Kind.ACCESS_TOKEN, access),
        "refresh": _digest(Kind.REFRESH_TOKEN, refresh),
    }
    now = int(time.time())
    identity = _jwt("RS256", {"iss": "https://id.example", "sub": "1", "aud": client_id, "iat": now, "exp": now + 3600})
    _run(seed["captured"]["code" if "code" in form else "refresh"], new)
    tokens = {"access_token": access, "refresh_token": refresh, "id_token": identity}
    return {**tokens, "token_type": "Bearer", "expires_in": 3600, "scope": "openid email offline_access"}


def raw(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The floor as a WSGI callable."""
    for one in connections.all(initialized_only=True):
        one.close_if_unusable_or_obsolete()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    found = _answer(
        environ["PATH_INFO"],
        environ.get("HTTP_AUTHORIZATION", ""),
        environ["wsgi.input"].read(length) if length else b"",
    )
    body = json.dumps(found).encode()
    start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(body)))])
    return [body]


def in_django(request: HttpRequest, path: str) -> HttpResponse:
    """The floor as a Django view."""
    found = _answer(request.path_info, request.META.get("HTTP_AUTHORIZATION", ""), request.body)
    body = json.dumps(found).encode()
    return HttpResponse(body, headers=dict([*_HEADERS, ("Content-Length", str(len(body)))]))
