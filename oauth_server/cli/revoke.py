"""`revoke token`: RFC 7009, in the database as the operator does, or over HTTP as a client does."""

import click

from oauth_server.cli import options, projects, remote
from oauth_server.cli.client import issuer_of
from oauth_server.cli.output import Output, output
from oauth_server.tokens import lookup, revoke


@click.command()
@click.argument("token")
@options.client(required=False)
@options.endpoint
@options.project
@output
def token(
    out: Output,
    project: str | None,
    endpoint: str | None,
    token: str,
    client_id: str | None,
    client_secret: str | None,
) -> None:
    """End a token; with a refresh token everything that came of the same consent."""
    if endpoint and not client_id:
        raise options.WrongUse("Over HTTP the caller authenticates: give --client-id and --client-secret.")
    if client_id:
        url = remote.base(issuer_of(client_id, project), endpoint)
        remote.post(f"{url}/oauth2/revoke", {"token": token}, remote.caller(client_id, client_secret))
    else:
        _revoke(token, project)
    out.ids([token])


def _revoke(value: str, project: str | None) -> None:
    found = lookup.find(value)
    issuer = projects.given(project)
    if found is None or (issuer is not None and found.issuer != issuer):
        raise options.Refused("This server never issued such a token.")
    revoke.found(found, "by command")
