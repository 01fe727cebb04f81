"""RFC 7591 §2 a client as the operator makes, changes and ends it. The rules are those of `registration/metadata.py`.

What reaches further than a registration: scopes and APIs that have no row yet, clients that manage this server, former secrets.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.deeds.invalid import Taken
from oauth_server.deeds.row import locked
from oauth_server.errors import InvalidClientMetadata, InvalidScope
from oauth_server.models import AccessToken, Audience, Client, Issuer, Scope
from oauth_server.policy import scopes
from oauth_server.registration import metadata, sector

# How many former secrets stay good beside a new one
FORMER = 5
# Of a client that people are not asked about, or that was checked: who it is, where its answers go, what it may have unasked
TRUSTED = frozenset(
    "client_name grant_types response_types redirect_uris require_pkce request_uris token_endpoint_auth_method jwks jwks_uri scope "
    "default_scopes audience authorization_details_types client_uri logo_uri brand".split()
)
# What people are shown and not asked. To set it takes manage:login, or the role security
TRUST = frozenset({"skip_consent", "verified", "publisher"})
# By these a client shows who it is
CREDENTIALS = frozenset({"client_secret", "jwks", "jwks_uri", "token_endpoint_auth_method"})


class Beyond(Exception):
    """The client manages this server by rights that whoever acts here does not have."""


@dataclass(frozen=True, slots=True)
class Made:
    """`secret` is shown in this answer alone; empty where none was made."""

    client: Client
    secret: str = field(default="", repr=False)


def create(
    issuer: Issuer,
    members: Mapping[str, Any],
    *,
    rights: Collection[str],
    owner: Any = None,
    provides: bool = True,
    incomplete: bool = True,
    own: Mapping[str, Any] | None = None,
) -> Made:
    """A new client. `rights`: the manage: scopes of whoever acts. Raises `Taken`, `Beyond`, and what `metadata.create` raises.

    `provides`: scopes and APIs without a row get one. `incomplete`: redirect URIs may come later. `own`: as for `set_own`.
    """
    _require_within(members.get("scope", ""), rights)
    _require_vouched(members)
    client_id = members.get("client_id", "")
    if client_id and Client.objects.filter(client_id=client_id).exists():
        raise Taken(client_id)
    # who brings no code is freed of PKCE by RFC 9700 §2.1.1 only if it has a secret
    pkce = {"require_pkce": members.get("token_endpoint_auth_method") == "none"}
    with transaction.atomic():
        if provides:
            provide(issuer, members)
        client, value = metadata.create(issuer, {**pkce, **members}, owner=owner, incomplete=incomplete)
        set_own(client, own or {})
    return Made(client, value or "")


def change(
    client: Client,
    members: Mapping[str, Any],
    *,
    rights: Collection[str],
    provides: bool = True,
    incomplete: bool = True,
    verified: bool = False,
    own: Mapping[str, Any] | None = None,
    check: Callable[[Client], None] | None = None,
) -> Made:
    """Change these members; a secret is made where the method needs one and there is none. Raises as `create`.

    `verified`: it stays so whatever people see of it. `own`: as for `set_own`. `check` sees the client as nobody can change it any more.
    """
    _require_within(members.get("scope", ""), rights)
    _require_vouched(members, client)
    pkce = {"require_pkce": True} if members.get("token_endpoint_auth_method") == "none" else {}
    with transaction.atomic():
        # the row as it is now: what was read before would be written back over what others have changed meanwhile
        client = locked(client, "issuer")
        if check:
            check(client)
        require_within(client, rights)
        if provides:
            provide(client.issuer, members)
        metadata.update(client, {**pkce, **members}, incomplete=incomplete, verified=verified)
        value = members.get("client_secret", "")
        if lacks_secret(client):
            value = secret.issue(client)
        set_own(client, own or {})
    return Made(client, value)


@transaction.atomic
def set_own(client: Client, own: Mapping[str, Any]) -> None:
    """What no registration may set: `enabled`, `verified`, `publisher`, `brand`."""
    changes = {name: [getattr(client, name), own[name]] for name in ("verified", "publisher", "brand") if name in own}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    for name, (_before, after) in changes.items():
        setattr(client, name, after)
    if changes:
        client.save(update_fields=[*changes, "updated"])
        audit.record(
            Event.CLIENT_CHANGED, issuer=client.issuer, client=client, target=client.client_id, changes=changes
        )
    if "enabled" in own:
        metadata.switch(client, own["enabled"])


def beyond_trust(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Of what would change, what is not for everybody who may change a client: `TRUST`, and all of it where people rely on it."""
    changed = {name for name, value in after.items() if before.get(name) != value}
    is_trusted = before.get("skip_consent") or before.get("verified")
    return sorted(changed & TRUST) or (sorted(changed & TRUSTED) if is_trusted else [])


