"""OpenID Connect Core 1.0 §5.1 standard claims with their types, and §5.4 the scopes that release them.

A claim is read from the user model by the first of its sources that is there: an attribute, or a method without arguments.
A host adds or replaces claims by the setting `CLAIMS_HOOK`: `hook(user, client, scope) -> SomeTypedDict`. The members of that
TypedDict are the claims it can give, with their types: they are listed in the metadata and can be asked for by the `claims` parameter.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, get_origin, get_type_hints, is_typeddict
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from oauth_server.conf import settings
from oauth_server.models import Client, Scope

logger = logging.getLogger("oauth_server")

# claim → names under which a user model may know it
SOURCES: dict[str, tuple[str, ...]] = {
    "name": ("get_full_name",),
    "given_name": ("given_name", "first_name"),
    "family_name": ("family_name", "last_name"),
    "middle_name": ("middle_name",),
    "nickname": ("nickname",),
    "preferred_username": ("preferred_username", "username"),
    "profile": ("profile_url",),
    "picture": ("picture",),
    "website": ("website",),
    "email": ("email",),
    "email_verified": ("email_verified",),
    "gender": ("gender",),
    "birthdate": ("birthdate",),
    "zoneinfo": ("zoneinfo",),
    "locale": ("locale",),
    "phone_number": ("phone_number",),
    "phone_number_verified": ("phone_number_verified",),
    "address": ("address_claim",),
    "updated_at": ("updated_at", "updated"),
}
# §5.1.1
ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
# What says nothing without what it is about
_NEEDS = {"email_verified": "email", "phone_number_verified": "phone_number"}
# What identifies the token or the issuer: no hook may set it
RESERVED = frozenset(
    "iss sub aud exp iat nbf jti client_id azp nonce auth_time acr amr at_hash c_hash s_hash sid scope cnf act events".split()
)
_BIRTHDATE = re.compile(r"\d{4}(-\d{2}-\d{2})?", re.ASCII)


def names() -> tuple[str, ...]:
    """Every claim about a person that may be given here."""
    return tuple(dict.fromkeys((*SOURCES, *declared())))


def for_scopes(user: Any, client: Client, scopes: Iterable[Scope], asked: Collection[str] = ()) -> dict[str, Any]:
    """The claims that these scopes release about a person, and those asked by name; what is not known is left out (§5.3.2)."""
    scopes = tuple(scopes)
    wanted = dict.fromkeys([*(name for scope in scopes for name in scope.claims), *asked])
    return {**_standard(user, wanted), **_hooked(user, client, frozenset(scope.name for scope in scopes))}


def by_name(user: Any, client: Client, scope: Iterable[str], asked: Collection[str]) -> dict[str, Any]:
    """The asked claims alone, as far as they are known."""
    found = _standard(user, asked)
    if not declared().keys().isdisjoint(asked):
        found |= _hooked(user, client, frozenset(scope))
    return {name: found[name] for name in asked if name in found}


def _standard(user: Any, wanted: Iterable[str]) -> dict[str, Any]:
    """A row's list of claims opens no attribute of the user model: only names of the catalogue are read."""
    found = {name: value for name in wanted if name in SOURCES and (value := _read(user, name)) is not None}
    return {
        name: value
        for name, value in found.items()
        if name not in _NEEDS or _NEEDS[name] in found or _read(user, _NEEDS[name]) is not None
    }


def _read(user: Any, name: str) -> Any:
    shape: Callable[[Any], Any] = SHAPES.get(name, _text)
    for source in SOURCES[name]:
        value: Any = getattr(user, source, None)
        shaped = shape(value() if callable(value) else value)
        if shaped is not None:
            return shaped
    return None


# The JSON type of a claim (§5.1), or None for what is empty or does not fit


def _text(value: Any) -> str | None:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if not isinstance(value, (str, Promise, ZoneInfo)):
        return None
    return str(value) if str(value).strip() else None


def _web_address(value: Any) -> str | None:
    text = _text(value)
    return text if text and text.startswith(("https://", "http://")) else None


def _birthdate(value: Any) -> str | None:
    """YYYY-MM-DD, YYYY, or 0000-MM-DD."""
    text = value.date().isoformat() if isinstance(value, datetime) else _text(value)
    return text if text and _BIRTHDATE.fullmatch(text) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _seconds(value: Any) -> int | None:
    """Seconds since 1970."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _address(value: Any) -> dict[str, str] | None:
    members = value if isinstance(value, Mapping) else {"formatted": value}
    return {name: text for name in ADDRESS if (text := _text(members.get(name)))} or None


SHAPES: dict[str, Callable[[Any], Any]] = {
    "profile": _web_address,
    "picture": _web_address,
    "website": _web_address,
    "birthdate": _birthdate,
    "email_verified": _boolean,
    "phone_number_verified": _boolean,
    "updated_at": _seconds,
    "address": _address,
}


# The hook of the host

Hook = Callable[[Any, Client, frozenset[str]], Mapping[str, Any]]


def declared() -> Mapping[str, type]:
    """The claims that the hook says it can give, with their types."""
    return _declared(settings.CLAIMS_HOOK) if settings.CLAIMS_HOOK else {}


@lru_cache(maxsize=8)
def _declared(path: str) -> Mapping[str, type]:
    returned = get_type_hints(import_string(path)).get("return")
    members = get_type_hints(returned) if is_typeddict(returned) else {}
    return {name: get_origin(kind) or kind for name, kind in members.items() if name not in RESERVED}


def _hooked(user: Any, client: Client, scope: frozenset[str]) -> dict[str, Any]:
    if not settings.CLAIMS_HOOK:
        return {}
    hook: Hook = import_string(settings.CLAIMS_HOOK)
    given = {name: value for name, value in hook(user, client, scope).items() if name not in RESERVED}
    return {name: value for name, value in given.items() if value not in (None, "") and _fits(name, value)}


def _fits(name: str, value: Any) -> bool:
    kind = declared().get(name)
    if kind is None or (isinstance(value, kind) and isinstance(value, bool) == (kind is bool)):
        return True
    logger.error("CLAIMS_HOOK: %s is no %s, and is left out", name, kind.__name__)
    return False
