"""`admin-token`: an access token of the management API, for Hydra's command-line client, a login app, or a program."""

import os
import re
from datetime import UTC, datetime
from typing import Any

import click

from oauth_server.cli import options, projects
from oauth_server.cli.options import WrongUse, many
from oauth_server.cli.output import Output, Row, output, when
from oauth_server.deeds import admin_token

HEADINGS = ("TOKEN", "SCOPE", "EXPIRY")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LENGTH = re.compile(r"([1-9][0-9]{0,8})([smhd]?)", re.ASCII)
_LONGEST = 3_650 * 86_400


class _Length(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.5
    """So many seconds, minutes, hours or days."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = _LENGTH.fullmatch(str(value))
        seconds = int(match[1]) * _UNITS[match[2] or "s"] if match else 0
        if not 0 < seconds <= _LONGEST:
            self.fail("Write 90d, 12h, 30m or a number of seconds; at most ten years.", param, ctx)
        return seconds


@click.command()
@many(
    "--scope",
    "scopes",
    help="manage:read, manage:write, manage:secrets, manage:keys, manage:login, manage:audit. Default: manage:read.",
)
@click.option(
    "--expires",
    "seconds",
    type=_Length(),
    default="30d",
    show_default=True,
    help="When it expires, such as 90d, 12h or 30m from now.",
)
@click.option("--name", default="", help="What it is for; the audit log shows it.")
@click.option("--save", metavar="FILE", help="Write it there, for nobody else to read, instead of showing it.")
@options.project
@output
def create(
    out: Output, project: str | None, scopes: list[str] | None, seconds: int, name: str, save: str | None
) -> None:
    """Create a token for the management API, `--token`, and /hydra; it is shown this once."""
    issuer = projects.choose(project)
    try:
        made = admin_token.make(issuer, scopes or ["manage:read"], seconds, name)
    except ValueError as error:
        raise WrongUse(f"scope: {error}") from error
    expiry = when(datetime.fromtimestamp(made.expires, UTC))
    value = save or made.access_token
    if save:
        _write(save, made.access_token)
    shown = zip(HEADINGS, (value, made.scope, expiry), strict=True)
    members = {"file" if save else "access_token": value, "scope": made.scope, "expiry": expiry}
    out.one(Row(value, tuple(shown), members))


def _write(name: str, value: str) -> None:
    """Raises `WrongUse` for a file that is there: it may be open to others."""
    try:
        with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{value}\n")
    except OSError as error:
        raise WrongUse(f"{name} cannot be written: {error.strerror}.") from error
