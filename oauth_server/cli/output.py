"""What commands print: a table for people, JSON or YAML for programs, or the ids alone. One object prints downwards, several as columns."""

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

import click

from oauth_server.cli import documents

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
EMPTY = "<empty>"


@dataclass(frozen=True, slots=True)
class Row:
    """An object: its id, its labels in their order, and its members for programs."""

    id: str
    labels: Sequence[tuple[str, str]]
    members: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """How this call prints."""

    form: str
    quiet: bool

    def one(self, row: Row, *, to_stderr: bool = False) -> None:
        if self.quiet:
            click.echo(cleaned(row.id), err=to_stderr)
        elif self.form != "table":
            self.data(row.members, to_stderr=to_stderr)
        else:
            width = max(len(label) for label, _ in row.labels)
            for label, value in row.labels:
                click.echo(f"{label.ljust(width)}\t{cleaned(value)}".rstrip(), err=to_stderr)

    def many(self, rows: Sequence[Row], headings: Sequence[str], next_page_token: str = "") -> None:
        if self.quiet:
            for row in rows:
                click.echo(cleaned(row.id))
        elif self.form != "table":
            page = {"next_page_token": next_page_token, "is_last_page": not next_page_token}
            self.data({"items": [row.members for row in rows], **page})
        else:
            _columns([headings, *([cleaned(value) for _, value in row.labels] for row in rows)])
            if next_page_token:
                click.echo(f"\nNEXT PAGE TOKEN\t{next_page_token}")

    def ids(self, ids: Iterable[str]) -> None:
        """What was deleted."""
        ids = list(ids)
        if self.form == "json" and not self.quiet:
            click.echo(json.dumps(ids if len(ids) != 1 else ids[0]))
        elif self.form == "yaml" and not self.quiet:
            self.data(ids)
        else:
            for one in ids:
                click.echo(cleaned(one))

    def data(self, value: Any, *, to_stderr: bool = False) -> None:
        """For programs."""
        text = json.dumps(value, indent=2)
        click.echo(documents.write(json.loads(text)).rstrip() if self.form == "yaml" else text, err=to_stderr)


def progress(items: Collection[T], label: str) -> Iterator[T]:
    """The items, with a bar on a terminal while they are worked on; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


def told(totals: Mapping[str, int]) -> Callable[[str], None]:
    """Takes lines such as `access tokens: 5000`: on a terminal a bar for each kind whose total is known, elsewhere the lines."""
    if not sys.stderr.isatty():
        return lambda text: click.echo(text, err=True)
    bars: dict[str, Any] = {}

    def tell(text: str) -> None:
        name, _, done = text.partition(": ")
        if not (total := totals.get(name)):
            click.echo(text, err=True)
            return
        bar = bars.setdefault(name, click.progressbar(length=total, label=name, file=sys.stderr))
        bar.update(int(done) - bar.pos)
        if bar.pos >= total:
            bar.render_finish()

    return tell


def _columns(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        click.echo("\t".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())


def cleaned(value: str) -> str:
    """A name that somebody else chose must not move the cursor of this terminal."""
    return "".join(char if char.isprintable() else "?" for char in value)


def output(command: F) -> F:
    """Add `--format` and `-q`, and hand the command its `out`."""

    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        show_default=True,
        help="For people or for programs.",
    )
    @click.option("-q", "--quiet", is_flag=True, help="Print ids only.")
    @wraps(command)
    def with_output(*args: Any, form: str, quiet: bool, **kwargs: Any) -> Any:
        return command(*args, out=Output(form, quiet), **kwargs)

    return with_output  # type: ignore[return-value]


def listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else EMPTY
