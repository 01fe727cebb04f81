"""Lists of a million tokens: each page of the console as fast as with fifty, by the clock."""

import statistics
import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.template.base import Template
from django.test import Client as Browser
from django.test.utils import _TestState
from django.urls import reverse

from oauth_server import issuers
from oauth_server.models import AccessToken, Authorization, Client, LogoutDelivery, RefreshToken, Session
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.pg, pytest.mark.bar("O11.2")]

TOKENS, FAMILIES, CLIENTS, PEOPLE = 1_000_000, 200_000, 10_000, 2_000
# rows in all tables: state, what is filtered, the second page of a search
ADDRESSES = [
    ("accesstoken", ""),
    ("refreshtoken", ""),
    ("authorization", ""),
    ("authorization", "?state=live"),
    ("authorization", "?state=revoked"),
    ("authorization", "?state=over"),
    ("session", ""),
    ("session", "?state=live"),
    ("session", "?state=ended"),
    ("logoutdelivery", "?state__exact=failed"),
    ("logoutdelivery", "?state__exact=waiting"),
    ("client", ""),
    ("client", "?q=photo"),
    ("client", "?enabled__exact=1&grant=authorization_code"),
    ("auditevent", ""),
    # a page of one client
    ("accesstoken", "?application__id__exact={pk}"),
    ("accesstoken", "?q={client}"),
    ("authorization", "?q={person}"),
]
# seconds: of the database, which grow with a table, and of the whole page
DATABASE, PAGE, TIMES = 0.100, 0.150, 7


def _copies(model: Any, of: Any, number: int, **columns: str) -> None:
    """So many rows like this one, with these columns computed from n."""
    names = [field.column for field in model._meta.concrete_fields if field.column not in columns]
    key = model._meta.pk.column
    if key not in columns:
        names.remove(key)
    listed = ", ".join(f'"{name}"' for name in [*names, *columns])
    values = ", ".join([*(f'r."{name}"' for name in names), *columns.values()])
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({listed}) SELECT {values} FROM "{table}" r, generate_series(1, {number}) n WHERE r."{key}" = %s',
            [of.pk],
        )


@pytest.fixture
def million(db: None) -> tuple[Browser, Client, Any]:
    """A twentieth of the families is over, a hundredth revoked; one delivery in a thousand failed."""
    client, person = factories.ClientFactory(name="Photo Market"), factories.UserFactory(email="ada@example.org")
    family = factories.AuthorizationFactory(client=client, user=person)
    users = get_user_model()
    _copies(users, person, PEOPLE, id="gen_random_uuid()", email="'p' || n || '@example.org'", username="'p' || n")
    _copies(Client, client, CLIENTS, client_id="'client-' || n", version="n")
    clients, people = "(SELECT min(id) FROM oauth_server_client)", f'"{users._meta.db_table}"'
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE someone AS SELECT id, row_number() OVER () AS k FROM {people}")
        cursor.execute("CREATE INDEX ON someone (k)")
    anybody = f"(SELECT id FROM someone WHERE k = 1 + mod(n, {PEOPLE}))"
    session = Session.objects.get()
    _copies(Session, session, FAMILIES, id="gen_random_uuid()", user_id=anybody,
            ended_at="CASE WHEN mod(n, 100) = 0 THEN now() END", expires="r.expires - n * interval '1 second'")  # fmt: skip
    _copies(Authorization, family, FAMILIES, id="gen_random_uuid()", client_id=f"{clients} + mod(n, {CLIENTS})", user_id=anybody,
            revoked_at="CASE WHEN mod(n, 100) = 0 THEN now() END",
            expires_at="CASE WHEN mod(n, 20) = 1 THEN now() ELSE r.expires_at END - n * interval '1 second'")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE families AS SELECT id, client_id, user_id, row_number() OVER () AS k FROM oauth_server_authorization"
        )
        cursor.execute("CREATE INDEX ON families (k)")
    for model, row in (
        (AccessToken, factories.AccessTokenFactory(authorization=family)),
        (RefreshToken, factories.RefreshTokenFactory(authorization=family)),
    ):
        number = TOKENS if model is AccessToken else FAMILIES
        columns = {
            column: f"(SELECT {of} FROM families WHERE k = 1 + mod(n, {FAMILIES}))"
            for column, of in (("authorization_id", "id"), ("application_id", "client_id"), ("user_id", "user_id"))
        }
        _copies(model, row, number, token_checksum="md5(n::text) || md5((-n)::text)", **columns)
    delivery = factories.LogoutDeliveryFactory(session=session, client=client)
    _copies(
        LogoutDelivery,
        delivery,
        FAMILIES,
        state="CASE WHEN mod(n, 1000) = 0 THEN 'failed' ELSE 'delivered' END",
        next_attempt="NULL::timestamptz",
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    operator = Browser()
    operator.force_login(users._default_manager.create_superuser("operator@example.org", "x"))
    return operator, client, person


def _seconds(browser: Browser, address: str) -> tuple[float, float]:
    """This process at work, and waiting for the database; without what other programs take of the machine."""
    waited = 0.0

    def wait(execute: Any, *args: Any) -> Any:
        nonlocal waited
        begun, worked = time.perf_counter(), time.process_time()
        try:
            return execute(*args)
        finally:
            waited += (time.perf_counter() - begun) - (time.process_time() - worked)

    begun = time.process_time()
    with connection.execute_wrapper(wait):
        assert browser.get(address).status_code == 200
    return time.process_time() - begun + waited, waited


def test_each_list_is_there_at_once_with_a_million_tokens(
    million: tuple[Browser, Client, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, client, person = million
    # as it is outside of tests: there Django keeps a copy of the context of every template
    kept: Any = _TestState
    monkeypatch.setattr(Template, "_render", kept.saved_data.template_render)
    assert AccessToken.objects.count() > TOKENS
    database, whole = {}, {}
    for table, query in ADDRESSES:
        address = reverse(f"admin:oauth_server_{table}_changelist")
        address += query.format(client=client.client_id, pk=client.pk, person=person.email)
        pages, waits = zip(*(_seconds(operator, address) for _ in range(TIMES)), strict=True)
        database[f"{table}{query}"], whole[f"{table}{query}"] = statistics.median(waits), statistics.median(pages)
    assert {name: taken for name, taken in database.items() if taken > DATABASE} == {}
    assert {name: taken for name, taken in whole.items() if taken > PAGE} == {}
    # and what a revocation will end is counted in bounded time, also where it is everything
    begun = time.perf_counter()
    page = operator.get(f"{reverse('admin:oauth_server_revoke')}?what=issuer&issuer={issuers.first().identifier}")
    assert "more than 100000" in page.content.decode()
    assert time.perf_counter() - begun < 30
