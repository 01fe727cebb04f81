"""`introspect token`: RFC 7662 §2.2, from the database as the operator sees it, or over HTTP as a client does."""

from datetime import UTC, datetime
from typing import Any

import click

from oauth_server.cli import options, projects, remote
from oauth_server.cli.output import EMPTY, Output, Row, output, when
from oauth_server.cli.where import Where, where
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


def inspected(found: dict[str, Any]) -> dict[str, Any]:
    """What the management API tells of a token, as introspection says it."""
    if not found.get("active") or found.get("kind") not in ("access_token", "refresh_token"):
        return {"active": False}
    return {
        "active": True,
        "sub": found.get("sub"),
        "client_id": found.get("client_id"),
        "scope": found.get("scope"),
        "aud": found.get("audiences"),
        "iss": found.get("issuer"),
        "iat": _seconds(found.get("issued_at")),
        "exp": _seconds(found.get("expires_at")),
        "token_type": "Bearer",
        "token_use": found["kind"],
    }


def _seconds(moment: Any) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp()) if isinstance(moment, str) else None


@click.command()
@click.argument("value", metavar="TOKEN")
@options.many("--scope", "scope", help="The token is inactive unless it has these.")
@click.option("--client-id", help="Ask over HTTP as this client; it learns of its own tokens only.")
@click.option("--client-secret", envvar="OAUTH2_CLIENT_SECRET", help="Default: $OAUTH2_CLIENT_SECRET.")
@where
@output
def token(
    out: Output,
    where: Where,
    value: str,
    scope: list[str] | None,
    client_id: str | None,
    client_secret: str | None,
) -> None:
    """Tell whether a token is active, whose it is, and what for."""
    if client_id:
        caller = remote.caller(client_id, client_secret, is_here=where.is_here)
        members = remote.post(f"{where.url_for(client_id)}/oauth2/introspect", {"token": value}, caller)
    elif where.is_here:
        members = local(value, where.project)
    else:
        members = inspected(where.server().ask("POST", "/tokens/inspect", body={"value": value}))
    if not members.get("active") or not set(scope or ()) <= set(str(members.get("scope", "")).split()):
        members = {"active": False}
    out.one(row(members))
