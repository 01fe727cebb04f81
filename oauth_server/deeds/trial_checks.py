"""OpenID Connect Core 1.0 §3.1.3.7, §3.1.3.8, §5.3.2, RFC 9068 §4, RFC 9207 §2.4: what a client checks of what it is answered."""

import hmac
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from oauth_server.deeds.trial_report import UNTESTED, Check, check
from oauth_server.keys import jose
from oauth_server.models import Client
from oauth_server.tokens import id_token as ours
from oauth_server.tokens import jwt_access_token, lookup

_SKEW = 10
Keys = Sequence[Mapping[str, Any]]


def response(answer: Mapping[str, str], sent: Mapping[str, str], issuer: str) -> list[Check]:
    """RFC 6749 §4.1.2, §10.12, RFC 9207 §2.4: the answer at the redirect URI."""
    error, told = answer.get("error", ""), answer.get("error_description", "")
    state, iss = answer.get("state", ""), answer.get("iss", "")
    return [
        check(_("The request is granted"), not error, f"{error}: {told}" if error else ""),
        check(_("state is the one that was sent"), hmac.compare_digest(state.encode(), sent["state"].encode())),
        check(_("iss names this issuer"), iss == issuer, iss),
        *([] if error else [check(_("A code has come"), bool(answer.get("code")))]),
    ]


def token_answer(status: int, headers: Mapping[str, str], body: Mapping[str, Any], asked: str) -> list[Check]:
    """RFC 6749 §5.1: what every answer of the token endpoint has."""
    if status != 200:
        told = f"{status} {body.get('error', '')}: {body.get('error_description', '')}"
        return [check(_("The token endpoint gives tokens"), False, told)]
    granted = str(body.get("scope", ""))
    missing = sorted(set(asked.split()) - set(granted.split()))
    less = _("Not granted, or not for this API: %(names)s.") % {"names": " ".join(missing)} if missing else ""
    return [
        check(_("The token endpoint gives tokens"), True, "200"),
        check(_("token_type is Bearer"), body.get("token_type") == "Bearer"),
        check(_("The answer is kept in no cache"), "no-store" in headers.get("Cache-Control", "")),
        check(_("expires_in is a positive number"), isinstance(body.get("expires_in"), int) and body["expires_in"] > 0),
        check(_("scope is what is granted"), bool(granted) or not asked, less or granted),
    ]


def id_token(
    token: str, client: Client, keys: Keys, *, nonce: str, access_token: str
) -> tuple[Mapping[str, Any], list[Check]]:
    """The verified claims, and each rule. An encrypted one is for the client's eyes."""
    if token.count(".") == 4:
        return {}, [Check(_("ID token"), UNTESTED, _("It is encrypted: only the client can open it."))]
    issuer = client.issuer.identifier
    try:
        signed = jose.verify(token, keys, typ=ours.TYP, issuer=issuer)
    except jose.InvalidJWT as error:
        return {}, [check(_("ID token: a key of the key set signed it"), False, str(error))]
    claims = signed.claims
    algorithm, now = str(signed.header["alg"]), time.time()
    aud = claims.get("aud")
    several = isinstance(aud, list) and len(aud) > 1
    found = [
        check(_("ID token: a key of the key set signed it"), True, f"{algorithm}, {signed.header.get('kid', '')}"),
        check(_("ID token: iss names this issuer"), claims.get("iss") == issuer, issuer),
        check(_("ID token: aud names the client"), client.client_id in (aud if isinstance(aud, list) else [aud])),
        check(_("ID token: it has not expired"), _number(claims, "exp") > now - _SKEW),
        check(_("ID token: it was made just now"), abs(_number(claims, "iat") - now) < 300),
        check(_("ID token: the algorithm is the registered one"), algorithm == client.algorithm, algorithm),
        check(_("ID token: sub names a person"), bool(claims.get("sub"))),
    ]
    if several or "azp" in claims:
        found.append(check(_("ID token: azp names the client"), claims.get("azp") == client.client_id))
    if nonce:
        same = hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        found.append(check(_("ID token: nonce is the one that was sent"), same))
    if "at_hash" in claims:
        same = claims["at_hash"] == jose.left_half(access_token, algorithm)
        found.append(check(_("ID token: at_hash belongs to the access token"), same))
    if client.require_auth_time:
        found.append(check(_("ID token: auth_time is there"), isinstance(claims.get("auth_time"), int)))
    return claims, found


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    return value if isinstance(value, int) else 0


def access_token(token: str, client: Client, keys: Iterable[Mapping[str, Any]]) -> list[Check]:
    """RFC 9068 §4 for a JWT; an opaque one is known to this server alone."""
    found = lookup.access_token(token)
    live = check(_("Access token: this server knows it as active"), found is not None and found.active)
    if token.count(".") != 2:
        return [live]
    try:
        claims = jose.verify(token, keys, typ=jwt_access_token.TYP, issuer=client.issuer.identifier).claims
    except jose.InvalidJWT as error:
        return [check(_("Access token: a key of the key set signed it"), False, str(error)), live]
    aud = claims.get("aud")
    return [
        check(_("Access token: a key of the key set signed it"), True),
        check(_("Access token: client_id names the client"), claims.get("client_id") == client.client_id),
        check(_("Access token: aud names an API"), bool(aud), aud if isinstance(aud, str) else " ".join(aud or [])),
        live,
    ]


def userinfo(status: int, claims: Mapping[str, Any], identity: Mapping[str, Any]) -> list[Check]:
    """OpenID Connect Core 1.0 §5.3.2: its `sub` is that of the ID token, or nothing of it is used."""
    found = [check(_("UserInfo answers"), status == 200, str(status))]
    if status == 200 and identity:
        found.append(check(_("UserInfo: sub is that of the ID token"), claims.get("sub") == identity.get("sub")))
    return found
