"""`revoke token`, `revoke consents`: RFC 7009, by the management API as the operator does it, or by its endpoint as a client does."""

import click

from oauth_server.cli import completion, options, remote
from oauth_server.cli.options import Refused
from oauth_server.cli.output import Output, Row, output
from oauth_server.cli.where import Where, where

HEADINGS = ("PERSON", "CLIENTS", "AUTHORIZATIONS ENDED")
_REASON = "by command"


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
    else:
        server = where.token_server(value) if value else None
        if server is None or server.find("/tokens/revoke", {"value": value, "reason": _REASON}) is None:
            raise Refused("This server never issued such a token.")
    out.ids([value])


@click.command()
@click.option("--person", required=True, help="The log-in name or the ID of the person.")
@click.option(
    "--client-id", shell_complete=completion.clients, help="Only what this client may do; else all of the project."
)
@where
@output
def consents(out: Output, where: Where, person: str, client_id: str | None) -> None:
    """Withdraw what a person allowed apps, and revoke the tokens; the person is asked again."""
    asked = {"person": person, "reason": _REASON, **({"client_id": client_id} if client_id else {})}
    done = where.server().create("/consents/withdraw", asked)
    shown = tuple(zip(HEADINGS, (person, str(done["clients"]), str(done["ended"])), strict=True))
    out.one(Row(person, shown, {"person": person, **done}))
