"""`initial-access-token`: RFC 7591 §3, who holds one may register clients."""

from datetime import timedelta

import click

from oauth_server import clock
from oauth_server.cli import options, projects
from oauth_server.cli.options import Refused, WrongUse, many
from oauth_server.cli.output import Output, Row, output, when
from oauth_server.models import InitialAccessToken
from oauth_server.registration import initial_access_token

HEADINGS = ("ID", "NAME", "TOKEN", "SCOPE", "REGISTERED", "MOST", "EXPIRES")


def row(token: InitialAccessToken, value: str = "") -> Row:
    """`value`: the token, in the one answer that shows it."""
    shown = (
        str(token.pk),
        token.name,
        value or f"…{token.hint}",
        token.scope,
        str(token.used),
        str(token.most or ""),
        when(token.expires) if token.expires else "",
    )
    members = {
        "id": token.pk,
        "name": token.name,
        "scope": token.scope,
        "used": token.used,
        "most": token.most,
        "created_by": token.created_by,
        "expires": token.expires.isoformat() if token.expires else None,
        **({"initial_access_token": value} if value else {}),
    }
    return Row(value or str(token.pk), tuple(zip(HEADINGS, shown, strict=True)), members)


@click.command()
@click.option("--name", default="", help="To whom it is given, or what for.")
@many("--scope", "scopes", help="What its clients may ask for at most. Default: the setting REGISTRATION_SCOPES.")
@click.option("--most", type=click.IntRange(0), default=1, show_default=True, help="How many clients; 0: no limit.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days after which it expires. Default: never.")
@options.project
@output
def create(out: Output, project: str | None, name: str, scopes: list[str] | None, most: int, days: int | None) -> None:
    """Create a token; it is shown once."""
    expires = clock.now() + timedelta(days=days) if days else None
    try:
        made, value = initial_access_token.make(
            projects.choose(project), name=name, scope=" ".join(scopes or ()), most=most, expires=expires
        )
    except ValueError as error:
        raise WrongUse(f"scope: {error}") from error
    out.one(row(made, value))


@click.command("list")
@options.project
@output
def list_(out: Output, project: str | None) -> None:
    """List the tokens of a project."""
    out.many([row(token) for token in projects.choose(project).initial_access_tokens.all()], HEADINGS)


@click.command()
@click.argument("id", type=int)
@options.project
@output
def delete(out: Output, project: str | None, id: int) -> None:
    """Delete a token; the clients that were registered with it stay."""
    found = projects.choose(project).initial_access_tokens.filter(pk=id).first()
    if found is None:
        raise Refused(f"There is no initial access token {id}.")
    initial_access_token.delete(found)
    out.ids([str(id)])
