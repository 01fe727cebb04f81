"""The verified client cache: a client with its secrets and its reach, kept by a process.

`client.version` covers the client's own rows, `client.issuer.version` those that clients share. Versions are read first and the parts
after: a change in between makes the copy look older than it is, and it is loaded again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Prefetch

from oauth_server.claims import subject
from oauth_server.client_auth.secret import KEPT
from oauth_server.copies import Copies, Stale, fresh
from oauth_server.models import Authorization, Client, Issuer
from oauth_server.policy.reach import Reach, reach
from oauth_server.tokens import sql


class Unknown(Exception):
    """No enabled client of this id at this issuer; the message says why. It is not remembered: an attacker would fill the memory."""


@dataclass(frozen=True, slots=True)
class Known:
    """`introspects`: identifiers of the audiences for which this client may introspect.

    `standing`: the family of the client's own tokens, if it has one yet; no more than what names it, and without an end.
    """

    client: Client
    reach: Reach
    introspects: frozenset[str]
    standing: Authorization | None


_NOBODY = "unknown client"
_known: Copies[tuple[UUID, str], Known] = Copies()


def find(client_id: str, issuer: Issuer) -> Known:
    """Raises `Unknown`."""
    return _known.get((issuer.pk, client_id), lambda: _load_if_there(client_id, issuer))


def proven(client_id: str, issuer: Issuer) -> Known:
    """For what no later statement proves: what the database holds now, by one statement where the copy is still that.

    Raises `Unknown`, and `copies.Stale` where the issuer was deleted and made again under its name.
    """
    found = find(client_id, issuer)
    if is_current(found):
        return found
    with fresh():
        return find(client_id, issuer)


def _load_if_there(client_id: str, issuer: Issuer) -> Known:
    _versions(client_id, issuer)
    return _load(client_id, issuer)


def _load(client_id: str, issuer: Issuer) -> Known:
    rows = Client.objects.select_related("issuer").prefetch_related(Prefetch("secrets", to_attr=KEPT))
    client = rows.filter(client_id=client_id).first()
    if client is None:
        raise Unknown(_NOBODY)
    _require_on(client.enabled, client.issuer.enabled, client.awaits_approval)
    found = client.issuer
    _require_of(issuer, is_it=found.pk == issuer.pk, has_its_name=found.identifier == issuer.identifier)
    introspects = frozenset(client.introspects.values_list("identifier", flat=True))
    return Known(client, reach(client), introspects, _standing(client))


def _require_text(client_id: str) -> None:
    if "\x00" in client_id:
        raise Unknown(_NOBODY)


def _require_on(client_enabled: bool, issuer_enabled: bool, awaits_approval: bool) -> None:
    if awaits_approval:
        raise Unknown("the client registered itself and waits for approval")
    if not client_enabled or not issuer_enabled:
        raise Unknown(f"the {'issuer' if client_enabled else 'client'} is switched off")


def _require_of(issuer: Issuer, *, is_it: bool, has_its_name: bool) -> None:
    if not is_it and has_its_name:
        raise Stale(issuer.identifier)
    if not is_it:
        raise Unknown("the client belongs to another issuer")


def _versions(client_id: str, issuer: Issuer) -> tuple[int, int]:
    """Those of an enabled client of this issuer, and of the issuer. Raises `Unknown`, and `copies.Stale` as `proven`.

    The one statement that every refusal costs, whether the client exists or not. It gives one row of plain values in either case, so
    that the time taken does not tell: to read a row takes longer than to read none.
    """
    _require_text(client_id)
    found = sql.execute(
        "SELECT coalesce(c.version, -1), coalesce(i.version, -1), coalesce(c.enabled, FALSE), coalesce(i.enabled, FALSE), "  # noqa: S608
        "coalesce(c.awaits_approval, FALSE), coalesce(i.id = %s, FALSE), coalesce(i.slug = %s AND i.url = %s, FALSE) "
        f"FROM (SELECT 1) one LEFT JOIN {sql.table(Client)} c ON c.client_id = %s "
        f"LEFT JOIN {sql.table(Issuer)} i ON i.id = c.issuer_id",
        [issuer.pk, issuer.slug, issuer.url, client_id],
    )
    if found is None or found[0] < 0:
        raise Unknown(_NOBODY)
    version, issuer_version, enabled, issuer_enabled, waits, is_it, has_its_name = found
    _require_on(enabled, issuer_enabled, waits)
    _require_of(issuer, is_it=is_it, has_its_name=has_its_name)
    return version, issuer_version


def _standing(client: Client) -> Authorization | None:
    if client.standing_id is None:
        return None
    endless = datetime.max.replace(tzinfo=UTC)
    return Authorization(id=client.standing_id, client_id=client.pk, sub=subject.of_client(client), expires_at=endless)


def is_current(known: Known) -> bool:
    """One statement: whether the copy is still what the database holds."""
    client = known.client
    try:
        return _versions(client.client_id, client.issuer) == (client.version, client.issuer.version)
    except Unknown:
        return False
