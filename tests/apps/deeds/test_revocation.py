"""Revoking many at once: what the preview counts is what ends, on every path that asks, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_server import clock, issuers
from oauth_server.deeds import blast_radius, incident, revocation
from oauth_server.deeds.revocation import NotFound
from oauth_server.models import AccessToken, Audience, AuditEvent, Authorization, Issuer, Scope, Session
from oauth_server.tokens import lookup, revoke
from tests import factories
from tests.flows import App

pytestmark = [pytest.mark.django_db, pytest.mark.bar("O9"), pytest.mark.threat(56)]

ORDERS, STOCK = "https://orders.example", "https://stock.example"


class World:
    """Two people at two apps, each app at both APIs with tokens of its own; the Orders API takes JWTs."""

    def __init__(self) -> None:
        issuer = issuers.first()
        apis = [
            factories.AudienceFactory(issuer=issuer, identifier=name, token_format=kind, access_token_lifetime=life)
            for name, kind, life in ((ORDERS, "jwt", 1800), (STOCK, "opaque", None))
        ]
        factories.ScopeFactory(issuer=issuer, name="orders:read")
        self.apps = [factories.app(audiences=apis, name=name) for name in ("Shop", "Till")]
        self.people = [factories.UserFactory(email=f"{name}@example.org") for name in ("ada", "bob")]
        self.tokens: dict[tuple[int, int, str], Any] = {}
        for a, app in enumerate(self.apps):
            for p, person in enumerate(self.people):
                for name, scope in ((ORDERS, "openid orders:read"), (STOCK, "openid")):
                    family = factories.AuthorizationFactory(
                        client=app.row, user=person, audiences=[name], scope=f"{scope} offline_access"
                    )
                    self.tokens[a, p, name] = (
                        factories.AccessTokenFactory(authorization=family),
                        factories.RefreshTokenFactory(authorization=family),
                    )
        # as one moment: what is revoked is older than the revocation
        Authorization.objects.update(created=clock.now() - timedelta(minutes=5))

    def dead(self) -> set[tuple[int, int, str]]:
        """Which families do not work any more, asked by every path: look-up, introspection, DOT's own, refresh."""
        found = set()
        for (a, p, name), (access, refresh) in self.tokens.items():
            app: App = self.apps[a]
            by_lookup = lookup.find(access.clear).active  # type: ignore[union-attr]
            row = AccessToken.objects.with_family().get(pk=access.pk)
            told = {
                by_lookup,
                app.introspect(access.clear).json()["active"],
                row.is_valid(),
                app.introspect(refresh.clear).json()["active"],
            }
            assert len(told) == 1, (a, p, name, told)
            if not by_lookup:
                assert app.refresh(refresh.clear).status_code == 400
                found.add((a, p, name))
        return found


@pytest.fixture
def world() -> World:
    return World()


EVERY = {(a, p, name) for a in (0, 1) for p in (0, 1) for name in (ORDERS, STOCK)}
CASES: dict[str, Any] = {
    "family": lambda key: key == (0, 0, ORDERS),
    "client": lambda key: key[0] == 0,
    "person": lambda key: key[1] == 0,
    "client_person": lambda key: key[:2] == (0, 0),
    "audience": lambda key: key[2] == ORDERS,
    "scope": lambda key: key[2] == ORDERS,
    "issuer": lambda key: True,
    "key": lambda key: False,
}


def names(world: World) -> dict[str, Any]:
    return {
        "family": str(world.tokens[0, 0, ORDERS][0].authorization_id),
        "client": world.apps[0].client_id,
        "person": "ada@example.org",
        "audience": ORDERS,
        "scope": "orders:read",
        "key": issuers.first().keys.get(algorithm="ES256", state="active").kid,
    }


