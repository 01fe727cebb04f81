"""`project`: an issuer with its own keys, clients, scopes and audiences."""

from typing import Any

import click

from oauth_server.api.v1.identity import id_of
from oauth_server.cli import completion, documents, projects
from oauth_server.cli.options import Refused, WrongUse, without_none
from oauth_server.cli.output import Output, Row, output, progress
from oauth_server.cli.server import Server
from oauth_server.cli.where import Where, anywhere

HEADINGS = ("ID", "NAME", "SLUG", "ISSUER")
_PATH = "/issuers"


def row(item: dict[str, Any]) -> Row:
    shown = (str(item[name] or "") for name in ("id", "name", "slug", "issuer"))
    members = {name: value for name, value in item.items() if name != "etag"}
    return Row(str(item["id"]), tuple(zip(HEADINGS, shown, strict=True)), members)


def _find(where: Where, name: str) -> tuple[Server, dict[str, Any]]:
    """By ID, slug or URL. Raises `Refused`, or `WrongUse` with the list."""
    server = where.all_projects()
    if where.is_here:
        name = str(projects.choose(name).pk)
    is_url = "://" in name
    found = next(server.all(_PATH, issuer=name), None) if is_url else server.find(f"{_PATH}/{id_of(name)}")
    if found is None:
        raise Refused(f"There is no project {name}.")
    return server, found


@click.command()
@click.option("--name", required=True, help="What people see.")
@click.option("--slug", default="", help="The first part of its path; made from the name when left out.")
@click.option("--url", default="", help="For an issuer with a host of its own.")
@click.option("--sample-api/--no-sample-api", default=True, help="With an API and two scopes to try things on.")
@anywhere
@output
def create(out: Output, where: Where, name: str, slug: str, url: str, sample_api: bool) -> None:
    """Create a project: keys, the standard scopes and, unless told otherwise, a sample API."""
    asked = {
        "name": name,
        "sample_api": sample_api,
        **({"slug": slug} if slug else {}),
        **({"url": url} if url else {}),
    }
    out.one(row(where.all_projects().create(_PATH, asked)))


@click.command()
@click.argument("project", shell_complete=completion.projects)
@anywhere
@output
def get(out: Output, where: Where, project: str) -> None:
    """Show a project."""
    out.one(row(_find(where, project)[1]))


@click.command("list")
@anywhere
@output
def list_(out: Output, where: Where) -> None:
    """List the projects; the first has no slug."""
    out.many([row(item) for item in where.all_projects().all(_PATH, order="created_at")], HEADINGS)


@click.command()
@click.argument("project", shell_complete=completion.projects)
@click.option("--name", help="What people see.")
@click.option("--enable/--disable", "enabled", default=None, help="Disabling ends all that it issued, for good.")
@anywhere
@output
def update(out: Output, where: Where, project: str, **given: Any) -> None:
    """Change a project. Its URL stays: every token names it."""
    changes = without_none(**given)
    if not changes:
        raise WrongUse("Give --name, --enable or --disable.")
    server, found = _find(where, project)
    out.one(row(server.change(f"{_PATH}/{found['id']}", changes, found["etag"])))


@click.command()
@click.argument("project", shell_complete=completion.projects)
@click.confirmation_option("--yes", "-y", prompt="Delete the project with its clients, scopes and keys?")
@anywhere
@output
def delete(out: Output, where: Where, project: str) -> None:
    """Delete a project with everything in it."""
    server, found = _find(where, project)
    server.delete(f"{_PATH}/{found['id']}", found["etag"])
    out.ids([project])


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@anywhere
@output
def import_(out: Output, where: Where, files: tuple[str, ...]) -> None:
    """Create projects from YAML or JSON files; - is the standard input."""
    given = [item for file in files for item in documents.items(file)]
    server = where.all_projects()
    out.many([row(server.create(_PATH, item)) for item in progress(given, "projects")], HEADINGS)
