"""`operator`: members of staff and their roles; the first one of a new server too."""

from typing import Any

import click
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, Row, output
from oauth_server.deeds import operator
from oauth_server.policy import roles

HEADINGS = ("NAME", "ROLE", "SUPERUSER")
_ROLES = click.Choice(list(roles.ROLES))


def row(user: Any) -> Row:
    held = roles.of(user)
    shown = (user.get_username(), ", ".join(held), "yes" if user.is_superuser else "")
    members = {"name": user.get_username(), "roles": held, "is_superuser": user.is_superuser}
    return Row(user.get_username(), tuple(zip(HEADINGS, shown, strict=True)), members)


@click.command()
@click.argument("name")
@click.option("--role", type=_ROLES, help="What they may do; each role includes those before it.")
@click.option("--superuser", is_flag=True, help="They may do everything, and give others roles.")
@click.password_option(help="For a new account; asked for unless it is given or the account exists.", prompt=False)
@output
def create(out: Output, name: str, role: str | None, superuser: bool, password: str | None) -> None:
    """Make somebody a member of staff; NAME is what they sign in with. Without an account yet they get one."""
    if bool(role) == superuser:
        raise WrongUse("Give either --role or --superuser.")
    people = get_user_model()._default_manager
    user = people.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if user is None:
        password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        try:
            validate_password(password)
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
    with transaction.atomic():
        made = operator.make(user, name, password or "", role=role or "", superuser=superuser)
    out.one(row(made))


@click.command("list")
@output
def list_(out: Output) -> None:
    """List the members of staff with their roles."""
    out.many([row(user) for user in operator.all_of_them()], HEADINGS)


@click.command()
@click.argument("name")
@output
def delete(out: Output, name: str) -> None:
    """Remove the staff status and every role from somebody; the account stays."""
    user = get_user_model()._default_manager.filter(**{get_user_model().USERNAME_FIELD: name}, is_staff=True).first()
    if user is None:
        raise Refused(f"There is no member of staff {name}.")
    operator.unmake(user)
    out.ids([name])
