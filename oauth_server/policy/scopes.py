"""RFC 6749 §3.3 scope: which of the asked ones a client may have. OpenID Connect Core 1.0 §11 offline_access."""

import re
from collections.abc import Iterable

from oauth_server.errors import InvalidScope
from oauth_server.models import authorization
from oauth_server.policy.reach import Reach

OPENID = "openid"
# What begins so opens the management API
MANAGE = "manage:"
OFFLINE_ACCESS = authorization.OFFLINE_ACCESS
# Ory's older name of offline_access
_ALIASES = {"offline": OFFLINE_ACCESS}
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+", re.ASCII)
_MOST = 100


def parse(value: str) -> tuple[str, ...]:
    """The scope tokens in their order, each once. Raises `InvalidScope`."""
    if not value:
        return ()
    names = tuple(dict.fromkeys(_ALIASES.get(name, name) for name in value.split(" ") if name))
    if len(names) > _MOST:
        raise InvalidScope("Too many scopes.")
    for name in names:
        if not _TOKEN.fullmatch(name):
            raise InvalidScope("A scope contains a character that is not allowed.")
        if "," in name:
            raise InvalidScope("Scopes are separated by spaces, not by commas.")
    return names


def join(names: Iterable[str]) -> str:
    return " ".join(names)


def resolve(asked: str | None, reach: Reach, *, default: str, person: bool) -> tuple[str, ...]:
    """The scopes of a request; without any the client's default. `person`: somebody will be there to consent. Raises `InvalidScope`."""
    names = parse(default if asked is None else asked)
    for name in names:
        scope = reach.scopes.get(name)
        if scope is None:
            raise InvalidScope(reason=f"scope {name!r} is unknown or not among the client's")
        # RFC 6749 §4.4: no person, so nothing about one and no access while one is away
        if not person and (scope.claims or name == OFFLINE_ACCESS):
            raise InvalidScope(f"The scope {name} needs a person.")
    return names


def narrow(asked: str | None, granted: Iterable[str]) -> tuple[str, ...]:
    """RFC 6749 §6: the same scope or less than was granted. Raises `InvalidScope`."""
    granted = tuple(granted)
    if asked is None:
        return granted
    names = parse(asked)
    if not names or not set(names) <= set(granted):
        raise InvalidScope("The scope is more than was granted.")
    return tuple(name for name in granted if name in names)
