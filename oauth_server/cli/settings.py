"""`settings`: what this server runs with, defaults included, and without what is secret."""

import json

import click

from oauth_server import conf
from oauth_server.cli.output import EMPTY, Output, Row, output

HEADINGS = ("SETTING", "VALUE", "FROM")


@click.command()
@output
def settings(out: Output) -> None:
    """Show every setting of OAUTH_SERVER as it takes effect, and whether it is written in the project or a default.

    Of keys only their number is shown; `oauth list storage-keys` tells them apart.
    """
    out.many([_row(name, value, written) for name, value, written in conf.effective()], HEADINGS)


def _row(name: str, value: object, written: bool) -> Row:
    origin = "project" if written else "default"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    shown = (name, text or EMPTY, origin)
    return Row(name, tuple(zip(HEADINGS, shown, strict=True)), {"setting": name, "value": value, "from": origin})