@pytest.mark.parametrize("what", CASES)
def test_what_the_preview_counts_is_what_ends_and_nothing_else(what: str, world: World):
    assert world.dead() == set()
    target = revocation.target(what, **names(world))
    before = AuditEvent.objects.count()
    radius = blast_radius.preview(target)
    expected = {key for key in EVERY if CASES[what](key)}
    assert (radius.authorizations.value, radius.refresh_tokens.value, radius.access_tokens.value) == (
        len(expected),
    ) * 3
    assert sum(share.authorizations for share in radius.clients) == len(expected)
    assert sum(share.authorizations for share in radius.persons) == len(expected)
    assert radius.sessions.value == (4 if what == "person" else 0)
    jwts = {key for key in expected if key[2] == ORDERS} if what != "key" else {k for k in EVERY if k[2] == ORDERS}
    assert radius.jwt_authorizations.value == len(jwts)
    assert radius.jwts_until is not None
    seconds = (radius.jwts_until - clock.now()).total_seconds()
    assert what == "key" or 1790 < seconds <= 1800
    assert blast_radius.consequences(radius)
    assert AuditEvent.objects.count() == before, "looking changes nothing"
    assert revocation.run(target, "a laptop was stolen") == revocation.Progress(
        len(expected) if "person" in what else 0, True
    )
    assert world.dead() == expected
    told = AuditEvent.objects.filter(pk__gt=0, reason__contains="a laptop was stolen").exclude(event="session:ended")
    assert told.count() == 1
    assert blast_radius.preview(revocation.target(what, **names(world))).authorizations.value == 0
    # and nothing comes back: what is made now is new
    assert world.apps[0].client_credentials(audience=STOCK).status_code == 200


def test_jwts_run_as_long_as_the_client_lets_them(world: World):
    Audience.objects.update(access_token_lifetime=None)
    for row, seconds in ((world.apps[1].row, 9000), (world.apps[0].row, 7200)):
        row.lifespans = {
            "authorization_code_grant_access_token_lifespan": seconds,
            "refresh_token_grant_refresh_token_lifespan": 99_999,
        }
        row.save()
        for what in ("client", "issuer"):
            until = blast_radius.preview(
                revocation.target(what, **{**names(world), "client": row.client_id})
            ).jwts_until
            assert until is not None
            expected = seconds if what == "client" else 9000
            assert expected - 10 < (until - clock.now()).total_seconds() <= expected


def test_an_end_before_a_time_leaves_what_came_later_and_is_never_lowered(world: World):
    young = world.tokens[0, 0, ORDERS][0].authorization
    Authorization.objects.filter(pk=young.pk).update(created=clock.now() - timedelta(seconds=30))
    minute = clock.now() - timedelta(minutes=1)
    for what in ("client", "person", "client_person", "audience", "scope", "issuer"):
        target = revocation.target(what, before=minute, **names(world))
        assert target.before == minute
        revocation.run(target, "")
    assert world.dead() == EVERY - {(0, 0, ORDERS)}
    revocation.run(revocation.target("issuer"), "")
    row, now = issuers.first(), issuers.first().tokens_not_before
    revoke.issuer_before(row, minute)
    row.refresh_from_db()
    assert row.tokens_not_before == now
    future = revocation.target("issuer", before=clock.now() + timedelta(days=1))
    assert future.before <= clock.now()


