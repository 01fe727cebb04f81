"""The verified client cache: a client with its secrets and its reach, kept by a process.

`client.version` covers the client's own rows, `client.issuer.version` those that clients share. Versions are read first and the parts
after: a change in between makes the copy look older than it is, and it is loaded again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import prefetch_related_objects

from oauth_server.claims import subject
from oauth_server.copies import Copies, Stale
from oauth_server.models import Authorization, Client, Issuer
from oauth_server.policy.reach import Reach, reach


class Unknown(Exception):
    """No enabled client of this id at this issuer. It is not remembered: an attacker would fill the memory."""


@dataclass(frozen=True, slots=True)
class Known:
    """`introspects`: identifiers of the audiences for which this client may introspect.

    `standing`: the family of the client's own tokens, if it has one yet; no more than what names it, and without an end.
    """

    client: Client
    reach: Reach
    introspects: frozenset[str]
    standing: Authorization | None


_known: Copies[tuple[UUID, str], Known] = Copies()


def find(client_id: str, issuer: Issuer) -> Known:
    """Raises `Unknown`."""
    return _known.get((issuer.pk, client_id), lambda: load(client_id, issuer))


def load(client_id: str, issuer: Issuer) -> Known:
    """Read from the database. Raises `Unknown`, and `copies.Stale` where the issuer was deleted and made again under its name."""
    if "\x00" in client_id:
        raise Unknown(client_id)
    found = Client.objects.select_related("issuer").filter(client_id=client_id, enabled=True, issuer__enabled=True)
    client = found.first()
    if client is None:
        raise Unknown(client_id)
    if client.issuer_id != issuer.pk:
        # one statement for both, so that an unknown client costs no more
        raise Stale(client_id) if client.issuer.identifier == issuer.identifier else Unknown(client_id)
    prefetch_related_objects([client], "secrets")
    introspects = frozenset(client.introspects.values_list("identifier", flat=True))
    return Known(client, reach(client), introspects, _standing(client))


def _standing(client: Client) -> Authorization | None:
    if client.standing_id is None:
        return None
    endless = datetime.max.replace(tzinfo=UTC)
    return Authorization(id=client.standing_id, client_id=client.pk, sub=subject.of_client(client), expires_at=endless)


def is_current(known: Known) -> bool:
    """One statement: whether the copy is still what the database holds."""
    client = known.client
    rows = Client.objects.filter(
        pk=client.pk, version=client.version, enabled=True, issuer__version=client.issuer.version, issuer__enabled=True
    )
    return rows.exists()
