"""Ory Hydra's contract: a client's members as they are on its wire, and their way into RFC 7591 metadata and back.

Its client refuses one member too many, so this representation is the only one, wherever a client is shown.
"""

from collections.abc import Collection, Mapping
from typing import Any

from oauth_server.api.hydra import duration, key_members, wire
from oauth_server.authorization import response_types
from oauth_server.models import Client
from oauth_server.policy import lifespans

_TEXT = (
    "client_id client_name client_secret scope owner policy_uri tos_uri client_uri logo_uri jwks_uri token_endpoint_auth_method "
    "token_endpoint_auth_signing_alg request_object_signing_alg userinfo_signed_response_alg subject_type sector_identifier_uri "
    "frontchannel_logout_uri backchannel_logout_uri access_token_strategy"
).split()
_LISTS = (
    "redirect_uris grant_types response_types audience allowed_cors_origins contacts request_uris post_logout_redirect_uris"
).split()
_FLAGS = (
    "frontchannel_logout_session_required backchannel_logout_session_required skip_consent skip_logout_consent"
).split()
_BLANK: dict[str, Any] = {
    **dict.fromkeys(_TEXT, ""),
    **{name: [] for name in _LISTS},
    **dict.fromkeys(_FLAGS, False),
    "jwks": {},
    "metadata": {},
    **dict.fromkeys(lifespans.MEMBERS),
}
# What a request may change, the ID at its creation alone
WRITABLE = frozenset(_BLANK) - {"client_id"}
_OMITTED = frozenset(
    "jwks_uri token_endpoint_auth_signing_alg request_uris sector_identifier_uri post_logout_redirect_uris frontchannel_logout_uri "
    "frontchannel_logout_session_required backchannel_logout_uri backchannel_logout_session_required access_token_strategy".split()
)
# The same member on both sides
_SAME = (
    "client_name redirect_uris owner policy_uri tos_uri client_uri logo_uri jwks_uri token_endpoint_auth_signing_alg "
    "sector_identifier_uri frontchannel_logout_uri backchannel_logout_uri access_token_strategy audience allowed_cors_origins "
    "contacts request_uris post_logout_redirect_uris metadata"
).split() + _FLAGS
_DEFAULT_SCOPE = "offline_access offline openid"
_RS256 = "RS256"


def read(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members that Hydra knows, of the right types; null is the same as nothing. Raises `wire.Refusal`."""
    given = {name: value for name, value in body.items() if name in _BLANK and value is not None}
    for name, value in given.items():
        if not _is_of_its_type(name, value):
            raise wire.bad(f"{name} is of the wrong type.")
    return given


def _is_of_its_type(name: str, value: Any) -> bool:
    """No database keeps a NUL."""
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) and "\x00" not in item for item in value)
    if name in _FLAGS:
        return isinstance(value, bool)
    return isinstance(value, dict if name in {"jwks", "metadata"} else str) and "\x00" not in value


def metadata(
    given: Mapping[str, Any], client: Client | None = None, *, only: Collection[str] = WRITABLE
) -> dict[str, Any]:
    """RFC 7591 metadata of the members in `only`; what is not given is as if it were empty. Raises `wire.Refusal`."""
    full = {**_BLANK, **given}
    found = {name: full[name] for name in _SAME if name in only}
    if {"grant_types", "response_types"} & set(only):
        found |= _grants(full)
    if "scope" in only:
        found["scope"] = full["scope"] or _DEFAULT_SCOPE
    if "token_endpoint_auth_method" in only:
        found["token_endpoint_auth_method"] = full["token_endpoint_auth_method"] or "client_secret_basic"
    if "subject_type" in only:
        found["subject_type"] = full["subject_type"] or "public"
    if "userinfo_signed_response_alg" in only:
        found["userinfo_signed_response_alg"] = full["userinfo_signed_response_alg"].replace("none", "")
    if "request_object_signing_alg" in only and not _says_nothing(full["request_object_signing_alg"], client):
        found["request_object_signing_alg"] = full["request_object_signing_alg"]
    if "jwks" in only:
        found["jwks"] = full["jwks"] or None
    if set(lifespans.MEMBERS) & set(only):
        found["lifespans"] = _lifespans(full)
    if "client_secret" in only and full["client_secret"]:
        found["client_secret"] = full["client_secret"]
    return found


def _says_nothing(algorithm: str, client: Client | None) -> bool:
    """The command-line client sends RS256 for every client; to be held to it is something else."""
    stored = client.request_object_signing_alg if client else ""
    return algorithm == (stored or _RS256) or (algorithm in {"", _RS256} and not stored)


def _grants(full: Mapping[str, Any]) -> dict[str, Any]:
    """`code` comes even for a client that has no grant with a code, and means nothing there."""
    grants = full["grant_types"] or ["authorization_code"]
    found = []
    for name in full["response_types"] or ["code"]:
        known = response_types.find(name)
        if name != "code" or known is None or set(known.grant_types) <= set(grants):
            found.append(name)
    return {"grant_types": grants, "response_types": found}


def _lifespans(full: Mapping[str, Any]) -> dict[str, int]:
    try:
        return {name: duration.parse(full[name]) for name in lifespans.MEMBERS if full[name]}
    except ValueError as error:
        raise wire.Refusal(400, "invalid_client_metadata", f"A lifespan is {error}.") from None


def describe(client: Client, secret: str = "") -> dict[str, Any]:
    """`secret`: in the one answer that shows it. Scopes and audiences come along where they were fetched before."""
    found: dict[str, Any] = {
        "client_id": client.client_id,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris.split(),
        "grant_types": list(client.grant_types),
        "response_types": list(client.response_types) or ["code"],
        "scope": _scope(client),
        "audience": sorted(row.identifier for row in client.audiences.all()),
        "owner": client.owner,
        "allowed_cors_origins": client.allowed_origins.split(),
        "contacts": list(client.contacts),
        "client_secret_expires_at": 0,
        "subject_type": client.subject_type,
        "jwks": key_members.of_client(client.client_jwks),
        "jwks_uri": client.client_jwks_uri,
        "request_object_signing_alg": client.request_object_signing_alg or _RS256,
        "userinfo_signed_response_alg": client.userinfo_signed_response_alg or "none",
        "request_uris": list(client.request_uris),
        "post_logout_redirect_uris": client.post_logout_redirect_uris.split(),
        "created_at": wire.time(client.created.replace(microsecond=0)),
        "updated_at": wire.time(client.updated),
        "metadata": dict(client.metadata),
        "skip_consent": client.skip_authorization,
        "skip_logout_consent": client.skip_logout_consent,
        **{name: _shown(client.lifespans.get(name)) for name in lifespans.MEMBERS},
    }
    columns = [name for name in _BLANK if name not in found and name != "client_secret"]
    found |= {name: getattr(client, name) for name in columns}
    if secret:
        found["client_secret"] = secret
    return {name: value for name, value in found.items() if value or name not in _OMITTED}


def _shown(seconds: int | None) -> str | None:
    return None if seconds is None else duration.show(seconds)


def _scope(client: Client) -> str:
    names = [row.name for row in client.scopes.all()]
    return _DEFAULT_SCOPE if set(names) == set(_DEFAULT_SCOPE.split()) - {"offline"} else " ".join(names)
