"""`scope`: RFC 6749 §3.3, what may be asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from oauth_server.cli import completion, noun, options
from oauth_server.cli.noun import Noun
from oauth_server.cli.options import many
from oauth_server.cli.output import Output, listed, output
from oauth_server.cli.where import Where, where


def _shown(item: Mapping[str, Any]) -> Iterable[str]:
    required = "yes" if item["required"] else "no"
    return (item["name"], item["title"], item["audience"] or "", listed(item["claims"]), required)


SCOPE = Noun(
    name="scope",
    path="/scopes",
    key="name",
    headings=("NAME", "TITLE", "AUDIENCE", "CLAIMS", "REQUIRED"),
    shown=_shown,
    order="name",
    completion=completion.scopes,
)


fields = options.together(
    click.option("--title", help="What the person allows, such as “Read your orders”."),
    click.option("--description", help="One sentence more."),
    click.option("--audience", shell_complete=completion.audiences, help="The API that it belongs to."),
    many("--claim", "claims", help="Claims about the person that it releases."),
    click.option("--required/--optional", default=None, help="Whether it can be left out on the consent page."),
    click.option("--sensitive/--not-sensitive", default=None, help="Whether the consent page warns."),
    click.option("--skip-consent/--no-skip-consent", default=None, help="Whether people are asked at all."),
)


@click.command()
@click.argument("name")
@fields
@where
@output
def create(out: Output, where: Where, name: str, **given: Any) -> None:
    """Create a scope."""
    out.one(SCOPE.row(where.server().create(SCOPE.path, {"name": name, **options.with_audience(**given)})))


@click.command()
@click.argument("name", shell_complete=completion.scopes)
@fields
@click.option("--fresh-consent", is_flag=True, help="Ask everybody anew when a client next asks for it.")
@where
@output
def update(out: Output, where: Where, name: str, fresh_consent: bool, **given: Any) -> None:
    """Change what the given flags name; everything else stays."""
    server, item = SCOPE.find(where, name)
    if changes := options.with_audience(**given):
        item = server.change(SCOPE.url(name), changes, item["etag"])
    if fresh_consent:
        item = server.create(f"{SCOPE.url(name)}/fresh-consent", {})
    out.one(SCOPE.row(item))


get = noun.get(SCOPE, "NAME", "Show scopes.")
list_ = noun.list_(SCOPE, "List the scopes of a project.")
delete = noun.delete(SCOPE, "NAME", "Delete scopes: no client can ask for them any more.")
import_ = noun.import_(SCOPE, "Create scopes from YAML or JSON files; - is the standard input.")
