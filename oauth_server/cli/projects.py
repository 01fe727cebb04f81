"""Which project a command is about. A project is an issuer; `migrate` makes the first one, `create project` further ones."""

import uuid

import click

from oauth_server import issuers
from oauth_server.cli.options import WrongUse
from oauth_server.models import Client, Issuer


def choose(project: str | None) -> Issuer:
    """The project of that ID, slug or URL.

    Without one: the only one that `create project` has made, else the first issuer. Raises `WrongUse` with the list when there are several.
    """
    if project:
        return _named(project)
    if project == "":
        click.echo("--project is empty and counts as not given.", err=True)
    made = [issuer for issuer in Issuer.objects.filter(enabled=True).order_by("created") if not issuer.is_first]
    if len(made) > 1:
        raise WrongUse(f"There are several projects; choose one with --project.\n{_list()}")
    if not made:
        return first()
    click.echo(f"Project: {made[0].name} ({made[0].identifier})", err=True)
    return made[0]


def of_client(client_id: str, project: str | None) -> Issuer:
    """The project that is named, else the one that the client belongs to, else the only one."""
    if not project and (found := Client.objects.select_related("issuer").filter(client_id=client_id).first()):
        return found.issuer
    return choose(project)


def given(project: str | None) -> Issuer | None:
    """The named project; None when none is named, for commands whose object tells its project."""
    return _named(project) if project else None


def _named(project: str) -> Issuer:
    for issuer in Issuer.objects.all():
        if project in {str(issuer.pk), issuer.slug, issuer.identifier} or _is_id(project, issuer.pk):
            return issuer
    raise WrongUse(f"There is no project {project}.\n{_list()}")


def _is_id(project: str, pk: uuid.UUID) -> bool:
    try:
        return uuid.UUID(project) == pk
    except ValueError:
        return False


def first() -> Issuer:
    try:
        return issuers.first()
    except issuers.UnknownIssuer as error:
        raise WrongUse("There is no project yet: run `manage.py migrate`.") from error


def _list() -> str:
    rows = [
        f"  {issuer.pk}  {issuer.slug or '(first)'}  {issuer.identifier}"
        for issuer in Issuer.objects.order_by("created")
    ]
    return "\n".join(rows) or "  none: run `manage.py migrate`"
