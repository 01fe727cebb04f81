"""`introspect token`: RFC 7662 §2.2, from the database as the operator sees it, or over HTTP as a client does."""

from datetime import UTC, datetime
from typing import Any

import click

from oauth_server.cli import options, projects, remote
from oauth_server.cli.client import issuer_of
from oauth_server.cli.output import EMPTY, Output, Row, output, when
from oauth_server.tokens import lookup

HEADINGS = ("ACTIVE", "SUBJECT", "CLIENT ID", "SCOPE", "EXPIRY", "TOKEN USE")


def row(members: dict[str, Any]) -> Row:
    expires = members.get("exp")
    shown = (
        "true" if members["active"] else "false",
        str(members.get("sub") or EMPTY),
        str(members.get("client_id") or EMPTY),
        str(members.get("scope") or ""),
        when(datetime.fromtimestamp(expires, UTC)) if isinstance(expires, int) else EMPTY,
        str(members.get("token_use") or EMPTY),
    )
    return Row(str(members.get("client_id", "")), tuple(zip(HEADINGS, shown, strict=True)), members)


def local(value: str, project: str | None) -> dict[str, Any]:
    """What the database knows of a token of this project; of an inactive one nothing."""
    found = lookup.find(value)
    issuer = projects.given(project)
    if found is None or not found.active or found.kind == "authorization_code" or (issuer and found.issuer != issuer):
        return {"active": False}
    return {
        "active": True,
        "sub": found.sub,
        "client_id": found.client.client_id,
        "scope": found.scope,
        "aud": found.audiences,
        "iss": found.issuer.identifier,
        "iat": int(found.issued.timestamp()),
        "exp": int(found.expires.timestamp()),
        "token_type": "Bearer",
        "token_use": found.kind,
    }


@click.command()
@click.argument("token")
@options.many("--scope", "scope", help="The token is inactive unless it has these.")
@click.option("--client-id", help="Ask over HTTP as this client; it learns of its own tokens only.")
@click.option("--client-secret", envvar="OAUTH2_CLIENT_SECRET", help="Default: $OAUTH2_CLIENT_SECRET.")
@options.endpoint
@options.project
@output
def token(
    out: Output,
    project: str | None,
    endpoint: str | None,
    token: str,
    scope: list[str] | None,
    client_id: str | None,
    client_secret: str | None,
) -> None:
    """Tell whether a token is active, whose it is, and what for."""
    if endpoint and not client_id:
        raise options.WrongUse("Over HTTP the caller authenticates: give --client-id and --client-secret.")
    if client_id:
        url = remote.base(issuer_of(client_id, project), endpoint)
        members = remote.post(f"{url}/oauth2/introspect", {"token": token}, remote.caller(client_id, client_secret))
    else:
        members = local(token, project)
    if not members.get("active") or not set(scope or ()) <= set(str(members.get("scope", "")).split()):
        members = {"active": False}
    out.one(row(members))
