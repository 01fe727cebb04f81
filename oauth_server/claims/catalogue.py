"""OpenID Connect Core 1.0 §5.1 standard claims and §5.4 the scopes that release them.

A claim is read from the user model by the first of its sources that is there: an attribute, or a method without arguments.
A host adds or replaces claims by the setting `CLAIMS_HOOK`: `hook(user, client, scope) -> dict[str, Any]`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

from oauth_server.conf import settings
from oauth_server.models import Client, Scope

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
# What identifies the token or the issuer: no hook may set it
RESERVED = frozenset(
    "iss sub aud exp iat nbf jti client_id azp nonce auth_time acr amr at_hash c_hash s_hash sid scope cnf act".split()
)


def for_scopes(user: Any, client: Client, scopes: Iterable[Scope]) -> dict[str, Any]:
    """The claims that these scopes release about a person; what is not known is left out (§5.3.2)."""
    scopes = tuple(scopes)
    names = dict.fromkeys(name for scope in scopes for name in scope.claims if name in SOURCES)
    found = {name: value for name in names if (value := _read(user, SOURCES[name])) not in (None, "")}
    if "email" not in found:
        found.pop("email_verified", None)
    return {**found, **_hooked(user, client, frozenset(scope.name for scope in scopes))}


def _read(user: Any, sources: tuple[str, ...]) -> Any:
    for source in sources:
        value = getattr(user, source, None)
        value = value() if callable(value) else value
        if isinstance(value, datetime):
            return int(value.timestamp())
        if value not in (None, ""):
            return value
    return None


def _hooked(user: Any, client: Client, scope: frozenset[str]) -> dict[str, Any]:
    if not settings.CLAIMS_HOOK:
        return {}
    hook: Callable[[Any, Client, frozenset[str]], dict[str, Any]] = import_string(settings.CLAIMS_HOOK)
    return {name: value for name, value in hook(user, client, scope).items() if name not in RESERVED}
