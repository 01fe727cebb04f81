"""RFC 6750 §3, §3.1 the challenge of an API, RFC 9470 §3 (step-up), RFC 9728 §5.1 (`resource_metadata`),
RFC 9449 §7.1 (DPoP). Neither Django nor settings.

A refusal names the rule that failed, in words of ours alone: nothing of what was sent comes back.
"""

import re
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from oauth_server.keys import jose
from oauth_server.proof import dpop as proofs

# RFC 6750 §2.1 b64token
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
# RFC 6750 §3: what may stand in a value; no quote and no backslash
_UNSPEAKABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class Refused(Exception):
    """A request that the API does not answer: `status`, and the value of `WWW-Authenticate` by `challenge`."""

    status: ClassVar[int] = 401
    error: ClassVar[str] = ""
    scheme: ClassVar[str] = "Bearer"

    def __init__(self, description: str = "", **parameters: str) -> None:
        super().__init__(description or self.error)
        self.description = description
        self.parameters = parameters

    def challenge(self, *, realm: str = "", resource_metadata: str = "") -> str:
        named = {"realm": realm, "error": self.error, "error_description": self.description, **self.parameters}
        named["resource_metadata"] = resource_metadata
        told = [f'{name}="{_UNSPEAKABLE.sub("", value)}"' for name, value in named.items() if value]
        return f"{self.scheme} {', '.join(told)}".rstrip()


class NoToken(Refused):
    """RFC 6750 §3.1: no error code when no token was sent."""


class InvalidToken(Refused):
    error = "invalid_token"


class InvalidProof(Refused):
    """RFC 9449 §7.1: the token may be good, whoever sends it does not show its key."""

    error = "invalid_dpop_proof"
    scheme = "DPoP"

    def __init__(self, description: str, algorithms: Iterable[str]) -> None:
        super().__init__(description, algs=" ".join(algorithms))


class InsufficientScope(Refused):
    """The scopes that would do are named."""

    status = 403
    error = "insufficient_scope"

    def __init__(self, needed: Iterable[str]) -> None:
        super().__init__("The access token does not have the scope for this.", scope=" ".join(needed))


class InsufficientDetails(Refused):
    """RFC 6750 §3.1, RFC 9396 §9: no authorization detail of the token covers this."""

    status = 403
    error = "insufficient_scope"

    def __init__(self) -> None:
        super().__init__("The access token has no authorization details for this.")


class InsufficientAuthentication(Refused):
    """RFC 9470 §3: the person has to sign in again, by other means or more recently."""

    error = "insufficient_user_authentication"

    def __init__(self, *, acr_values: Iterable[str] = (), max_age: int | None = None, late: bool = False) -> None:
        told = {"acr_values": " ".join(acr_values), "max_age": "" if max_age is None else str(max_age)}
        super().__init__(
            "The sign-in was too long ago." if late else "The sign-in does not reach the level for this.", **told
        )


class Unavailable(Refused):
    """What the token has to be judged by cannot be had: nobody is let in, and nobody's token is called wrong."""

    status = 503

    def challenge(self, *, realm: str = "", resource_metadata: str = "") -> str:
        return ""


def bearer(authorization: str | None) -> str:
    """The token of an Authorization header. Raises `NoToken`, `InvalidToken`."""
    return credentials(authorization, ("bearer",))[1]


def credentials(authorization: str | None, schemes: Collection[str]) -> tuple[str, str]:
    """The scheme, one of these, and the token of an Authorization header. Raises `NoToken`, `InvalidToken`."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() not in schemes:
        raise NoToken
    value = value.strip(" ")
    if not _TOKEN.fullmatch(value):
        raise InvalidToken("The access token is malformed.")
    return scheme.lower(), value


def require_holder(
    scheme: str, value: str, cnf: object, dpop: str | None, *, method: str, url: str, fresh: proofs.Fresh
) -> None:
    """A token without a key is a bearer token, one that is bound to a key comes with a proof.

    Raises `InvalidToken`, `InvalidProof`, `Unavailable`.
    """
    if scheme == "bearer":
        # RFC 9449 §7.1, RFC 8705 §3: a token of this kind needs its proof
        if cnf is not None:
            raise InvalidToken("cnf: the access token is bound to a key.")
        return
    jkt = cnf.get("jkt") if isinstance(cnf, dict) else None
    if not isinstance(jkt, str):
        raise InvalidToken("cnf: the access token is bound to no key that a proof could show.")
    try:
        proofs.require(dpop or "", jkt=jkt, access_token=value, method=method, url=url, now=time.time(), fresh=fresh)
    except proofs.InvalidProof as error:
        raise InvalidProof(f"The DPoP proof is invalid: {error}", jose.ALGORITHMS) from error
    except proofs.Full as error:
        # RFC 9449 §11.1: none is let in that could come a second time
        raise Unavailable("Too many DPoP proofs are remembered at the moment.") from error


def require_scopes(granted: Iterable[str], needed: Collection[str]) -> None:
    """Raises `InsufficientScope`."""
    if set(needed) - set(granted):
        raise InsufficientScope(needed)


def covering(granted: Iterable[Any], type: str, members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """RFC 9396 §9 of the details of a token those of a type that have these members: of a list at least these values, else the same."""
    of_type = (one for one in granted if isinstance(one, dict) and one.get("type") == type)
    return [one for one in of_type if all(_has(one.get(name), value) for name, value in members.items())]


def _has(held: Any, needed: Any) -> bool:
    if isinstance(needed, (list, tuple, set, frozenset)):
        return isinstance(held, list) and all(one in held for one in needed)
    return type(held) is type(needed) and bool(held == needed)


def require_detail(granted: Iterable[Any], type: str, members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that cover it. Raises `InsufficientDetails`."""
    found = covering(granted, type, members)
    if not found:
        raise InsufficientDetails
    return found


def require_sign_in(
    acr: str, auth_time: float | None, *, acr_values: Collection[str], max_age: int | None, now: float
) -> None:
    """RFC 9470 §5: one of the levels, and not longer ago than so many seconds. Raises `InsufficientAuthentication`."""
    if acr_values and acr not in acr_values:
        raise InsufficientAuthentication(acr_values=acr_values, max_age=max_age)
    if max_age is not None and (auth_time is None or now - auth_time > max_age):
        raise InsufficientAuthentication(acr_values=acr_values, max_age=max_age, late=True)
