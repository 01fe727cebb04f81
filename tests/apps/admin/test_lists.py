"""Each list costs the same however long it is, and its address gives nothing away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oauth_server import clock
from oauth_server.models import Client, Scope
from tests.apps.admin.conftest import ROWS, list_of


def _statements(browser: Browser, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.bar("O11.2")
@pytest.mark.parametrize("query", ["", "?q=photo"])
@pytest.mark.parametrize("table", ROWS)
def test_a_list_costs_the_same_for_five_rows_and_for_fifty(
    table: str, query: str, operator: Browser, client: Client, person: Any
) -> None:
    ROWS[table](client, person, 5)
    few = _statements(operator, list_of(table) + query)
    ROWS[table](client, person, 45)
    many = _statements(operator, list_of(table) + query)
    # what a process remembers is asked for once
    assert len(many) <= len(few) <= 10
    assert not [statement for statement in many if "COUNT(" in statement.upper()]


@pytest.mark.bar("O11.1")
def test_filters_are_counted_on_demand_where_the_table_stays_small(
    operator: Browser, client: Client, person: Any
) -> None:
    ROWS["client"](client, person, 3)
    for table in ROWS:
        may_count = table in {"client", "scope", "audience", "authorizationdetailtype", "trustedissuer", "issuer"}
        page = operator.get(list_of(table))
        assert ("Show counts" in page.content.decode()) is may_count, table
        if not may_count:
            # nor does an address make it count
            counted = _statements(operator, f"{list_of(table)}?_facets=")
            assert not [statement for statement in counted if "COUNT(" in statement.upper()], table
    Client.objects.filter(pk=client.pk).update(enabled=False)
    shown = operator.get(f"{list_of('client')}?_facets=&registration_source__exact=manual").content.decode()
    assert "No (1)" in shown
    assert "Hide counts" in shown
    # each filter is one statement, however many rows
    assert len(_statements(operator, f"{list_of('client')}?_facets=")) <= 16


@pytest.mark.bar("O11.2")
@pytest.mark.parametrize(
    ("table", "states"),
    [
        ("session", {"live": {"live"}, "ended": {"ended"}, "expired": {"expired"}}),
        ("authorization", {"live": {"live"}, "revoked": {"revoked"}, "over": {"over"}}),
        ("logoutdelivery", {"waiting": {"waiting"}, "delivered": {"delivered"}, "failed": {"failed"}}),
    ],
)
def test_lists_are_filtered_by_state(
    table: str, states: dict[str, set[str]], operator: Browser, client: Client, person: Any
) -> None:
    ROWS[table](client, person, 60)
    model = operator.get(list_of(table)).context["cl"].model
    keys = list(model.objects.values_list("pk", flat=True))
    now = clock.now()
    if table == "logoutdelivery":
        model.objects.filter(pk__in=keys[:10]).update(state="delivered")
        model.objects.filter(pk__in=keys[10:20]).update(state="failed")
    else:
        ended, expires = ("ended_at", "expires") if table == "session" else ("revoked_at", "expires_at")
        model.objects.filter(pk__in=keys[:10]).update(**{ended: now})
        model.objects.filter(pk__in=keys[10:20]).update(**{expires: now - timedelta(days=1)})
    for parameter, wanted in states.items():
        name = "state__exact" if table == "logoutdelivery" else "state"
        address = f"{list_of(table)}?{name}={parameter}"
        page = operator.get(address).context["cl"]
        found = {row.state if table == "logoutdelivery" else page.model_admin.state(row) for row in page.result_list}
        assert found == wanted
        assert len(_statements(operator, address)) <= 10


@pytest.mark.parametrize("field", ["issuer", "scopes", "audiences"])
def test_completing_what_is_typed_counts_nothing(field: str, operator: Browser, client: Client, person: Any) -> None:
    ROWS["scope"](client, person, 30)
    query = f"?term=&app_label=oauth_server&model_name=client&field_name={field}"
    assert not [one for one in _statements(operator, reverse("admin:autocomplete") + query) if "COUNT(" in one.upper()]
    answer = operator.get(reverse("admin:autocomplete") + query).json()
    assert answer["pagination"]["more"] is (field != "issuer")


@pytest.mark.parametrize("table", ROWS)
def test_paging_shows_each_row_once_and_leads_back(table: str, operator: Browser, client: Client, person: Any) -> None:
    ROWS[table](client, person, 120)
    seen, url = [], list_of(table)
    pages = [url]
    while url:
        page = operator.get(url).context["cl"]
        seen += [row.pk for row in page.result_list]
        url = page.older and list_of(table) + page.older
        pages += [url] if url else []
    assert len(seen) == len(set(seen)) == page.model.objects.count()
    back = operator.get(list_of(table) + page.newer).context["cl"]
    assert [row.pk for row in back.result_list] == seen[-len(page.result_list) - 50 : -len(page.result_list)]
    assert back.newer
    assert back.older


BAD_PLACES = ["x", "~", "\x00", "99999999999999999999", "-1", "2026-01-01~x", "a~b~c", "%"]


@pytest.mark.parametrize("parameter", ["before", "after"])
@pytest.mark.parametrize("table", ROWS)
def test_a_place_that_is_none_is_no_error(table: str, parameter: str, operator: Browser, client: Client) -> None:
    for place in BAD_PLACES:
        answer = operator.get(list_of(table), {parameter: place})
        assert answer.status_code in {200, 302}


@pytest.mark.threat(95)
@pytest.mark.parametrize(
    ("table", "look_up"),
    [
        ("accesstoken", "token_checksum__startswith=a"),
        ("refreshtoken", "sealed__startswith=a"),
        ("signingkey", "sealed__startswith=a"),
        ("client", "client_secret__startswith=a"),
        ("client", "secrets__verifier__startswith=a"),
        ("client", "user__password__startswith=a"),
        ("session", "auth_hash__startswith=a"),
        ("authorization", "user__password__regex=.*"),
        ("auditevent", "reason__contains=a"),
        ("issuer", "clients__secrets__verifier__gt=a"),
        ("scope", "issuer__keys__sealed__gt=a"),
    ],
)
def test_an_address_cannot_ask_about_columns_that_no_page_shows(
    table: str, look_up: str, operator: Browser, client: Client
) -> None:
    answer = operator.get(f"{list_of(table)}?{look_up}")
    assert (answer.status_code, "We cannot make sense of this request" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("value", ["x", "\x00", "1' OR '1'='1", "99999999999999999999"])
@pytest.mark.parametrize(
    ("table", "look_up"),
    [("client", "issuer__id__exact"), ("accesstoken", "application__id__exact"), ("auditevent", "event")],
)
def test_a_link_with_a_value_that_is_none_is_no_error(
    table: str, look_up: str, value: str, operator: Browser, client: Client
) -> None:
    assert operator.get(list_of(table), {look_up: value}).status_code in {200, 302}


def test_the_list_of_an_issuer_holds_its_rows_only(operator: Browser, client: Client, person: Any) -> None:
    ROWS["issuer"](client, person, 1)
    other = client.issuer.__class__.objects.get(slug__startswith="project")
    Scope.objects.create(issuer=other, name="elsewhere")
    page = operator.get(list_of("scope"), {"issuer__id__exact": str(other.pk)}).context["cl"]
    assert [scope.name for scope in page.result_list] == ["elsewhere"]


@pytest.mark.parametrize("table", ["accesstoken", "refreshtoken", "authorization"])
def test_lists_are_searched_by_client_person_and_authorization(
    table: str, operator: Browser, client: Client, person: Any
) -> None:
    ROWS[table](client, person, 2)
    row = operator.get(list_of(table)).context["cl"].result_list[0]
    family = row if table == "authorization" else row.authorization
    for term, number in [
        (client.client_id, 2), (person.email, 2), (str(person.pk), 2), (str(family.pk), 1), ("nobody", 0)
    ]:  # fmt: skip
        assert len(operator.get(list_of(table), {"q": term}).context["cl"].result_list) == number, term


def test_a_token_in_the_search_box_is_refused_aloud(operator: Browser, client: Client) -> None:
    answer = operator.get(list_of("accesstoken"), {"q": "oas_at_something"}).content.decode()
    assert "This looks like a token" in answer


def test_no_list_offers_a_filter_of_rows(operator: Browser, client: Client, person: Any) -> None:
    for table in ROWS:
        ROWS[table](client, person, 1)
        sidebar = re.search(
            r'<nav id="changelist-filter".*?</nav>', operator.get(list_of(table)).content.decode(), re.DOTALL
        )
        assert sidebar is None or (client.name not in sidebar[0] and person.email not in sidebar[0])


@pytest.mark.threat(69)
def test_no_address_of_a_list_is_a_fault_of_the_server(operator: Browser, client: Client, person: Any) -> None:
    ROWS["devicerequest"](client, person, 1)
    late = "9999-12-31T23:59:59-23:59"
    for table, query in (
        ("audience", "algorithm__exact=%00"),
        ("client", "issuer__id__exact=x%00"),
        ("devicerequest", f"before={late}~1"),
        ("auditevent", f"since={late}"),
        ("auditevent", "client_id__exact=%00"),
    ):
        assert operator.get(f"{list_of(table)}?{query}").status_code in {200, 302}, query
    assert operator.get(f"{list_of('client')}export/?issuer__id__exact=x").status_code == 404
    asked = "/admin/autocomplete/?app_label=oauth_server&model_name=client&field_name=issuer"
    for query in ("term=%00", f"page={'9' * 30}"):
        assert operator.get(f"{asked}&{query}").status_code == 200, query


@pytest.mark.threat(65)
@pytest.mark.parametrize("table", ["client", "issuer", "refreshtoken"])
def test_a_deed_upon_what_no_row_can_be_is_404(table: str, operator: Browser, client: Client, person: Any) -> None:
    ROWS[table](client, person, 1)
    act = {"client": "disable", "issuer": "disable", "refreshtoken": "revoke_families"}[table]
    for key in ("x", "\x00", "", "9" * 30, "9" * 5000):
        for more in ({}, {"confirmed": "1", "note": "n"}):
            sent = {"action": act, "_selected_action": key, "index": "0", **more}
            assert operator.post(list_of(table), sent).status_code == 404, key
