"""Takeover of an existing django-oauth-toolkit database: report, and the steps, each of which goes on where it was interrupted.

history (one transaction) → `migrate` → clients and what points to them (one transaction) → families (one transaction) → tokens in
batches → the proof. DOT's own tables are read and never written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import transaction

from oauth_server import clock, issuers, uris
from oauth_server.conf import settings
from oauth_server.dot import takeover_clients as clients
from oauth_server.dot import takeover_history as history
from oauth_server.dot import takeover_sql as sql
from oauth_server.dot import takeover_tokens as tokens
from oauth_server.dot.takeover_settings import Former
from oauth_server.dot.takeover_sql import Source
from oauth_server.dot.takeover_tokens import BATCH, Terms
from oauth_server.models import AccessToken, Client, RefreshToken

_FINISHED = "finished"


class Impossible(Exception):
    """The database or the settings are not those of a takeover; nothing was written."""


class Lost(Exception):
    """The proof after the copying failed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: so many of these, and what becomes of them."""

    subject: str
    count: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taken over, and by which settings."""

    source: Source
    former: Former
    audiences: tuple[str, ...]

    def terms(self) -> Terms:
        return Terms(self.source, clock.now(), self.former.refresh_seconds, self.audiences)


def plan(source: Source, audiences: tuple[str, ...] = ()) -> Plan:
    """`audiences`: what a token without resource is for. The issuer is among them, for UserInfo."""
    given = audiences or (uris.origin(settings.ISSUER),)
    return Plan(source, Former.read(), tuple(dict.fromkeys([*given, settings.ISSUER])))


def is_finished() -> bool:
    return history.has_table(sql.STEPS) and sql.position(_FINISHED) is not None


def require_possible(what: Plan) -> None:
    """Raises `Impossible` with the reason."""
    for name in (what.source.application, what.source.access_token, what.source.refresh_token):
        if not history.has_table(name):
            raise Impossible(f"There is no table {name}.")
    if not history.is_dot_current():
        raise Impossible(
            f"Migrate django-oauth-toolkit to 3.4.1 first, with your former settings: {history.LAST_OF_DOT[1]} is missing."
        )
    if history.is_consistent() and not history.has_table(sql.STEPS):
        raise Impossible("The tables of oauth_server are here already, and no takeover has begun.")
    former = what.former.issuer.rstrip("/")
    if former and former != settings.ISSUER:
        raise Impossible(f"OAUTH_SERVER['ISSUER'] must stay what OIDC_ISS_ENDPOINT was: {former}.")


def report(what: Plan) -> list[Line]:
    """What there is and what becomes of it; writes nothing that stays."""
    require_possible(what)
    terms = what.terms()
    with transaction.atomic(using=sql.connection().alias):
        sql.create_work(temporary=True)
        tokens.classify(terms)
        counts = tokens.counts(terms)
        sql.drop_work()
    return [*_application_lines(what), *_token_lines(counts), *_loss_lines(what)]


def _application_lines(what: Plan) -> Iterator[Line]:
    rows = clients.applications(what.source)
    taken = [clients.read(row, what.former) for row in rows]
    kinds = [one.secret.kind if one.secret else "" for one in taken]
    yield Line("applications", len(rows), "clients with the same ids")
    yield Line(
        "secrets, slow hash",
        kinds.count("hash"),
        "verified as they are; a generated one gets a digest at its first use",
    )
    yield Line("secrets, clear and generated", kinds.count("digest"), "digests")
    yield Line("scopes", len(what.former.scopes), "scopes of the first issuer, allowed to each client")
    yield Line("signing keys", len(what.former.private_keys), "keys with the same key id")
    found = history.references(what.source, what.source.application)
    yield Line("foreign keys to applications", len(found), "the same, to clients")


