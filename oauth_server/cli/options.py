"""What several commands take: lists by commas and repeats, the project, the client's own credentials; and how a command fails."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
# A comma inside a URI stays; one before the next scheme separates
_BETWEEN_URIS = re.compile(r",(?=[a-z][a-z0-9+.-]*:)")


class Refused(click.ClickException):
    """The server says no: exit code 1."""

    exit_code = 1


class WrongUse(click.ClickException):
    """The command cannot be meant so: exit code 2."""

    exit_code = 2


def _given(value: tuple[str, ...], split: Callable[[str], list[str]]) -> list[str] | None:
    """None when the flag is left out; an empty value is an empty list."""
    return [item for part in value for item in split(part) if item] if value else None


def json_value(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """What a flag holds as JSON."""
    if value is None:
        return None
    try:
        return json.loads(value)
    except ValueError as error:
        raise click.BadParameter("It is not JSON.") from error


def words(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> list[str] | None:
    """Names by commas, spaces and repeats."""
    return _given(value, lambda part: re.split(r"[,\s]+", part))


def uris(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> list[str] | None:
    """URIs by commas and repeats."""
    return _given(value, lambda part: [uri.strip() for uri in _BETWEEN_URIS.split(part)])


def many(*names: str, read: Callable[..., Any] = words, **attributes: Any) -> Callable[[F], F]:
    """An option that takes several values."""
    return click.option(*names, multiple=True, callback=read, **attributes)


def together(*flags: Callable[[Any], Any]) -> Callable[[F], F]:
    """Several options as one, in the order of the help."""

    def decorate(command: F) -> F:
        for flag in reversed(flags):
            command = flag(command)
        return command

    return decorate


project = click.option(
    "--project",
    metavar="ID|SLUG",
    help="Its ID, slug or URL. Default: the only one that you made, else the first issuer.",
)


def client(required: bool = True) -> Callable[[F], F]:
    """The client's own credentials, by flag or environment."""

    return together(
        click.option("--client-id", envvar="OAUTH2_CLIENT_ID", required=required, help="Default: $OAUTH2_CLIENT_ID."),
        click.option("--client-secret", envvar="OAUTH2_CLIENT_SECRET", help="Default: $OAUTH2_CLIENT_SECRET."),
    )


def without_none(**values: Any) -> dict[str, Any]:
    """The flags that were given."""
    return {name: value for name, value in values.items() if value is not None}


def with_audience(**values: Any) -> dict[str, Any]:
    """The same, where an empty `audience` is none."""
    found = without_none(**values)
    return {**found, "audience": found["audience"] or None} if "audience" in found else found
