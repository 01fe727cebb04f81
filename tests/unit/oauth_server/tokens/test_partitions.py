"""Access tokens in a table for each day: the same answers, one table asked, whole days dropped."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from oauth_server import clock
from oauth_server.models import AccessToken
from oauth_server.tokens import expired, opaque, partitions
from tests.factories import AccessTokenFactory
from tests.flows import App, Browser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bar("O14.2")]
TABLE = AccessToken._meta.db_table


@pytest.fixture
def partitioned() -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("partitions are PostgreSQL's")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "{TABLE}" CASCADE')
    with connection.schema_editor() as editor:
        editor.create_model(AccessToken)
    partitions.is_partitioned.cache_clear()


def convert() -> None:
    call_command("partition_tokens", verbosity=0)


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE])
        return sorted(name for (name,) in cursor.fetchall())


def table_of(row: AccessToken) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT tableoid::regclass::text FROM "{TABLE}" WHERE id = %s', [row.pk])
        name: str = cursor.fetchone()[0]
        return name


def test_every_token_works_on_and_new_ones_do(partitioned: None, app: App, signed_in: Browser):
    tokens = app.tokens(signed_in, scope="openid offline_access")
    own = app.client_credentials().json()["access_token"]
    before = {row.pk: row.token_checksum for row in AccessToken.objects.all()}
    convert()
    assert {row.pk: row.token_checksum for row in AccessToken.objects.all()} == before
    later = app.refresh(tokens["refresh_token"]).json()["access_token"]
    new = app.client_credentials().json()["access_token"]
    for token in (tokens["access_token"], own, later, new):
        assert app.introspect(token).json()["active"] is True
    assert app.userinfo(tokens["access_token"]).status_code == 200
    assert app.userinfo(later).status_code == 200
    app.revoke(own)
    assert app.introspect(own).json() == {"active": False}
    assert app.introspect(new).json()["active"] is True
    assert min(row.pk for row in AccessToken.objects.exclude(pk__in=before)) > max(before)


def test_the_models_state_needs_no_migration(partitioned: None):
    convert()
    call_command("makemigrations", "oauth_server", check=True, dry_run=True, verbosity=0)


def test_the_old_table_becomes_the_first_partition(partitioned: None):
    old = AccessTokenFactory(expires=clock.now() + timedelta(days=2))
    convert()
    new = AccessTokenFactory(expires=clock.now() + timedelta(days=5))
    far = AccessTokenFactory(expires=clock.now() + timedelta(days=partitions.AHEAD + 5))
    until = (old.expires + timedelta(days=1)).date()
    assert table_of(old) == tables()[1] == f"{TABLE}_until_{until:%Y%m%d}"
    assert table_of(new) == f"{TABLE}_until_{(new.expires + timedelta(days=1)).date():%Y%m%d}"
    assert table_of(far) == f"{TABLE}_default"


def test_a_look_up_asks_one_table(partitioned: None, app: App):
    convert()
    value = app.client_credentials().json()["access_token"]
    days = partitions.within(value)
    assert days is not None
    with connection.cursor() as cursor:
        cursor.execute(
            f'EXPLAIN SELECT 1 FROM "{TABLE}" t WHERE t.token_checksum IN (%s) AND t.expires >= %s AND t.expires < %s',
            ["0" * 64, *days],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("Scan") == 1, plan


def test_what_is_over_goes_with_its_table(partitioned: None, moving_clock: Any):
    gone = AccessTokenFactory(expires=moving_clock.now() + timedelta(hours=1))
    convert()
    stays = AccessTokenFactory(expires=moving_clock.now() + timedelta(days=9))
    far = AccessTokenFactory(expires=moving_clock.now() + timedelta(days=partitions.AHEAD + 1))
    moving_clock.move(3 * 86_400)
    first = table_of(gone)
    dict(expired.clear())
    assert first not in tables()
    assert set(AccessToken.objects.values_list("pk", flat=True)) == {stays.pk, far.pk}
    # the days to come have their tables, but for the one whose rows are in the default table already
    assert len(tables()) == partitions.AHEAD
    moving_clock.move((partitions.AHEAD + 1) * 86_400)
    dict(expired.clear())
    assert not AccessToken.objects.exists()


def test_there_is_nothing_to_convert_twice(partitioned: None):
    convert()
    with pytest.raises(CommandError, match="already"):
        convert()


@pytest.mark.django_db
def test_only_postgresql_has_partitions():
    if connection.vendor == "postgresql":
        pytest.skip("this is about the others")
    with pytest.raises(CommandError, match="PostgreSQL"):
        convert()


def test_a_token_says_its_day(moving_clock: Any):
    value = opaque.make(opaque.ACCESS_TOKEN, moving_clock.now())
    assert opaque.day(opaque.ACCESS_TOKEN, value) == moving_clock.now().date()
    assert opaque.day(opaque.ACCESS_TOKEN, opaque.make(opaque.ACCESS_TOKEN, None)) is None
    assert opaque.day(opaque.REFRESH_TOKEN, value) is None
    assert opaque.day(opaque.ACCESS_TOKEN, "eyJhbGciOiJ") is None
