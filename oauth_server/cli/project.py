"""`project`: an issuer with its own keys, clients, scopes and audiences."""

import click
from django.db import transaction

from oauth_server import audit, issuers
from oauth_server.audit import Event
from oauth_server.cli import projects
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, Row, output
from oauth_server.models import Audience, Issuer, Scope

HEADINGS = ("ID", "NAME", "SLUG", "ISSUER")
SAMPLE_API = "https://orders.example.com"


def row(issuer: Issuer) -> Row:
    members = {"id": str(issuer.pk), "name": issuer.name, "slug": issuer.slug, "issuer": issuer.identifier}
    return Row(members["id"], tuple(zip(HEADINGS, members.values(), strict=True)), members)


def add_sample_api(issuer: Issuer, identifier: str) -> Audience:
    """An API with two scopes, to try things on."""
    api = Audience.objects.create(issuer=issuer, identifier=identifier, name="Orders")
    Scope.objects.bulk_create(
        [
            Scope(
                issuer=issuer,
                audience=api,
                name="orders:read",
                title="See your orders",
                description="What you ordered and when.",
            ),
            Scope(
                issuer=issuer,
                audience=api,
                name="orders:write",
                title="Change your orders",
                description="Place and cancel orders for you.",
            ),
        ]
    )
    return api


@click.command()
@click.option("--name", required=True, help="What people see.")
@click.option("--slug", default="", help="The first part of its path; made from the name when left out.")
@click.option("--url", default="", help="For an issuer with a host of its own.")
@output
def create(out: Output, name: str, slug: str, url: str) -> None:
    """Create a project: keys, the standard scopes and a sample API."""
    if not name.strip() or len(name) > 255:
        raise WrongUse("A project has a name of at most 255 characters.")
    if slug and (wrong := issuers.slug_problem(slug)):
        raise WrongUse(f"slug: {wrong}")
    if url and (wrong := issuers.url_problem(url)):
        raise WrongUse(f"url: {wrong}")
    with transaction.atomic():
        issuer = issuers.create(name, slug=slug or issuers.free_slug(name), url=url)
        add_sample_api(issuer, SAMPLE_API)
        audit.record(Event.ISSUER_CREATED, issuer=issuer, target=issuer.identifier)
    out.one(row(issuer))


@click.command()
@click.argument("project")
@output
def get(out: Output, project: str) -> None:
    """Show a project."""
    out.one(row(projects.choose(project)))


@click.command("list")
@output
def list_(out: Output) -> None:
    """List the projects; the first has no slug."""
    out.many([row(issuer) for issuer in Issuer.objects.order_by("created")], HEADINGS)


@click.command()
@click.argument("project")
@click.option("--name", required=True, help="What people see.")
@output
def update(out: Output, project: str, name: str) -> None:
    """Change a project's name. Its URL stays: every token names it."""
    issuer = projects.choose(project)
    with transaction.atomic():
        changes = {"name": [issuer.name, name]}
        issuer.name = name
        issuer.save(update_fields=["name"])
        audit.record(Event.ISSUER_CHANGED, issuer=issuer, target=issuer.identifier, changes=changes)
    out.one(row(issuer))


@click.command()
@click.argument("project")
@click.confirmation_option("--yes", "-y", prompt="Delete the project with its clients, scopes and keys?")
@output
def delete(out: Output, project: str) -> None:
    """Delete a project with everything in it."""
    issuer = projects.choose(project)
    if issuer.is_first:
        raise Refused("The first project is the server itself.")
    with transaction.atomic():
        audit.record(
            Event.ISSUER_CHANGED,
            issuer=issuer,
            target=issuer.identifier,
            reason="deleted",
            changes={"name": [issuer.name, None]},
        )
        issuer.clients.all().delete()
        issuer.scopes.all().delete()
        issuer.delete()
    out.ids([project])
