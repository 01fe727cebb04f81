"""`introspect token`: RFC 7662 §2.2, by the management API as the operator sees it, or by its endpoint as a client does."""

from datetime import UTC, datetime
from typing import Any

import click

from oauth_server.cli import options, remote
from oauth_server.cli.output import EMPTY, Output, Row, output, when
from oauth_server.cli.where import Where, where

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


def told(where: Where, value: str) -> dict[str, Any]:
    """What the management API knows of a token, as introspection says it; of an inactive one nothing."""
    server = where.token_server(value) if value else None
    found = server.find("/tokens/inspect", {"value": value}) if server else None
    if not found or not found["active"] or found["kind"] not in ("access_token", "refresh_token"):
        return {"active": False}
    family = found["authorization"]
    return {
        "active": True,
        "sub": family["sub"],
        "client_id": family["client_id"],
        "scope": found["scope"],
        "aud": found["audiences"],
        "iat": _seconds(found["issued_at"]),
        "exp": _seconds(found["expires_at"]),
        "token_type": "Bearer",
        "token_use": found["kind"],
    }


def _seconds(moment: Any) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp()) if isinstance(moment, str) else None


@click.command()
@click.argument("value", metavar="TOKEN")
@options.many("--scope", "scope", help="The token is inactive unless it has these.")
@click.option("--client-id", help="Ask as this client, about its own tokens only.")
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
    else:
        members = told(where, value)
    if not members.get("active") or not set(scope or ()) <= set(str(members.get("scope", "")).split()):
        members = {"active": False}
    out.one(row(members))
