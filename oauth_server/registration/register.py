"""RFC 7591 §3 client registration, OpenID Connect Dynamic Client Registration 1.0 §3: clients that nobody of the operator has looked at.

What they may say about themselves is a list of members; everything else is ignored, as RFC 7591 §2 has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation

from oauth_server import digest, issuers, limits
from oauth_server.authorization import response_types
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope
from oauth_server.models import Client, InitialAccessToken, Issuer
from oauth_server.policy import scopes
from oauth_server.registration import approval, initial_access_token, metadata, sector, software_statement
from oauth_server.tokens import opaque

PATH = "/oauth2/register"
STATEMENT = "software_statement"
# RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2 and what the logout specifications, RFC 9101 and RFC 9126 add.
# Not among them is what belongs to the operator: first party, audiences, PKCE, default scopes, refresh rule, origins
MEMBERS = frozenset(
    "redirect_uris token_endpoint_auth_method token_endpoint_auth_signing_alg grant_types response_types client_name client_uri logo_uri "
    "scope contacts tos_uri policy_uri jwks jwks_uri software_id software_version application_type sector_identifier_uri subject_type "
    "id_token_signed_response_alg id_token_encrypted_response_alg id_token_encrypted_response_enc userinfo_signed_response_alg "
    "userinfo_encrypted_response_alg userinfo_encrypted_response_enc request_object_signing_alg default_max_age require_auth_time "
    "default_acr_values initiate_login_uri request_uris post_logout_redirect_uris frontchannel_logout_uri "
    "frontchannel_logout_session_required backchannel_logout_uri backchannel_logout_session_required "
    "require_pushed_authorization_requests require_signed_request_object authorization_details_types".split()
)
_WITH_CODE = ("authorization_code",)


@dataclass(frozen=True, slots=True)
class Registered:
    """A client, and what is shown in this answer alone."""

    client: Client
    registration_access_token: str = field(repr=False)
    client_secret: str = field(default="", repr=False)


def register(issuer: Issuer, asked: Mapping[str, Any], *, token: str, address: str) -> Registered:
    """Raises `InvalidToken`, `InvalidRedirectUri`, `InvalidClientMetadata` and its like, `limits.TooManyAttempts`."""
    allowing = initial_access_token.find(token, issuer) if token else None
    if allowing is None:
        limits.take(settings.REGISTRATIONS, "register", address)
        approval.require_room(issuer)
    members = wanted(issuer, asked, allowing)
    with transaction.atomic():
        if allowing is not None:
            initial_access_token.use(allowing)
        client, value = metadata.create(issuer, members, source=Client.RegistrationSource.DCR)
        approval.settle(client, vouched=allowing is not None)
        return Registered(client, give_token(client), value or "")


def wanted(
    issuer: Issuer, asked: Mapping[str, Any], allowing: InitialAccessToken | None = None, *, keeps: Client | None = None
) -> dict[str, Any]:
    """The metadata that this request asks for, as `registration/metadata.py` takes it. It may fetch: call it outside a transaction."""
    statement = asked.get(STATEMENT)
    vouched = {} if statement is None else software_statement.read(statement, issuer)
    # RFC 7591 §2.3: what the statement says counts more than what stands beside it
    members = {**_known(asked), **_known(vouched)}
    members = {**members, **_grants(members), "scope": _scope(issuer, members.get("scope"), _limit(allowing, keeps))}
    # RFC 9700 §2.1.1; a confidential client may do without, as the certification has it
    members["require_pkce"] = members.get("token_endpoint_auth_method") == "none"
    members |= _detail_types(issuer, members.get("authorization_details_types"), keeps)
    members["metadata"] = {} if statement is None else {STATEMENT: statement}
    _require_good(issuer, members)
    return members


def _known(asked: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7592 §2.2: null is the same as nothing."""
    return {name: value for name, value in asked.items() if name in MEMBERS and value is not None}


