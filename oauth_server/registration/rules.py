"""RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2: what goes together in client metadata; `shapes.py` has the members."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.utils.translation import gettext as _

from oauth_server import uris
from oauth_server.authorization import response_types
from oauth_server.claims import subject
from oauth_server.client_auth import secret
from oauth_server.conf import settings
from oauth_server.errors import InvalidScope
from oauth_server.grants.jwt_bearer import JWTBearer
from oauth_server.grants.registry import GRANTS
from oauth_server.models import Client
from oauth_server.policy import people, scopes
from oauth_server.registration import addresses, client_keys
from oauth_server.registration.wanted import Problems, Wanted

# Grants that need no person; the others can bring a refresh token
_WITHOUT_PERSON = frozenset({"client_credentials", "refresh_token", JWTBearer.grant_type})
# RFC 6749 §4.3, §4.4; an assertion (RFC 7523 §2.1) tells nothing of who brings it
_CONFIDENTIAL = ("client_credentials", "password", JWTBearer.grant_type)
# RFC 7518 §3.2
HMAC_BYTES = 32
# Controls, and what has no picture of its own but turns, hides or joins what stands beside it
_TURNS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# RFC 6749 appendix A.1 without the space
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def problems(wanted: Wanted) -> dict[str, list[str]]:
    """What is wrong with the members together; their shapes are right."""
    found: dict[str, list[str]] = defaultdict(list)
    for rule in RULES:
        for member, message in rule(wanted):
            found[member].append(message)
    return dict(found)


def _identity(wanted: Wanted) -> Problems:
    client_id = wanted.given.get("client_id")
    if not client_id:
        return
    if wanted.client is not None:
        if client_id != wanted.client.client_id:
            yield "client_id", _("It cannot be changed.")
    elif not _CLIENT_ID.fullmatch(client_id):
        yield "client_id", _("Use printable ASCII without spaces, at most 255 characters.")
    elif Client.objects.filter(client_id=client_id).exists():
        yield "client_id", _("Another client has it.")
    elif people.may_name_a_person(client_id):
        yield "client_id", _("It is, or could become, the identifier of a person.")


def _name(wanted: Wanted) -> Problems:
    """Unicode TR 36 §2.5: what turns the writing around makes a name that reads as another one."""
    if wanted.by_itself and _TURNS.search(wanted.members["client_name"]):
        yield "client_name", _("It holds characters that cannot be seen and change how it reads.")


def _secret(wanted: Wanted) -> Problems:
    value = wanted.given.get("client_secret")
    if not value:
        return
    method = wanted.members["token_endpoint_auth_method"]
    if wanted.is_public:
        yield "client_secret", _("A public client has none.")
    elif not method.startswith("client_secret_"):
        yield "client_secret", _("A client of this authentication method has none.")
    elif method == "client_secret_jwt" and len(value.encode()) < HMAC_BYTES:
        yield "client_secret", _("client_secret_jwt needs at least %(least)d bytes.") % {"least": HMAC_BYTES}
    elif reason := secret.weakness(wanted.members["client_id"], value):
        yield "client_secret", reason


def grant_types() -> list[str]:
    """Those of the token endpoint, and `implicit` where a response type needs it."""
    return list(dict.fromkeys([*GRANTS.names(), *response_types.grant_types()]))


def _grants(wanted: Wanted) -> Problems:
    grants, known = wanted.members["grant_types"], grant_types()
    unknown = [name for name in grants if name not in known]
    if unknown:
        yield (
            "grant_types",
            _("Unknown: %(unknown)s. Known: %(known)s.") % {"unknown": ", ".join(unknown), "known": ", ".join(known)},
        )
    elif not grants:
        yield "grant_types", _("At least one is needed.")
    elif "refresh_token" in grants and _WITHOUT_PERSON.issuperset(grants):
        yield (
            "grant_types",
            _("refresh_token needs a grant beside it that gives refresh tokens, such as authorization_code."),
        )
    if wanted.by_itself:
        yield from _grants_by_itself(grants)
    for name in _CONFIDENTIAL:
        if name in grants and wanted.is_public:
            yield "grant_types", _("%(grant)s needs a client that authenticates itself.") % {"grant": name}


def _grants_by_itself(grants: list[str]) -> Problems:
    """Who was looked at by nobody gets no more than the operator allows to all."""
    beyond = [name for name in grants if name not in settings.REGISTRATION_GRANT_TYPES]
    if beyond:
        allowed = ", ".join(name for name in settings.REGISTRATION_GRANT_TYPES if name in grant_types())
        yield "grant_types", _("Allowed here: %(allowed)s.") % {"allowed": allowed}


def _responses(wanted: Wanted) -> Problems:
    """RFC 7591 §2.1, OpenID Connect Dynamic Client Registration 1.0 §2: response types and grant types go together."""
    grants, responses = wanted.members["grant_types"], wanted.members["response_types"]
    known = response_types.supported()
    for name in responses:
        found = response_types.find(name)
        if found not in known or found is None:
            pair = {"unknown": name, "known": ", ".join(one.name for one in known)}
            yield "response_types", _("Unknown: %(unknown)s. Known: %(known)s.") % pair
            continue
        for grant in found.grant_types:
            if grant not in grants:
                yield (
                    "response_types",
                    _("%(response)s needs the grant type %(grant)s.") % {"response": name, "grant": grant},
                )
    for grant in response_types.grant_types():
        if grant in grants and not any(one and grant in one.grant_types for one in map(response_types.find, responses)):
            first = next(one.name for one in known if grant in one.grant_types)
            yield (
                "response_types",
                _("The grant type %(grant)s needs %(response)s.") % {"response": first, "grant": grant},
            )


def _hosts_by_itself(wanted: Wanted) -> Problems:
    """Where answers may go of a client that nobody has looked at, if the operator has said."""
    for uri in wanted.members["redirect_uris"]:
        parts = uris.split(uri)
        host = parts.hostname or ""
        # an app's own scheme leads to the app, whatever host it names
        is_allowed = parts.scheme == "https" and any(
            host == name.removeprefix(".") or (name.startswith(".") and host.endswith(name))
            for name in settings.REGISTRATION_HOSTS
        )
        if not is_allowed and not uris.is_loopback(uri):
            yield "redirect_uris", _("%(uri)s: This server does not let it lead there.") % {"uri": uri}


def _redirect_uris(wanted: Wanted) -> Problems:
    if wanted.by_itself and settings.REGISTRATION_HOSTS:
        yield from _hosts_by_itself(wanted)
    # RFC 6749 §3.1.2.2
    if not wanted.members["redirect_uris"] and not wanted.incomplete:
        for grant in response_types.grant_types():
            if grant in wanted.members["grant_types"]:
                yield "redirect_uris", _("The grant type %(grant)s needs at least one.") % {"grant": grant}
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in wanted.members[member]:
            wrong = uris.problem(uri, public=wanted.is_public)
            if wrong:
                yield member, f"{uri}: {_(wrong)}"


def _origins(wanted: Wanted) -> Problems:
    for origin in wanted.members["allowed_cors_origins"]:
        parts = uris.split(origin)
        is_web = parts.scheme == "https" or (
            parts.scheme == "http" and parts.netloc.partition(":")[0] in uris.LOOPBACK_NAMES
        )
        if not is_web or uris.origin(origin) != origin.lower() or uris.problem(origin):
            yield (
                "allowed_cors_origins",
                _("%(origin)s is not an origin such as https://app.example.") % {"origin": origin},
            )


def _unknown(rows: Any, column: str, names: Collection[str]) -> list[str]:
    """The names that no row has in this column."""
    known = set(rows.filter(**{f"{column}__in": names}).values_list(column, flat=True))
    return [name for name in names if name not in known]


def _scopes(wanted: Wanted) -> Problems:
    allowed: set[str] = set()
    for member in ("scope", "default_scopes"):
        try:
            names = scopes.parse(wanted.members[member])
        except InvalidScope as error:
            yield member, error.description
            continue
        if member == "scope":
            allowed = set(names)
            unknown = _unknown(wanted.issuer.scopes, "name", names)
        else:
            unknown = [name for name in names if name not in allowed]
        if unknown:
            yield member, _("Unknown or not allowed: %(names)s.") % {"names": " ".join(unknown)}


def _audiences(wanted: Wanted) -> Problems:
    unknown = _unknown(wanted.issuer.audiences, "identifier", wanted.members["audience"])
    if unknown:
        yield "audience", _("Unknown: %(unknown)s.") % {"unknown": " ".join(unknown)}


def _id_token_audiences(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §2: others that may take its ID tokens; a pairwise name is nobody else's business (§8.1)."""
    asked = wanted.members["id_token_audiences"]
    others = wanted.issuer.clients.exclude(client_id=wanted.members["client_id"])
    unknown = _unknown(others, "client_id", asked)
    if unknown:
        yield (
            "id_token_audiences",
            _("Not another client of this issuer: %(unknown)s.") % {"unknown": " ".join(unknown)},
        )
    elif asked and wanted.members["subject_type"] == subject.PAIRWISE:
        yield "id_token_audiences", _("A pairwise subject is for one client alone.")


def _detail_types(wanted: Wanted) -> Problems:
    """RFC 9396 §10."""
    unknown = _unknown(wanted.issuer.detail_types, "type", wanted.given.get("authorization_details_types") or ())
    if unknown:
        yield "authorization_details_types", _("Unknown: %(unknown)s.") % {"unknown": " ".join(unknown)}


def _pkce(wanted: Wanted) -> Problems:
    # RFC 9700 §2.1.1
    if wanted.is_public and not wanted.members["require_pkce"]:
        yield "require_pkce", _("A public client cannot do without PKCE.")


RULES: tuple[Callable[[Wanted], Problems], ...] = (
    _identity,
    _name,
    _secret,
    _grants,
    _responses,
    _redirect_uris,
    _origins,
    _scopes,
    _audiences,
    _id_token_audiences,
    _detail_types,
    _pkce,
    client_keys.authentication,
    client_keys.sets,
    client_keys.encryption,
    addresses.called,
    addresses.shown,
    addresses.front,
    addresses.sector,
    addresses.own_sector,
    addresses.web,
    addresses.started,
    addresses.pushed_later,
)
