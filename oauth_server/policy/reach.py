"""All that a client may ever ask for: its scopes, and the audiences that it may name."""

from collections.abc import Mapping
from dataclasses import dataclass

from oauth_server.models import Audience, Client, Scope


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Scopes by name, audiences by identifier; an audience is reached by being listed or by owning a scope of the client."""

    issuer: str
    scopes: Mapping[str, Scope]
    audiences: Mapping[str, Audience]
    listed: tuple[str, ...]


def reach(client: Client) -> Reach:
    """Two statements."""
    scopes = {scope.name: scope for scope in client.scopes.select_related("audience")}
    listed = {audience.identifier: audience for audience in client.audiences.all()}
    owning = {scope.audience.identifier: scope.audience for scope in scopes.values() if scope.audience}
    return Reach(client.issuer.identifier, scopes, {**owning, **listed}, tuple(listed))
