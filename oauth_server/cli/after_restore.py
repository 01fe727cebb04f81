"""`after-restore`: once a backup was restored, before the server answers again."""

import click

from oauth_server.cli.output import Output, Row, output
from oauth_server.tokens import restored

_HEADINGS = ("WHAT", "HOW MANY")


@click.command()
@click.confirmation_option("--yes", "-y", prompt="End every token and every sign-in of this database?")
@output
def after_restore(out: Output) -> None:
    """End every token and sign-in of a restored database, so that nothing that ended since the backup comes back.

    Clients with their secrets, keys and what people agreed to stay: people sign in again, and are not asked again.
    """
    counts = restored.end_everything()
    rows = [
        Row(what, tuple(zip(_HEADINGS, (what, str(n)), strict=True)), {"what": what, "count": n})
        for what, n in counts.items()
    ]
    out.many(rows, _HEADINGS)
