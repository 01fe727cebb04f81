"""`scope`: RFC 6749 §3.3, what may be asked for."""

from typing import Any

import click
from django.core.exceptions import ValidationError
from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.cli import options, projects
from oauth_server.cli.options import Refused, WrongUse, many
from oauth_server.cli.output import Output, Row, listed, output
from oauth_server.models import Issuer, Scope

HEADINGS = ("NAME", "TITLE", "AUDIENCE", "CLAIMS", "REQUIRED")


def row(scope: Scope) -> Row:
    members = {
        "name": scope.name,
        "title": scope.title,
        "description": scope.description,
        "audience": scope.audience.identifier if scope.audience else "",
        "claims": scope.claims,
        "required": scope.required,
        "sensitive": scope.sensitive,
        "skip_consent": scope.skip_consent,
    }
    shown = (scope.name, scope.title, members["audience"], listed(scope.claims), "yes" if scope.required else "no")
    return Row(scope.name, tuple(zip(HEADINGS, shown, strict=True)), members)


def fields(command: Any) -> Any:
    for flag in reversed(
        (
            click.option("--title", help="What the person allows, such as “Read your orders”."),
            click.option("--description", help="One sentence more."),
            click.option("--audience", help="The API that it belongs to."),
            many("--claim", "claims", help="Claims about the person that it releases."),
            click.option("--required/--optional", default=None, help="Whether it can be left out on the consent page."),
            click.option("--sensitive/--not-sensitive", default=None, help="Whether the consent page warns."),
            click.option("--skip-consent/--no-skip-consent", default=None, help="Whether people are asked at all."),
        )
    ):
        command = flag(command)
    return command


def _save(scope: Scope, given: dict[str, Any]) -> None:
    before = row(scope).members if scope.pk else {}
    found = options.without_none(**given)
    if "audience" in found:
        found["audience"] = _audience(scope.issuer, found["audience"])
    for name, value in found.items():
        setattr(scope, name, value)
    try:
        scope.full_clean()
    except ValidationError as error:
        raise options.wrong_fields(error) from error
    with transaction.atomic():
        scope.save()
        after = row(scope).members
        changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
        audit.record(Event.SCOPE_CHANGED, issuer=scope.issuer, target=scope.name, changes=changes)


def _audience(issuer: Issuer, identifier: str) -> Any:
    if not identifier:
        return None
    found = issuer.audiences.filter(identifier=identifier).first()
    if found is None:
        raise WrongUse(f"There is no audience {identifier}.")
    return found


def find(name: str, project: str | None) -> Scope:
    found = projects.choose(project).scopes.select_related("issuer", "audience").filter(name=name).first()
    if found is None:
        raise Refused(f"There is no scope {name}.")
    return found


@click.command()
@click.argument("name")
@fields
@options.project
@output
def create(out: Output, project: str | None, name: str, **given: Any) -> None:
    """Create a scope."""
    scope = Scope(issuer=projects.choose(project), name=name)
    _save(scope, given)
    out.one(row(scope))


@click.command()
@click.argument("name")
@options.project
@output
def get(out: Output, project: str | None, name: str) -> None:
    """Show a scope."""
    out.one(row(find(name, project)))


@click.command("list")
@options.project
@output
def list_(out: Output, project: str | None) -> None:
    """List the scopes of a project."""
    found = projects.choose(project).scopes.select_related("audience").order_by("name")
    out.many([row(scope) for scope in found], HEADINGS)


@click.command()
@click.argument("name")
@fields
@options.project
@output
def update(out: Output, project: str | None, name: str, **given: Any) -> None:
    """Change what the given flags name."""
    scope = find(name, project)
    _save(scope, given)
    out.one(row(scope))


@click.command()
@click.argument("name")
@options.project
@output
def delete(out: Output, project: str | None, name: str) -> None:
    """Delete a scope: no client can ask for it any more."""
    scope = find(name, project)
    with transaction.atomic():
        audit.record(
            Event.SCOPE_CHANGED, issuer=scope.issuer, target=name, reason="deleted", changes={"name": [name, None]}
        )
        scope.delete()
    out.ids([name])
