"""RFC 7591 §2 clients that people register themselves, on a page instead of the wire: by the same rules (`registration`), never trusted."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from oauth_server import audit, issuers
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.conf import settings
from oauth_server.models import Client, ClientSecret
from oauth_server.registration import manage, metadata, register
from oauth_server.tokens import revoke

# So that a new secret can be in use before the old one goes
MOST_SECRETS = 2
# What goes to an operator again after a change, where they approve each app
_LOOKED_AT = ("client_name", "client_uri", "redirect_uris")


class Full(Exception):
    """There is no room for one more."""


def are_on() -> bool:
    return settings.MY_APPLICATIONS != "closed"


def of(user: Any) -> "QuerySet[Client]":
    """A person's own. What an operator made for them is the operator's to change."""
    own = Client.objects.select_related("issuer").filter(user=user.pk)
    return own.exclude(registration_source=Client.RegistrationSource.MANUAL).order_by("name", "pk")


def has_room(user: Any) -> bool:
    return of(user).count() < settings.APPLICATIONS_PER_PERSON


def wanted(members: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
    """Raises `OAuthError` with what is wrong."""
    issuer = client.issuer if client is not None else issuers.first()
    return register.wanted(issuer, members, keeps=client)


@transaction.atomic
def make(user: Any, members: Mapping[str, Any]) -> tuple[Client, str]:
    """A new app, and its secret, which is in this answer alone; empty for one without. `members`: from `wanted`. Raises `Full`."""
    # of two at once for the last place one waits here
    get_user_model()._default_manager.select_for_update().get(pk=user.pk)
    if not has_room(user):
        raise Full
    client, value = metadata.create(issuers.first(), members, owner=user, source=Client.RegistrationSource.DCR)
    if settings.MY_APPLICATIONS == "approval":
        metadata.switch(client, False)
    return client, value or ""


@transaction.atomic
def change(client: Client, members: Mapping[str, Any]) -> None:
    """What an operator saw of it is not what is there any more."""
    before = metadata.describe(client)
    metadata.update(client, members)
    if any(before[name] != members[name] for name in _LOOKED_AT if name in members):
        manage.look_again(client)
        if settings.MY_APPLICATIONS == "approval":
            metadata.switch(client, False)


@transaction.atomic
def remove(client: Client) -> None:
    revoke.client(client, "removed by its owner")
    metadata.delete(client)


@transaction.atomic
def new_secret(client: Client) -> str:
    """Raises `Full`."""
    Client.objects.select_for_update().get(pk=client.pk)
    if client.secrets.count() >= MOST_SECRETS:
        raise Full
    value = secret.issue(client)
    audit.record(Event.SECRET_CREATED, issuer=client.issuer, client=client, target=client.client_id)
    return value


@transaction.atomic
def retire(client: Client, row: ClientSecret) -> None:
    audit.record(Event.SECRET_DELETED, issuer=client.issuer, client=client, target=row.name or f"…{row.hint}")
    row.delete()
