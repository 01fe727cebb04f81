"""Scopes and audiences stay within their issuer."""

import pytest
from django.test import Client as Browser

from oauth_server import issuers
from oauth_server.keys import store
from oauth_server.models import Audience, Client, Issuer, Scope
from tests.apps.admin.conftest import errors, last_event, of


def test_a_scope_is_made_changed_and_deleted_on_record(operator: Browser, issuer: Issuer) -> None:
    form = {
        "issuer": str(issuer.pk),
        "name": "orders:read",
        "title": "Read your orders",
        "claims": "[]",
        "translations": "{}",
    }
    assert operator.post(of(Scope, "add"), form).status_code == 302
    made = Scope.objects.get(name="orders:read")
    assert last_event().changes["name"] == [None, "orders:read"]
    operator.post(of(Scope, "change", made.pk), {**form, "name": "other", "title": "See your orders"})
    made.refresh_from_db()
    assert (made.name, made.title) == ("orders:read", "See your orders")
    assert last_event().changes == {"title": ["Read your orders", "See your orders"]}
    operator.post(of(Scope, "delete", made.pk), {"post": "yes"})
    assert (last_event().event, last_event().reason) == ("scope:changed", "deleted")
    assert not Scope.objects.filter(pk=made.pk).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "two words"),
        ("name", "a,b"),
        ("name", "openid"),
        ("claims", '{"a": 1}'),
        ("claims", "[1]"),
        ("title_de", "x" * 121),
        ("description_pt_br", "x" * 301),
    ],
)
def test_a_scope_that_breaks_a_rule_is_refused(operator: Browser, issuer: Issuer, field: str, value: str) -> None:
    form = {"issuer": str(issuer.pk), "name": "orders", "claims": "[]", "translations": "{}", field: value}
    found = errors(operator.post(of(Scope, "add"), form))
    assert field in found or "__all__" in found


def test_a_scope_belongs_to_an_audience_of_its_own_issuer(operator: Browser, issuer: Issuer) -> None:
    other = issuers.create("Shop", slug="shop")
    audience = Audience.objects.create(issuer=other, identifier="https://api.example", name="API")
    form = {"issuer": str(issuer.pk), "name": "orders", "audience": audience.pk, "claims": "[]", "translations": "{}"}
    assert "audience" in errors(operator.post(of(Scope, "add"), form))


def test_an_audience_gets_the_key_that_its_tokens_need(operator: Browser, issuer: Issuer, client: Client) -> None:
    form = {
        "issuer": str(issuer.pk),
        "identifier": "https://api.example",
        "name": "API",
        "token_format": "jwt",
        "algorithm": "EdDSA",
        "introspectors": [client.pk],
    }
    assert operator.post(of(Audience, "add"), form).status_code == 302
    made = Audience.objects.get()
    assert store.active(issuer, "EdDSA").algorithm == "EdDSA"
    assert list(made.introspectors.all()) == [client]
    assert last_event().changes["introspectors"] == [None, [client.client_id]]


def test_nobody_of_another_issuer_introspects(operator: Browser, issuer: Issuer) -> None:
    other = issuers.create("Shop", slug="shop")
    foreign = Client.objects.create(issuer=other, name="Till")
    audience = Audience.objects.create(issuer=issuer, identifier="https://api.example", name="API")
    form = {"name": "API", "token_format": "opaque", "algorithm": "ES256", "introspectors": [foreign.pk]}
    assert "introspectors" in errors(operator.post(of(Audience, "change", audience.pk), form))


def test_an_audience_with_scopes_is_not_deleted(operator: Browser, issuer: Issuer) -> None:
    audience = Audience.objects.create(issuer=issuer, identifier="https://api.example", name="API")
    Scope.objects.create(issuer=issuer, name="orders", audience=audience)
    answer = operator.post(of(Audience, "delete", audience.pk), {"post": "yes"})
    assert "Scope orders" in answer.content.decode()
    assert Audience.objects.filter(pk=audience.pk).exists()
