"""RFC 7591 §2 client metadata: the one way in which clients are made and changed, for console, commands, API and registration.

Members carry their names on the wire; where a column has another name or type, it is translated here. `rules.py` judges them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth_server.keys import rotation
from oauth_server.models import Client, Issuer, SigningKey
from oauth_server.policy import scopes
from oauth_server.registration import likeness, rules, shapes
from oauth_server.registration.wanted import Wanted
from oauth_server.tokens import revoke

_PERSON_SCOPE = f"{scopes.OPENID} {scopes.OFFLINE_ACCESS}"
_LINES = "\n"
# What people see of a client, and where its answers go
_VERIFIED = frozenset({"client_name", "client_uri", "logo_uri", "policy_uri", "redirect_uris", "tos_uri"})


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of `Client`, and how a member's value goes into it and comes out of it."""

    name: str
    store: Callable[[Any], Any] = _same
    read: Callable[[Any], Any] = _same


def _once(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def _listed(name: str) -> _Column:
    """A text column of DOT that holds a list."""
    return _Column(name, lambda values: _LINES.join(_once(values)), str.split)


_COLUMNS = {
    "client_name": _Column("name"),
    "grant_types": _Column("grant_types", _once, list),
    "response_types": _Column("response_types", _once, list),
    "redirect_uris": _listed("redirect_uris"),
    "post_logout_redirect_uris": _listed("post_logout_redirect_uris"),
    "token_endpoint_auth_method": _Column("token_endpoint_auth_method"),
    "default_scopes": _Column("default_scopes", lambda value: scopes.join(scopes.parse(value))),
    "allowed_cors_origins": _listed("allowed_origins"),
    "require_pkce": _Column("require_pkce"),
    "skip_consent": _Column("skip_authorization"),
    "accepts_fewer_scopes": _Column("accepts_fewer_scopes"),
    "id_token_signed_response_alg": _Column("algorithm"),
    "id_token_audiences": _Column("id_token_audiences", _once, list),
    "subject_type": _Column("subject_type"),
    "sector_identifier_uri": _Column("sector_identifier_uri"),
    "application_type": _Column("application_type"),
    "id_token_encrypted_response_alg": _Column("id_token_encrypted_response_alg"),
    "id_token_encrypted_response_enc": _Column("id_token_encrypted_response_enc"),
    "userinfo_signed_response_alg": _Column("userinfo_signed_response_alg"),
    "userinfo_encrypted_response_alg": _Column("userinfo_encrypted_response_alg"),
    "userinfo_encrypted_response_enc": _Column("userinfo_encrypted_response_enc"),
    "request_object_signing_alg": _Column("request_object_signing_alg"),
    "token_endpoint_auth_signing_alg": _Column("token_endpoint_auth_signing_alg"),
    "request_uris": _Column("request_uris", _once, list),
    "require_pushed_authorization_requests": _Column("require_pushed_authorization_requests"),
    "require_signed_request_object": _Column("require_signed_request_object"),
    "response_modes": _Column("response_modes", _once, list),
    "default_acr_values": _Column("default_acr_values", _once, list),
    "authorization_details_types": _Column("authorization_details_types", _once, list),
    "initiate_login_uri": _Column("initiate_login_uri"),
    "frontchannel_logout_uri": _Column("frontchannel_logout_uri"),
    "frontchannel_logout_session_required": _Column("frontchannel_logout_session_required"),
    "backchannel_logout_uri": _Column("backchannel_logout_uri"),
    "backchannel_logout_session_required": _Column("backchannel_logout_session_required"),
    "jwks": _Column("client_jwks"),
    "jwks_uri": _Column("client_jwks_uri"),
    "software_id": _Column("software_id"),
    "software_version": _Column("software_version"),
    "refresh_token_rule": _Column("refresh_token_rule"),
    "default_max_age": _Column("default_max_age"),
    "require_auth_time": _Column("require_auth_time"),
    "client_uri": _Column("client_uri"),
    "logo_uri": _Column("logo_uri"),
    "policy_uri": _Column("policy_uri"),
    "tos_uri": _Column("tos_uri"),
    "contacts": _Column("contacts", list, list),
    "metadata": _Column("metadata", dict, dict),
    "owner": _Column("owner"),
    "access_token_strategy": _Column("access_token_strategy"),
    "skip_logout_consent": _Column("skip_logout_consent"),
    "lifespans": _Column("lifespans", dict, dict),
}


def describe(client: Client) -> dict[str, Any]:
    """The metadata of a client, without secrets."""
    members: dict[str, Any] = {"client_id": client.client_id}
    members |= {member: column.read(getattr(client, column.name)) for member, column in _COLUMNS.items()}
    # where they were fetched before, for a list, no statement is needed
    members["scope"] = scopes.join(row.name for row in client.scopes.all())
    members["audience"] = sorted(row.identifier for row in client.audiences.all())
    return members


def _defaults(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7591 §2: what is left out of a new client's metadata."""
    blank = Client()
    members: dict[str, Any] = {"client_id": "", "audience": []}
    members |= {member: column.read(getattr(blank, column.name)) for member, column in _COLUMNS.items()}
    grants = metadata.get("grant_types", members["grant_types"])
    with_code = isinstance(grants, (list, tuple)) and "authorization_code" in grants
    members["response_types"] = ["code"] if with_code else []
    members["scope"] = _PERSON_SCOPE if with_code else ""
    return members


def defaults(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What a client of this metadata has besides; nothing that says who it is."""
    return {name: value for name, value in _defaults(metadata).items() if name not in metadata and name != "client_id"}


def blank(names: Iterable[str]) -> dict[str, Any]:
    """The defaults of these members, for whoever replaces them all."""
    client = Client()
    return {name: _COLUMNS[name].read(getattr(client, _COLUMNS[name].name)) for name in names if name in _COLUMNS}


def problems(
    issuer: Issuer,
    metadata: Mapping[str, Any],
    *,
    client: Client | None = None,
    source: str = "",
    incomplete: bool = False,
) -> dict[str, list[str]]:
    """What is wrong with metadata for a new client, or with a change to an existing one: member → messages.

    `source`: who registers it, one of `Client.RegistrationSource`; empty for who registered it before, or the operator.
    `incomplete`: redirect URIs may come later; until then nobody is sent anywhere.
    """
    found = shapes.problems(metadata)
    if found:
        return found
    before = describe(client) if client else _defaults(metadata)
    by_itself = (source or (client.registration_source if client else "")) == Client.RegistrationSource.DCR
    return rules.problems(Wanted(issuer, client, metadata, {**before, **metadata}, by_itself, incomplete))


def _require_good(
    issuer: Issuer,
    metadata: Mapping[str, Any],
    client: Client | None = None,
    *,
    source: str = "",
    incomplete: bool = False,
) -> None:
    with translation.override("en"):
        found = problems(issuer, metadata, client=client, source=source, incomplete=incomplete)
    if not found:
        return
    lines = [f"{member}: {' '.join(messages)}" for member, messages in found.items()]
    # RFC 6749 §5.2: printable ASCII without quote and backslash
    text = "; ".join(lines).encode("ascii", "replace").decode().replace('"', "'").replace("\\", "/")
    raise (InvalidRedirectUri if "redirect_uris" in found else InvalidClientMetadata)(text)


def create(
    issuer: Issuer,
    metadata: Mapping[str, Any],
    *,
    owner: Any = None,
    source: str = Client.RegistrationSource.MANUAL,
    incomplete: bool = False,
) -> tuple[Client, str | None]:
    """A new client, and its secret, which is shown once; None for one whose method needs none.

    Raises `InvalidRedirectUri`, `InvalidClientMetadata`.
    """
    with _one_client_id(), transaction.atomic():
        _require_good(issuer, metadata, source=source, incomplete=incomplete)
        members = {**_defaults(metadata), **metadata}
        client = Client(issuer=issuer, user=owner, registration_source=source)
        if members["client_id"]:
            client.client_id = members["client_id"]
        _fill(client, members)
        value = _first_secret(client, members.get("client_secret", "")) if client.has_secret else None
        _provide_key(client)
        audit.record(
            Event.CLIENT_CREATED,
            issuer=issuer,
            client=client,
            target=client.client_id,
            changes=audit.changed({}, describe(client)),
        )
    return client, value


@contextmanager
def _one_client_id() -> Iterator[None]:
    """Two requests for the same client ID at once: the second is refused by the column."""
    try:
        yield
    except IntegrityError as error:
        raise InvalidClientMetadata("client_id: Another client has it.") from error


def _first_secret(client: Client, chosen: str) -> str:
    if not chosen:
        return secret.issue(client)
    secret.choose(client, chosen)
    return chosen


def update(client: Client, metadata: Mapping[str, Any], *, incomplete: bool = False, verified: bool = False) -> Client:
    """Change the members that are given; a given `client_secret` takes the place of all others.

    A verified client of which people see something else is not verified any more, unless whoever changes it says that it is.
    Raises `InvalidRedirectUri`, `InvalidClientMetadata`.
    """
    with transaction.atomic():
        _require_good(client.issuer, metadata, client, incomplete=incomplete)
        before = describe(client)
        _fill(client, metadata)
        if not client.has_secret or metadata.get("client_secret"):
            client.secrets.all().delete()
        elif client.token_endpoint_auth_method != "client_secret_jwt":
            client.secrets.exclude(sealed="").update(sealed="")
        if metadata.get("client_secret"):
            secret.choose(client, metadata["client_secret"])
        _provide_key(client)
        after = describe(client)
        changes = audit.changed(before, after)
        if client.likeness and changes:
            # who is like what it was is not like what it is
            client.likeness = likeness.of(after)
            client.save(update_fields=["likeness"])
        if metadata.get("client_secret"):
            changes["client_secret"] = ["[redacted]", "[redacted]"]
        if client.verified and not verified and _VERIFIED & set(changes):
            client.verified, changes["verified"] = False, [True, False]
            client.save(update_fields=["verified", "updated"])
        if changes:
            audit.record(
                Event.CLIENT_CHANGED, issuer=client.issuer, client=client, target=client.client_id, changes=changes
            )
    return client


def _fill(client: Client, members: Mapping[str, Any]) -> None:
    for member, column in _COLUMNS.items():
        if member in members:
            setattr(client, column.name, column.store(members[member]))
    client.save()
    if "scope" in members:
        client.scopes.set(client.issuer.scopes.filter(name__in=scopes.parse(members["scope"])))
    if "audience" in members:
        client.audiences.set(client.issuer.audiences.filter(identifier__in=members["audience"]))


def _provide_key(client: Client) -> None:
    """The client's ID tokens and its UserInfo need keys of its algorithms; a request never makes one."""
    needed = {client.algorithm, client.userinfo_signed_response_alg} - {""}
    if client.issuer.keys.filter(algorithm__in=needed, state=SigningKey.State.ACTIVE).count() < len(needed):
        rotation.provide(client.issuer)


@transaction.atomic
def switch(client: Client, enabled: bool) -> None:
    """Turn a client off or on. Off is final for all that it holds: switching on again revives nothing."""
    if client.enabled == enabled:
        return
    client.enabled, client.awaits_approval = enabled, False
    client.save(update_fields=["enabled", "awaits_approval", "updated"])
    audit.record(
        Event.CLIENT_CHANGED,
        issuer=client.issuer,
        client=client,
        target=client.client_id,
        changes={"enabled": [not enabled, enabled]},
    )
    if not enabled:
        revoke.client(client, "disabled")


@transaction.atomic
def delete(client: Client) -> None:
    """Delete a client; whatever it holds is dead, since every look-up joins it."""
    audit.record(
        Event.CLIENT_DELETED,
        issuer=client.issuer,
        client=client,
        target=client.client_id,
        changes=audit.changed(describe(client), dict.fromkeys(shapes.MEMBERS)),
    )
    client.delete()
