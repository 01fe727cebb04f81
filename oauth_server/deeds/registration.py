"""RFC 7591 §5: the clients that registered themselves, as an operator goes through them: alike ones together, approved or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet

from oauth_server.models import Client
from oauth_server.registration import metadata
from oauth_server.tokens import revoke

# Groups that a page shows
MOST = 50


@dataclass(frozen=True, slots=True)
class Group:
    """Registrations that say the same. `sample` is the oldest of them."""

    sample: Client
    number: int
    first: datetime
    last: datetime

    @property
    def redirect_uris(self) -> list[str]:
        return str(self.sample.redirect_uris).split()


def waiting() -> "QuerySet[Client]":
    return Client.objects.filter(awaits_approval=True)


def groups(rows: "QuerySet[Client]") -> Sequence[Group]:
    """Those with the most clients, at most `MOST`. Two statements."""
    by = rows.values("issuer", "likeness").annotate(
        number=Count("pk"), first=Min("created"), last=Max("created"), sample=Min("pk")
    )
    found = list(by.order_by("-number", "sample")[:MOST])
    samples = Client.objects.select_related("issuer").in_bulk([one["sample"] for one in found])
    return [
        Group(samples[one["sample"]], one["number"], one["first"], one["last"])
        for one in found
        if one["sample"] in samples
    ]


def by_themselves() -> "QuerySet[Client]":
    """Those that do not wait."""
    return Client.objects.filter(registration_source=Client.RegistrationSource.DCR, awaits_approval=False)


def alike(issuer: UUID, likeness: str) -> "QuerySet[Client]":
    return waiting().filter(issuer=issuer, likeness=likeness).select_related("issuer").order_by("pk")


@transaction.atomic
def approve(rows: "QuerySet[Client]") -> int:
    """They work from now on, and so do others like them that come later. How many."""
    # nobody approves what is replaced at the same moment: the condition of the list holds for what is locked
    found = list(rows.select_for_update(of=("self",)))
    for client in found:
        metadata.switch(client, True)
    return len(found)


@transaction.atomic
def refuse(rows: "QuerySet[Client]") -> int:
    """They are deleted: whoever uses one is answered `invalid_client`. How many."""
    found = list(rows)
    for client in found:
        revoke.client(client, "refused")
        metadata.delete(client)
    return len(found)
