"""What is the same for every kind of object: how one is found and shown, and the verbs that need no flags of their own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from oauth_server.api.v1.identity import id_of
from oauth_server.cli import documents
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, Row, output, progress
from oauth_server.cli.server import Server
from oauth_server.cli.where import Where, where
from oauth_server.models import Issuer

# What the management API adds for itself
_OWN = frozenset({"id", "etag"})


@dataclass(frozen=True, slots=True)
class Noun:
    """`path`: in the management API. `key`: the member by which people name one. `shown`: the values below `headings`.

    `owner`: the project here of the object with that name, where it says so itself.
    """

    name: str
    path: str
    key: str
    headings: tuple[str, ...]
    shown: Callable[[Mapping[str, Any]], Iterable[str]]
    order: str
    completion: Any
    owner: Callable[[str], Issuer | None] | None = None

    def row(self, item: Mapping[str, Any]) -> Row:
        members = {name: value for name, value in item.items() if name not in _OWN}
        return Row(str(item[self.key]), tuple(zip(self.headings, self.shown(item), strict=True)), members)

    def url(self, key: str) -> str:
        return f"{self.path}/{id_of(key)}"

    def server(self, where: Where, key: str) -> Server:
        return where.server(self.owner(key) if self.owner and where.is_here and not where.project else None)

    def find(self, where: Where, key: str) -> tuple[Server, dict[str, Any]]:
        """Raises `Refused` when there is none, in this project if one is named."""
        server = self.server(where, key)
        found = server.find(self.url(key)) if key else None
        if found is None:
            raise Refused(f"There is no {self.name} {key}.")
        return server, found


def get(noun: Noun, metavar: str, meaning: str) -> click.Command:
    @click.command("get", help=meaning)
    @click.argument("keys", metavar=f"{metavar}...", nargs=-1, required=True, shell_complete=noun.completion)
    @where
    @output
    def command(out: Output, where: Where, keys: tuple[str, ...]) -> None:
        rows = [noun.row(noun.find(where, key)[1]) for key in keys]
        if len(rows) == 1:
            out.one(rows[0])
        else:
            out.many(rows, noun.headings)

    return command


def list_(noun: Noun, meaning: str, **query: str) -> click.Command:
    @click.command("list", help=meaning)
    @where
    @click.option(
        "--page-size", type=click.IntRange(1, 500), default=100, show_default=True, help="How many on a page."
    )
    @click.option("--page-token", default="", help="From the page before.")
    @click.option("--all", "is_whole", is_flag=True, help="Every page.")
    @output
    def command(out: Output, where: Where, page_size: int, page_token: str, is_whole: bool) -> None:
        server = where.server()
        if is_whole:
            out.many([noun.row(item) for item in server.all(noun.path, order=noun.order, **query)], noun.headings)
            return
        page = server.page(noun.path, limit=page_size, cursor=page_token, order=noun.order, **query)
        out.many([noun.row(item) for item in page.items], noun.headings, page.next)

    return command


def delete(noun: Noun, metavar: str, meaning: str) -> click.Command:
    @click.command("delete", help=meaning)
    @click.argument("keys", metavar=f"{metavar}...", nargs=-1, required=True, shell_complete=noun.completion)
    @where
    @output
    def command(out: Output, where: Where, keys: tuple[str, ...]) -> None:
        # all are there before the first one goes
        found = [noun.find(where, key) for key in dict.fromkeys(keys)]
        for server, item in found:
            server.delete(noun.url(str(item[noun.key])), str(item["etag"]))
        out.ids(keys)

    return command


def import_(noun: Noun, meaning: str) -> click.Command:
    @click.command("import", help=meaning)
    @click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
    @where
    @output
    def command(out: Output, where: Where, files: tuple[str, ...]) -> None:
        given = [(file, number, item) for file in files for number, item in enumerate(documents.items(file), 1)]
        server, rows, wrong = where.server(), [], []
        for file, number, item in progress(given, f"{noun.name}s"):
            try:
                rows.append(noun.row(server.create(noun.path, item)))
            except (Refused, WrongUse) as error:
                wrong.append(f"{file}, {noun.name} {number} ({item.get(noun.key, 'without a name')}): {error.message}")
        out.many(rows, noun.headings)
        if wrong:
            raise Refused("\n".join(wrong))

    return command
