"""`revoke token`: RFC 7009, in the database as the operator does, or over HTTP as a client does."""

import click

from oauth_server.cli import options, projects, remote
from oauth_server.cli.output import Output, output
from oauth_server.cli.where import Where, where
from oauth_server.tokens import lookup, revoke


@click.command()
@click.argument("value", metavar="TOKEN")
@options.client(required=False)
@where
@output
def token(
    out: Output,
    where: Where,
    value: str,
    client_id: str | None,
    client_secret: str | None,
) -> None:
    """End a token; with a refresh token everything that came of the same consent."""
    if client_id:
        caller = remote.caller(client_id, client_secret, is_here=where.is_here)
        remote.post(f"{where.url_for(client_id)}/oauth2/revoke", {"token": value}, caller)
    elif where.is_here:
        _revoke(value, where.project)
    elif not where.server().ask("POST", "/tokens/revoke", body={"value": value, "reason": "by command"}).get("revoked"):
        raise options.Refused("This server never issued such a token.")
    out.ids([value])


def _revoke(value: str, project: str | None) -> None:
    found = lookup.find(value)
    issuer = projects.given(project)
    if found is None or (issuer is not None and found.issuer != issuer):
        raise options.Refused("This server never issued such a token.")
    revoke.found(found, "by command")
