"""RFC 7591 §2 jwks, jwks_uri and the algorithms of a client: a key for everything that needs one."""

from django.utils.translation import gettext as _

from oauth_server.client_auth.registry import METHODS
from oauth_server.keys import jwk
from oauth_server.registration.wanted import Problems, Wanted

_ENCRYPTED = ("id_token", "userinfo")


def authentication(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §9: the method has its keys, and the algorithm is one of the method's."""
    method, algorithm = (
        wanted.members[name] for name in ("token_endpoint_auth_method", "token_endpoint_auth_signing_alg")
    )
    if not wanted.changes("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks", "jwks_uri"):
        return
    if method == "private_key_jwt" and not wanted.has_keys:
        yield "jwks", _("private_key_jwt needs jwks or jwks_uri.")
    found = METHODS.get(method)
    own = found.signing_algorithms if found is not None else ()
    known = own or tuple(name for one in METHODS for name in one.signing_algorithms)
    if algorithm and algorithm not in known:
        yield "token_endpoint_auth_signing_alg", _("Known: %(known)s.") % {"known": ", ".join(known)}


def sets(wanted: Wanted) -> Problems:
    """RFC 7591 §2: one of the two, and public keys that are strong enough."""
    jwks = wanted.members["jwks"]
    if jwks and wanted.members["jwks_uri"]:
        yield "jwks", _("Give jwks or jwks_uri, not both.")
    if jwks is not None and wanted.changes("jwks"):
        wrong = jwk.jwks_problem(jwks)
        if wrong:
            yield "jwks", _(wrong)


def encryption(wanted: Wanted) -> Problems:
    """OpenID Connect Dynamic Client Registration 1.0 §2: enc needs alg, and both need a key."""
    for what in _ENCRYPTED:
        alg, enc = (wanted.members[f"{what}_encrypted_response_{part}"] for part in ("alg", "enc"))
        if enc and not alg:
            yield f"{what}_encrypted_response_enc", _("It needs %(name)s.") % {"name": f"{what}_encrypted_response_alg"}
        if alg and not wanted.has_keys:
            yield f"{what}_encrypted_response_alg", _("It needs jwks or jwks_uri.")
