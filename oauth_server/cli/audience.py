"""`audience`: RFC 8707 §2, an API that tokens are for."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from oauth_server.cli import completion, noun, options
from oauth_server.cli.noun import Noun
from oauth_server.cli.options import many
from oauth_server.cli.output import Output, listed, output
from oauth_server.cli.where import Where, where
from oauth_server.models import Audience


def _shown(item: Mapping[str, Any]) -> Iterable[str]:
    named = [str(item[name]) for name in ("identifier", "name", "token_format", "algorithm")]
    return (*named, str(item["access_token_lifetime"] or "default"), listed(item["introspectors"]))


AUDIENCE = Noun(
    name="audience",
    path="/audiences",
    key="identifier",
    headings=("IDENTIFIER", "NAME", "TOKEN FORMAT", "ALGORITHM", "LIFETIME", "MAY INTROSPECT"),
    shown=_shown,
    order="identifier",
    completion=completion.audiences,
)


fields = options.together(
    click.option("--name", help="What people see, such as “Orders API”."),
    click.option("--token-format", type=click.Choice(Audience.TokenFormat.values), help="Default: opaque."),
    click.option("--algorithm", type=click.Choice(Audience.Algorithm.values), help="For JWTs; default: ES256."),
    click.option("--lifetime", "access_token_lifetime", type=click.IntRange(1), help="Seconds."),
    many("--introspector", "introspectors", help="Clients under which this API asks about tokens."),
)


@click.command()
@click.argument("identifier")
@fields
@where
@output
def create(out: Output, where: Where, identifier: str, **given: Any) -> None:
    """Create an audience; IDENTIFIER is the URI that `aud` and `resource` name."""
    members = {"identifier": identifier, **options.without_none(**given)}
    out.one(AUDIENCE.row(where.server().create(AUDIENCE.path, members)))


@click.command()
@click.argument("identifier", shell_complete=completion.audiences)
@fields
@where
@output
def update(out: Output, where: Where, identifier: str, **given: Any) -> None:
    """Change what the given flags name; everything else stays."""
    server, item = AUDIENCE.find(where, identifier)
    out.one(AUDIENCE.row(server.change(AUDIENCE.url(identifier), options.without_none(**given), item["etag"])))


get = noun.get(AUDIENCE, "IDENTIFIER", "Show audiences.")
list_ = noun.list_(AUDIENCE, "List the audiences of a project.")
delete = noun.delete(AUDIENCE, "IDENTIFIER", "Delete audiences that no scope belongs to.")
import_ = noun.import_(AUDIENCE, "Create audiences from YAML or JSON files; - is the standard input.")
