"""`takeover-dot`: an existing django-oauth-toolkit database as this server's, by report first."""

import pprint
from collections.abc import Sequence

import click

from oauth_server.cli.options import Refused
from oauth_server.cli.output import EMPTY, Output, Row, output, told
from oauth_server.conf import settings
from oauth_server.dot import takeover
from oauth_server.dot.takeover import Line
from oauth_server.dot.takeover_settings import Former
from oauth_server.dot.takeover_sql import Source
from oauth_server.dot.takeover_tokens import BATCH

_HEADINGS = ("WHAT", "HOW MANY", "WHAT BECOMES OF IT")
_STOCK = Source()


@click.command()
@click.option("--apply", "do", is_flag=True, help="Do it. Without this flag there is only the report.")
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    metavar="URI",
    help="What tokens without resource are for. Default: this host.",
)
@click.option(
    "--batch", type=click.IntRange(1), default=BATCH, show_default=True, help="How many tokens in one transaction."
)
@click.option(
    "--application-table",
    metavar="NAME",
    default=_STOCK.application,
    show_default=True,
    help="Where the clients are, if the project swapped the model.",
)
@click.option(
    "--access-token-table",
    metavar="NAME",
    default=_STOCK.access_token,
    show_default=True,
    help="Where the access tokens are, if the project swapped the model.",
)
@click.option(
    "--refresh-token-table",
    metavar="NAME",
    default=_STOCK.refresh_token,
    show_default=True,
    help="Where the refresh tokens are, if the project swapped the model.",
)
@output
def takeover_dot(
    out: Output,
    do: bool,
    audiences: tuple[str, ...],
    batch: int,
    application_table: str,
    access_token_table: str,
    refresh_token_table: str,
) -> None:
    """Take over the clients and tokens of django-oauth-toolkit 3.4.1 in this database; a dry run without --apply.

    Every live token, refresh token and client secret goes on working. Needs a backup, and that nothing issues tokens meanwhile.
    """
    if takeover.is_finished():
        click.echo("This database was taken over already; nothing is done.", err=True)
        return
    what = takeover.plan(Source(application_table, access_token_table, refresh_token_table), audiences)
    try:
        lines = takeover.report(what)
        _show(out, lines)
        if do:
            takeover.apply(what, batch=batch, tell=told(_totals(lines)))
            click.echo("Done. DOT's tables are as they were; drop them when you no longer need them.", err=True)
    except (takeover.Impossible, takeover.Lost) as error:
        raise Refused(str(error)) from error


def _show(out: Output, lines: Sequence[Line]) -> None:
    out.many([_row(line) for line in lines], _HEADINGS)
    if out.form == "table" and not out.quiet:
        ours = pprint.pformat(Former.read().ours(settings.ISSUER), sort_dicts=False)
        click.echo(f"\nSettings that keep what yours said:\nOAUTH_SERVER = {ours}")


def _totals(lines: Sequence[Line]) -> dict[str, int]:
    """What is copied in batches."""
    counts = {line.subject: line.count or 0 for line in lines}
    refresh = sum(counts.get(f"refresh tokens, {kind}", 0) for kind in ("live", "exchanged", "revoked"))
    return {"access tokens": counts.get("access tokens, live", 0), "refresh tokens": refresh}


def _row(line: Line) -> Row:
    shown = EMPTY if line.count is None else str(line.count)
    labels = tuple(zip(_HEADINGS, (line.subject, shown, line.outcome), strict=True))
    return Row(line.subject, labels, {"what": line.subject, "count": line.count, "outcome": line.outcome})