def manages_more(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the client gets a scope of the management API, which outlasts the session of whoever gives it."""
    named = (set(str(members.get("scope") or "").split()) for members in (before, after))
    has, gets = ({name for name in names if name.startswith(scopes.MANAGE)} for names in named)
    return not gets <= has


def lacks_secret(client: Client) -> bool:
    """Whether any change makes one, for whoever asked to see."""
    return client.has_secret and not client.secrets.exists()


def require_within(client: Client, rights: Collection[str]) -> None:
    """Whoever changes a client could act as it. Raises `Beyond`."""
    _require_within(scopes.join(client.scopes.values_list("name", flat=True)), rights)


def _require_within(scope: str, rights: Collection[str]) -> None:
    if any(name.startswith(scopes.MANAGE) and name not in rights for name in scope.split()):
        raise Beyond


def _require_vouched(members: Mapping[str, Any], client: Client | None = None) -> None:
    """OpenID Connect Dynamic Client Registration 1.0 §5; the document is fetched, so outside of every transaction."""
    before = metadata.describe(client) if client is not None else {}
    uri, redirect_uris = (members.get(name, before.get(name)) for name in ("sector_identifier_uri", "redirect_uris"))
    changes = uri != before.get("sector_identifier_uri") or redirect_uris != before.get("redirect_uris")
    if uri and changes and (wrong := sector.problem(uri, redirect_uris or ())):
        raise InvalidClientMetadata(f"sector_identifier_uri: {wrong}")


def provide(issuer: Issuer, members: Mapping[str, Any]) -> None:
    """A plain row for each scope and API that is named and has none. Raises `InvalidClientMetadata`."""
    try:
        names = scopes.parse(members.get("scope", ""))
    except InvalidScope as error:
        raise InvalidClientMetadata(f"scope: {error.description}") from None
    if any("*" in name for name in names):
        raise InvalidClientMetadata("scope: Scopes are compared exactly; * is none.")
    known = set(issuer.scopes.filter(name__in=names).values_list("name", flat=True))
    for name in names:
        if name not in known:
            _add(Scope(issuer=issuer, name=name), "scope", Event.SCOPE_CHANGED, name)
    asked = list(dict.fromkeys(members.get("audience", ())))
    there = set(issuer.audiences.filter(identifier__in=asked).values_list("identifier", flat=True))
    for identifier in asked:
        if identifier not in there:
            row = Audience(issuer=issuer, identifier=identifier, name=identifier[:120])
            _add(row, "audience", Event.AUDIENCE_CHANGED, identifier)


def _add(row: Scope | Audience, member: str, event: Event, name: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        messages = [text for texts in error.message_dict.values() for text in texts]
        raise InvalidClientMetadata(f"{member}: {' '.join(messages)}".encode("ascii", "replace").decode()) from None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # somebody else was as fast
        return
    audit.record(event, issuer=row.issuer, target=name, reason="named by a client", changes={member: [None, name]})


@transaction.atomic
def delete(client: Client, *, rights: Collection[str], check: Callable[[Client], None] | None = None) -> None:
    """Whatever it holds is dead. Raises `Beyond`, and what `check` raises."""
    client = locked(client, "issuer")
    if check:
        check(client)
    require_within(client, rights)
    metadata.delete(client)


@transaction.atomic
def rotate_secret(client: Client, *, rights: Collection[str]) -> Made:
    """A new secret; the newest `FORMER` others stay good. Raises `Beyond`, and `InvalidClientMetadata` where there is none."""
    require_within(client, rights)
    if not client.has_secret:
        raise InvalidClientMetadata("token_endpoint_auth_method: A client of this method has no secret.")
    kept = client.secrets.order_by("-created", "-pk").values_list("pk", flat=True)[:FORMER]
    client.secrets.exclude(pk__in=list(kept)).delete()
    value = secret.issue(client)
    _note(Event.SECRET_CREATED, client, "the others stay good until they are deleted")
    return Made(client, value)


@transaction.atomic
def end_former_secrets(client: Client, *, rights: Collection[str]) -> None:
    """Only the newest secret stays. Raises `Beyond`."""
    require_within(client, rights)
    newest = client.secrets.order_by("-created", "-pk").values_list("pk", flat=True)[:1]
    ended, _ = client.secrets.exclude(pk__in=list(newest)).delete()
    if ended:
        _note(Event.SECRET_DELETED, client, "former secrets")


@transaction.atomic
def retire(client: Client) -> None:
    """Off for good: what it holds ends, and its secrets go with it. The row stays, for whoever reads the audit log."""
    metadata.switch(client, False)
    ended, _ = client.secrets.all().delete()
    if ended:
        _note(Event.SECRET_DELETED, client, "retired")


@transaction.atomic
def end_access_tokens(client: Client) -> int:
    """The access tokens that are stored; what refreshes them stays. How many. One UPDATE."""
    now = clock.now()
    live = AccessToken.objects.filter(application=client.pk, revoked=None, expires__gt=now)
    ended = live.update(revoked=now)
    _note(Event.TOKEN_REVOKED, client, "all access tokens of the client")
    return ended


def _note(event: Event, client: Client, reason: str) -> None:
    audit.record(event, issuer=client.issuer, client=client, target=client.client_id, reason=reason)