def _grants(members: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7591 §2.1: grant types and response types say the same, so the one that is left out follows from the other."""
    types, grants = members.get("response_types"), members.get("grant_types")
    if types is None and grants is None:
        return {"grant_types": list(_WITH_CODE), "response_types": ["code"]}
    if grants is None and isinstance(types, list):
        found = [response_types.find(name) for name in types if isinstance(name, str)]
        return {"grant_types": list(dict.fromkeys(grant for one in found if one for grant in one.grant_types))}
    if types is None and isinstance(grants, list):
        return {"response_types": ["code"] if _WITH_CODE[0] in grants else []}
    return {}


def _limit(allowing: InitialAccessToken | None, client: Client | None) -> list[str]:
    """What may be asked for at most; a client that is there already keeps what an initial access token or an operator gave it."""
    own = list(client.scopes.values_list("name", flat=True)) if client is not None else []
    given = allowing.scope.split() if allowing is not None and allowing.scope else settings.REGISTRATION_SCOPES
    return list(dict.fromkeys([*(name for name in given if not name.startswith(scopes.MANAGE)), *own]))


def _scope(issuer: Issuer, asked: object, limit: list[str]) -> str:
    """RFC 7591 §2: the server may give less than was asked; the answer says what it is."""
    there = set(issuer.scopes.filter(name__in=limit).values_list("name", flat=True))
    allowed = [name for name in limit if name in there]
    if asked is None:
        return scopes.join(allowed)
    if not isinstance(asked, str):
        raise InvalidClientMetadata("scope: It must be a string.")
    try:
        names = scopes.parse(asked)
    except InvalidScope as error:
        raise InvalidClientMetadata(f"scope: {error.description}") from None
    granted = [name for name in names if name in allowed]
    if names and not granted:
        raise InvalidClientMetadata("scope: None of these may be registered here.")
    return scopes.join(granted)


def _detail_types(issuer: Issuer, asked: object, client: Client | None) -> dict[str, list[str]]:
    """RFC 9396 §10: of the types that are asked for those that the operator lets such clients have, or gave to this one."""
    if not isinstance(asked, list) or not asked:
        return {}
    allowed = {*settings.REGISTRATION_DETAIL_TYPES, *(client.authorization_details_types if client is not None else ())}
    there = set(issuer.detail_types.filter(type__in=allowed).values_list("type", flat=True))
    return {"authorization_details_types": [name for name in asked if not isinstance(name, str) or name in there]}


def _require_good(issuer: Issuer, members: Mapping[str, Any]) -> None:
    """Everything that can be judged before anything is stored, without an echo of what was sent in the answer."""
    # RFC 7591 §3.2.2: human-readable ASCII, whatever language the host takes from the request
    with translation.override("en"):
        found = _problems(issuer, members)
    if found:
        error = InvalidRedirectUri if "redirect_uris" in found else InvalidClientMetadata
        lines = [
            f"{member}: {' '.join(_without_input(message, members.get(member)) for message in messages)}"
            for member, messages in found.items()
        ]
        raise error(" ".join(lines), reason=f"{', '.join(found)}: {next(iter(found.values()))[0]}")


def _problems(issuer: Issuer, members: Mapping[str, Any]) -> dict[str, list[str]]:
    found = metadata.problems(issuer, members, source=Client.RegistrationSource.DCR)
    uri = members.get("sector_identifier_uri")
    if not found and uri:
        wrong = sector.problem(uri, members.get("redirect_uris", ()))
        found = {"sector_identifier_uri": [wrong]} if wrong else {}
    return found


def _without_input(message: str, value: object) -> str:
    given = [text for text in _texts(value) if text]
    for text in given:
        message = message.removeprefix(f"{text}: ")
    return "It is unknown or not allowed." if any(text in message for text in given) else message


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value, *value.split()]
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, dict)) else []


def give_token(client: Client) -> str:
    """RFC 7592 §3: a new registration access token; the one before is dead."""
    value = opaque.make(opaque.REGISTRATION_ACCESS_TOKEN, None)
    client.registration_access_token = digest.digest(Kind.REGISTRATION_ACCESS_TOKEN, value)
    client.save(update_fields=["registration_access_token"])
    return value


def describe(registered: Registered) -> dict[str, Any]:
    """RFC 7591 §3.2.1, RFC 7592 §3: the answer to registering, reading and changing: every member that is stored."""
    client = registered.client
    stored = metadata.describe(client)
    answer: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        **{name: value for name, value in stored.items() if name in MEMBERS and value not in ("", None, [])},
        "registration_client_uri": issuers.url(client.issuer, f"{PATH}/{client.client_id}"),
        "registration_access_token": registered.registration_access_token,
    }
    if STATEMENT in client.metadata:
        answer[STATEMENT] = client.metadata[STATEMENT]
    if registered.client_secret:
        answer |= {"client_secret": registered.client_secret, "client_secret_expires_at": 0}
    return answer
