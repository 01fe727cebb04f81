"""RFC 6750 §3, §3.1 the challenge of an API, RFC 9470 §3 (step-up), RFC 9728 §5.1 (`resource_metadata`). Neither Django nor settings.

A refusal names the rule that failed, in words of ours alone: nothing of what was sent comes back.
"""

import re
from collections.abc import Collection, Iterable
from typing import ClassVar

# RFC 6750 §2.1 b64token
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
# RFC 6750 §3: what may stand in a value; no quote and no backslash
_UNSPEAKABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class Refused(Exception):
    """A request that the API does not answer: `status`, and the value of `WWW-Authenticate` by `challenge`."""

    status: ClassVar[int] = 401
    error: ClassVar[str] = ""

    def __init__(self, description: str = "", **parameters: str) -> None:
        super().__init__(description or self.error)
        self.description = description
        self.parameters = parameters

    def challenge(self, *, realm: str = "", resource_metadata: str = "") -> str:
        named = {"realm": realm, "error": self.error, "error_description": self.description, **self.parameters}
        named["resource_metadata"] = resource_metadata
        told = [f'{name}="{_UNSPEAKABLE.sub("", value)}"' for name, value in named.items() if value]
        return f"Bearer {', '.join(told)}".rstrip()


class NoToken(Refused):
    """RFC 6750 §3.1: no error code when no token was sent."""


class InvalidToken(Refused):
    error = "invalid_token"


class InsufficientScope(Refused):
    """The scopes that would do are named."""

    status = 403
    error = "insufficient_scope"

    def __init__(self, needed: Iterable[str]) -> None:
        super().__init__("The access token does not have the scope for this.", scope=" ".join(needed))


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
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise NoToken
    value = value.strip(" ")
    if not _TOKEN.fullmatch(value):
        raise InvalidToken("The access token is malformed.")
    return value


def require_scopes(granted: Iterable[str], needed: Collection[str]) -> None:
    """Raises `InsufficientScope`."""
    if set(needed) - set(granted):
        raise InsufficientScope(needed)


def require_sign_in(
    acr: str, auth_time: float | None, *, acr_values: Collection[str], max_age: int | None, now: float
) -> None:
    """RFC 9470 §5: one of the levels, and not longer ago than so many seconds. Raises `InsufficientAuthentication`."""
    if acr_values and acr not in acr_values:
        raise InsufficientAuthentication(acr_values=acr_values, max_age=max_age)
    if max_age is not None and (auth_time is None or now - auth_time > max_age):
        raise InsufficientAuthentication(acr_values=acr_values, max_age=max_age, late=True)
