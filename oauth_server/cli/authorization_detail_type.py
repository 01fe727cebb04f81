"""`authorization-detail-type`: RFC 9396 §2.1, what may be asked for beyond scopes."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from oauth_server.cli import completion, noun, options
from oauth_server.cli.noun import Noun
from oauth_server.cli.options import json_value
from oauth_server.cli.output import Output, output
from oauth_server.cli.where import Where, where


def _shown(item: Mapping[str, Any]) -> Iterable[str]:
    optional = "yes" if item["optional"] else "no"
    return (item["type"], item["title"], item["audience"] or "", optional)


TYPE = Noun(
    name="authorization detail type",
    path="/authorization-detail-types",
    key="type",
    headings=("TYPE", "TITLE", "AUDIENCE", "OPTIONAL"),
    shown=_shown,
    order="type",
    completion=completion.detail_types,
)


fields = options.together(
    click.option("--title", help="What the person allows, such as “Make a payment”."),
    click.option("--description", help="One sentence more."),
    click.option("--audience", shell_complete=completion.audiences, help="The API that it is for."),
    click.option("--schema", callback=json_value, metavar="JSON", help="Its members, as a JSON Schema."),
    click.option("--words", callback=json_value, metavar="JSON", help="What they are called, by language."),
    click.option("--optional/--required", default=None, help="Whether people may leave it out."),
    click.option("--sensitive/--not-sensitive", default=None, help="Whether the consent page warns."),
    click.option("--remember/--ask-each-time", default=None, help="Whether exactly the same is not asked again."),
)


@click.command()
@click.argument("type")
@fields
@where
@output
def create(out: Output, where: Where, type: str, **given: Any) -> None:
    """Create a type of authorization details; TYPE is what clients send."""
    out.one(TYPE.row(where.server().create(TYPE.path, {"type": type, **options.with_audience(**given)})))


@click.command()
@click.argument("type", shell_complete=completion.detail_types)
@fields
@where
@output
def update(out: Output, where: Where, type: str, **given: Any) -> None:
    """Change what the given flags name; everything else stays."""
    server, item = TYPE.find(where, type)
    out.one(TYPE.row(server.change(TYPE.url(type), options.with_audience(**given), item["etag"])))


get = noun.get(TYPE, "TYPE", "Show types of authorization details.")
list_ = noun.list_(TYPE, "List the types of authorization details of a project.")
delete = noun.delete(TYPE, "TYPE", "Delete types of authorization details: no client can ask for them any more.")
import_ = noun.import_(TYPE, "Create types of authorization details from YAML or JSON files; - is the standard input.")
