"""RFC 7591 §2.3 software statement: metadata that somebody whom the operator trusts vouches for by a signature."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from oauth_server import clock
from oauth_server.errors import InvalidSoftwareStatement, UnapprovedSoftwareStatement
from oauth_server.keys import jose, jwk, remote
from oauth_server.models import Issuer, TrustedIssuer

_TYPS = ("", "jwt", "software-statement+jwt")
_AHEAD = 10


def read(value: object, issuer: Issuer) -> Mapping[str, Any]:
    """The claims of a statement. Raises `InvalidSoftwareStatement`, `UnapprovedSoftwareStatement`."""
    if not isinstance(value, str):
        raise InvalidSoftwareStatement(reason="software_statement is not a string")
    try:
        who = jose.unverified_claims(value).get("iss")
        trusted = _trusted(who, issuer)
        claims = _verified(value, trusted).claims
        _require_now(claims)
    except jose.InvalidJWT as error:
        raise InvalidSoftwareStatement(reason=f"software_statement: {error}") from None
    # RFC 8725 §3.12: nothing else that the same issuer signs, such as an assertion, is a statement about software
    if "sub" in claims or not isinstance(claims.get("software_id"), str):
        raise InvalidSoftwareStatement(reason="software_statement: it names no software, or a subject")
    if claims.get("aud", issuer.identifier) != issuer.identifier:
        raise InvalidSoftwareStatement(reason="software_statement: it is for another server")
    return claims


def _trusted(who: object, issuer: Issuer) -> TrustedIssuer:
    if isinstance(who, str) and who.isascii() and who.isprintable():
        live = Q(expires=None) | Q(expires__gt=clock.now())
        rows = TrustedIssuer.objects.filter(live, issuer=issuer, identifier=who, enabled=True)
        found = rows.filter(signs_software_statements=True).first()
        if found is not None:
            return found
    raise UnapprovedSoftwareStatement(reason="software_statement: its issuer is not trusted for that")


def _verified(value: str, trusted: TrustedIssuer) -> jose.SignedClaims:
    if trusted.jwks_uri:
        return remote.verify_at(value, trusted.jwks_uri, typs=_TYPS, algorithms=jose.ALGORITHMS)
    return jose.verify_foreign(value, jwk.usable_keys(trusted.jwks), typs=_TYPS)


def _require_now(claims: Mapping[str, Any]) -> None:
    """A statement may be good without end, as the software is; what it says about time holds."""
    now = clock.now().timestamp()
    exp, nbf, iat = (jose.numeric_date(claims, name) for name in ("exp", "nbf", "iat"))
    if exp is not None and exp <= now:
        raise jose.InvalidJWT("exp: expired")
    if any(value is not None and value > now + _AHEAD for value in (nbf, iat)):
        raise jose.InvalidJWT("nbf or iat is in the future")
