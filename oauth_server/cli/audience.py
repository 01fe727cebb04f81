"""`audience`: RFC 8707 §2, an API that tokens are for."""

from typing import Any

import click
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.cli import options, projects
from oauth_server.cli.options import Refused, WrongUse, many
from oauth_server.cli.output import Output, Row, listed, output
from oauth_server.keys import rotation
from oauth_server.models import Audience, Issuer

HEADINGS = ("IDENTIFIER", "NAME", "TOKEN FORMAT", "ALGORITHM", "LIFETIME", "MAY INTROSPECT")


def row(audience: Audience) -> Row:
    introspectors = sorted(audience.introspectors.values_list("client_id", flat=True))
    members = {
        "identifier": audience.identifier,
        "name": audience.name,
        "token_format": audience.token_format,
        "algorithm": audience.algorithm,
        "access_token_lifetime": audience.access_token_lifetime,
        "introspectors": introspectors,
    }
    lifetime = str(audience.access_token_lifetime or "default")
    shown = (
        audience.identifier,
        audience.name,
        audience.token_format,
        audience.algorithm,
        lifetime,
        listed(introspectors),
    )
    return Row(audience.identifier, tuple(zip(HEADINGS, shown, strict=True)), members)


def fields(command: Any) -> Any:
    for flag in reversed(
        (
            click.option("--name", help="What people see, such as “Orders API”."),
            click.option("--token-format", type=click.Choice(Audience.TokenFormat.values), help="Default: opaque."),
            click.option("--algorithm", type=click.Choice(Audience.Algorithm.values), help="For JWTs; default: ES256."),
            click.option("--lifetime", "access_token_lifetime", type=click.IntRange(1), help="Seconds."),
            many("--introspector", "introspectors", help="Clients under which this API asks about tokens."),
        )
    ):
        command = flag(command)
    return command


def _save(audience: Audience, given: dict[str, Any]) -> None:
    before = row(audience).members if audience.pk else {}
    found = options.without_none(**given)
    introspectors = _clients(audience.issuer, found.pop("introspectors", None))
    for name, value in found.items():
        setattr(audience, name, value)
    try:
        audience.full_clean()
    except ValidationError as error:
        raise options.wrong_fields(error) from error
    with transaction.atomic():
        audience.save()
        if introspectors is not None:
            audience.introspectors.set(introspectors)
        if audience.token_format == Audience.TokenFormat.JWT:
            rotation.provide(audience.issuer)
        after = row(audience).members
        changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
        audit.record(Event.AUDIENCE_CHANGED, issuer=audience.issuer, target=audience.identifier, changes=changes)


def _clients(issuer: Issuer, client_ids: list[str] | None) -> Any:
    if client_ids is None:
        return None
    found = list(issuer.clients.filter(client_id__in=client_ids))
    missing = set(client_ids) - {client.client_id for client in found}
    if missing:
        raise WrongUse(f"There is no client {', '.join(sorted(missing))}.")
    return found


def find(identifier: str, project: str | None) -> Audience:
    found = projects.choose(project).audiences.select_related("issuer").filter(identifier=identifier).first()
    if found is None:
        raise Refused(f"There is no audience {identifier}.")
    return found


@click.command()
@click.argument("identifier")
@fields
@options.project
@output
def create(out: Output, project: str | None, identifier: str, **given: Any) -> None:
    """Create an audience; IDENTIFIER is the URI that `aud` and `resource` name."""
    audience = Audience(issuer=projects.choose(project), identifier=identifier, name=identifier[:120])
    _save(audience, given)
    out.one(row(audience))


@click.command()
@click.argument("identifier")
@options.project
@output
def get(out: Output, project: str | None, identifier: str) -> None:
    """Show an audience."""
    out.one(row(find(identifier, project)))


@click.command("list")
@options.project
@output
def list_(out: Output, project: str | None) -> None:
    """List the audiences of a project."""
    out.many([row(audience) for audience in projects.choose(project).audiences.order_by("identifier")], HEADINGS)


@click.command()
@click.argument("identifier")
@fields
@options.project
@output
def update(out: Output, project: str | None, identifier: str, **given: Any) -> None:
    """Change what the given flags name."""
    audience = find(identifier, project)
    _save(audience, given)
    out.one(row(audience))


@click.command()
@click.argument("identifier")
@options.project
@output
def delete(out: Output, project: str | None, identifier: str) -> None:
    """Delete an audience that no scope belongs to."""
    audience = find(identifier, project)
    try:
        with transaction.atomic():
            audience.delete()
            audit.record(
                Event.AUDIENCE_CHANGED,
                issuer=audience.issuer,
                target=identifier,
                reason="deleted",
                changes={"identifier": [identifier, None]},
            )
    except ProtectedError as error:
        names = listed(
            sorted(audience.issuer.scopes.filter(audience__identifier=identifier).values_list("name", flat=True))
        )
        raise Refused(f"Scopes belong to it: {names}. Delete them first.") from error
    out.ids([identifier])
