"""OpenID Connect Core 1.0 §8 subject identifier: public, and RFC 9068 §5: a client's own token names the client."""

from typing import Any
from uuid import UUID

from oauth_server.digest import Kind, derive
from oauth_server.models import Client


def of_person(user: Any, client: Client) -> str:
    """The `sub` under which this client knows this person."""
    return str(user.pk)


def of_client(client: Client) -> str:
    return client.client_id


def sid(session_id: UUID, client: Client) -> str:
    """OpenID Connect Front-Channel Logout 1.0 §3 `sid`: one sign-in, under a name that two clients cannot compare."""
    return derive(Kind.SESSION, str(session_id), client.client_id)
