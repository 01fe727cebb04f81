"""`perform client-credentials`, `perform refresh`: RFC 6749 §4.4 and §6 against a running server."""

from typing import Any

import click

from oauth_server.cli import options, remote, tokens
from oauth_server.cli.output import Output, output
from oauth_server.cli.where import Where, place


@click.command()
@options.client()
@options.many("--scope", "scope", help="What to ask for.")
@options.many("--audience", "audience", read=options.uris, help="The APIs that the token is for.")
@place
@output
def client_credentials(
    out: Output,
    where: Where,
    client_id: str,
    client_secret: str | None,
    scope: list[str] | None,
    audience: list[str] | None,
) -> None:
    """Get an access token for the client itself."""
    fields: dict[str, str] = {"grant_type": "client_credentials"}
    if scope:
        fields["scope"] = " ".join(scope)
    if audience:
        fields["audience"] = " ".join(audience)
    _ask(out, where, client_id, client_secret, fields)


@click.command()
@click.argument("refresh_token")
@options.client()
@options.many("--scope", "scope", help="Less than was granted.")
@place
@output
def refresh(
    out: Output,
    where: Where,
    client_id: str,
    client_secret: str | None,
    refresh_token: str,
    scope: list[str] | None,
) -> None:
    """Get new tokens for a refresh token; the old one is used up."""
    fields: dict[str, str] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if scope:
        fields["scope"] = " ".join(scope)
    _ask(out, where, client_id, client_secret, fields)


def _ask(
    out: Output,
    where: Where,
    client_id: str,
    client_secret: str | None,
    fields: dict[str, Any],
) -> None:
    url = where.url_for(client_id)
    out.one(
        tokens.row(
            remote.post(f"{url}/oauth2/token", fields, remote.caller(client_id, client_secret, is_here=where.is_here))
        )
    )
