"""All that a client may ever ask for: its scopes, and the audiences that it may name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oauth_server.models import Audience, AuthorizationDetailType, Client, Scope


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Scopes by name, audiences by identifier; an audience is reached by being listed or by owning a scope of the client.

    `details`: the types of authorization details (RFC 9396) that it may use; their audiences are reached as well.
    """

    issuer: str
    scopes: Mapping[str, Scope]
    audiences: Mapping[str, Audience]
    listed: tuple[str, ...]
    details: Mapping[str, AuthorizationDetailType] = field(default_factory=dict)


def reach(client: Client) -> Reach:
    """Two statements, and one for a client that has types of authorization details."""
    scopes = {scope.name: scope for scope in client.scopes.select_related("audience")}
    listed = {audience.identifier: audience for audience in client.audiences.all()}
    types = _detail_types(client)
    owners = [*(scope.audience for scope in scopes.values()), *(row.audience for row in types.values())]
    owning = {owner.identifier: owner for owner in owners if owner}
    return Reach(client.issuer.identifier, scopes, {**owning, **listed}, tuple(listed), types)


def _detail_types(client: Client) -> dict[str, AuthorizationDetailType]:
    if not client.authorization_details_types:
        return {}
    rows = AuthorizationDetailType.objects.select_related("audience").filter(issuer=client.issuer_id)
    return {row.type: row for row in rows.filter(type__in=client.authorization_details_types)}