def _token_lines(counts: dict[str, int]) -> Iterator[Line]:
    for name, subject, outcome in (
        ("families", "families", "authorizations, which are revoked as a whole"),
        ("access live", "access tokens, live", "live until they expire"),
        ("access expired", "access tokens, expired", "left"),
        ("access remote", "access tokens without application", "left: cached answers of another server"),
        ("refresh live", "refresh tokens, live", "live; each can be used once"),
        ("refresh superseded", "refresh tokens, exchanged", "kept: a replay ends the family"),
        ("refresh revoked", "refresh tokens, revoked", "kept, dead"),
        ("refresh over", "refresh tokens of dead families", "left"),
        ("refresh expired", "refresh tokens, expired", "left"),
        ("refresh orphan", "refresh tokens without access token", "left: DOT refuses them as well"),
        ("refresh duplicate", "refresh tokens, duplicates", "left: DOT finds the other row"),
    ):
        yield Line(subject, counts.get(name, 0), outcome)


def _loss_lines(what: Plan) -> Iterator[Line]:
    """What cannot be mapped, for the operator to decide."""
    rows = clients.applications(what.source)
    for row in rows:
        for text in clients.read(row, what.former).lost:
            yield Line(f"application {row['client_id']}", None, text)
    for name in clients.columns_left(rows):
        yield Line(f"column {name} of applications", None, "left")
    for target in (what.source.access_token, what.source.refresh_token):
        for found in history.references(what.source, target):
            yield Line(
                f"foreign key {found.table}.{found.name} to {target}", None, "left: it still points to the old table"
            )
    for text in what.former.warnings():
        yield Line("setting", None, text)
    for name in what.former.without_counterpart():
        yield Line(f"setting {name}", None, "nothing reads it any more")


def apply(what: Plan, *, batch: int = BATCH, tell: Callable[[str], Any] = lambda _: None) -> None:
    """Take it over, or go on with it. Raises `Impossible`, `Lost`."""
    require_possible(what)
    if not history.is_consistent():
        tell("history")
        history.make_consistent(clock.now() + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME))
    alias = sql.connection().alias
    call_command("migrate", database=alias, interactive=False, verbosity=0)
    _once("clients", lambda: _take_clients(what), tell)
    _once("families", lambda: _take_families(what), tell)
    copied: dict[str, int] = {}
    for name, number in tokens.copy(what.terms(), batch):
        copied[name] = copied.get(name, 0) + number
        tell(f"{name}: {copied[name]}")
    with transaction.atomic(using=alias):
        _require_all()
        sql.drop_work()
        sql.come_to(_FINISHED)


def _once(name: str, step: Callable[[], None], tell: Callable[[str], Any]) -> None:
    if sql.position(name) is not None:
        return
    tell(name)
    with transaction.atomic(using=sql.connection().alias):
        step()
        sql.come_to(name)


def _take_clients(what: Plan) -> None:
    issuer = issuers.first()
    taken = [clients.read(row, what.former) for row in clients.applications(what.source)]
    clients.import_keys(issuer, what.former)
    clients.store_all(taken, what.source, issuer, what.audiences, what.former)
    for model, table in (
        (Client, what.source.application),
        (AccessToken, what.source.access_token),
        (RefreshToken, what.source.refresh_token),
    ):
        tokens.reserve_ids(model, table)
    history.point_to_ours(what.source)


def _take_families(what: Plan) -> None:
    terms = what.terms()
    sql.create_work()
    tokens.classify(terms)
    tokens.make_families(terms)


def _require_all() -> None:
    """Each token that lived is there, alive. Raises `Lost`."""
    live = f"SELECT COUNT(*) FROM {sql.REFRESH} WHERE state = 'live'"
    kept = f"{live} AND id IN (SELECT id FROM {sql.table(RefreshToken)} WHERE used_at IS NULL AND revoked IS NULL)"
    access = f"SELECT COUNT(*) FROM {sql.ACCESS}"
    there = f"{access} WHERE id IN (SELECT id FROM {sql.table(AccessToken)})"
    for wanted, found in ((live, kept), (access, there)):
        if sql.one(wanted) != sql.one(found):
            raise Lost(f"{sql.one(wanted)} tokens lived, {sql.one(found)} of them are there.")