@pytest.mark.parametrize("what", ["audience", "scope"])
def test_a_clients_own_tokens_for_an_api_end_and_new_ones_are_given(what: str, world: World):
    app = world.apps[0]
    scope = Scope.objects.get(name="orders:read")
    app.row.scopes.add(scope)
    api = Audience.objects.get(identifier=ORDERS)
    Audience.objects.update(token_format="opaque")
    Scope.objects.filter(pk=scope.pk).update(audience=api)
    mine = app.client_credentials(audience=ORDERS, scope="orders:read").json()["access_token"]
    other = app.client_credentials(audience=STOCK).json()["access_token"]
    target = revocation.target(what, audience=ORDERS, scope="orders:read")
    assert blast_radius.preview(target).access_tokens.value == 4 + 1
    with CaptureQueriesContext(connection) as captured:
        revocation.run(target, "leaked")
    changed = [one["sql"] for one in captured if one["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(changed) == 3, "the row, the standing families, the log"
    assert [app.introspect(value).json()["active"] for value in (mine, other)] == [False, True]
    assert lookup.find(mine).why == "everything for its API or scope before a time was revoked"  # type: ignore[union-attr]
    again = app.client_credentials(audience=ORDERS, scope="orders:read").json()["access_token"]
    assert app.introspect(again).json()["active"]


def test_a_person_with_many_families_is_ended_in_batches_that_may_be_interrupted(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(revoke, "BATCH", 40)
    monkeypatch.setattr(revocation, "SECONDS", 0)
    app, ada = world.apps[0].row, world.people[0]
    now = clock.now() - timedelta(minutes=1)
    columns = {"client": app, "user": ada, "sub": "x", "created": now, "expires_at": now + timedelta(days=1)}
    Authorization.objects.bulk_create(Authorization(**columns) for _ in range(96))
    children = Authorization.objects.bulk_create(
        [
            Authorization(**{**columns, "user": None, "parent_id": family.pk})
            for family in Authorization.objects.filter(user=ada)[:1]
        ]
    )
    target = revocation.target("person", person=str(ada.pk))
    assert blast_radius.preview(target).authorizations.value == 100
    with CaptureQueriesContext(connection) as captured:
        first = revocation.run(target, "")
    updates = [one["sql"] for one in captured if one["sql"].startswith('UPDATE "oauth_server_authorization"')]
    # one for the families and one for what was exchanged from them, however many there are, beside those of the four sign-ins
    assert (first, len([sql for sql in updates if "IN (" in sql])) == (revocation.Progress(40, False), 2)
    later = factories.AuthorizationFactory(client=app, user=ada)
    monkeypatch.setattr(revocation, "SECONDS", 60)
    assert revocation.run(target, "") == revocation.Progress(60, True)
    children[0].refresh_from_db()
    assert children[0].revoked_at is not None
    assert list(Authorization.objects.filter(user=ada, revoked_at=None)) == [later], "made after the order was given"
    assert Session.objects.filter(user=ada, ended_at=None).count() == 1


def test_nothing_brings_back_what_was_ended_or_turns_the_switch(world: World):
    """Not an object of the ORM that was loaded before, and not a statement that takes the time back."""
    old: list[Any] = [issuers.first(), Audience.objects.get(identifier=ORDERS), Scope.objects.get(name="orders:read")]
    revocation.run(revocation.target("audience", audience=ORDERS), "")
    revocation.run(revocation.target("scope", scope="orders:read"), "")
    incident.begin(issuers.first(), "stopped")
    limits = [type(row).objects.values_list("tokens_not_before", flat=True).get(pk=row.pk) for row in old[1:]]
    for row in old:
        row.name = f"{row.name}x"
        row.save()
    for row in old[1:]:
        type(row).objects.filter(pk=row.pk).update(tokens_not_before=None)
    after = [type(row).objects.values_list("tokens_not_before", flat=True).get(pk=row.pk) for row in old[1:]]
    assert after == limits
    assert all(limits)
    assert issuers.first().stopped_because == "stopped"
    assert issuers.first().name.endswith("x")


def test_names_that_name_nothing_are_told(world: World):
    for what, given in [
        ("family", "x"), ("client", "nobody"), ("person", "\x00"), ("person", "9" * 40), ("audience", ""), ("scope", "a\x00"), ("key", "x"),
    ]:  # fmt: skip
        named: dict[str, Any] = {what: given}
        with pytest.raises(NotFound):
            revocation.target(what, **named)
    with pytest.raises(NotFound):
        revocation.target("issuer", issuer="https://elsewhere.example")
    other = factories.IssuerFactory(slug="shop")
    assert revocation.target("issuer", issuer="shop").issuer == other
    with pytest.raises(NotFound):
        revocation.target("audience", issuer="shop", audience=ORDERS)
    assert Issuer.objects.count() == 2
