"""Scopes and audiences stay within their issuer."""

import pytest
from django.test import Client as Browser

from oauth_server import issuers
from oauth_server.keys import store
from oauth_server.models import Audience, AuthorizationDetailType, Client, Issuer, Scope
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
    operator.post(of(Scope, "delete", made.pk), {"confirmed": "1", "note": "a test"})
    assert (last_event().event, last_event().reason) == ("scope:changed", "deleted")
    assert not Scope.objects.filter(pk=made.pk).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "two words"),
        ("name", "a,b"),
        ("name", "openid"),
        ("name", "manage:all"),
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


@pytest.mark.threat(65)
@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "9" * 10_000, '["\\ud800"]', '["\\u0000"]', '{"\\u0000": 1}', "[1e999]", '{"a": 1, "a": 2}', "nothing"],
    ids=["deep", "long", "half a character", "NUL", "NUL for a name", "endless", "twice", "no JSON"],
)  # fmt: skip
def test_no_json_in_a_form_breaks_the_page_or_the_database(operator: Browser, issuer: Issuer, text: str) -> None:
    form = {"issuer": str(issuer.pk), "name": "orders", "claims": text, "translations": "{}"}
    page = operator.post(of(Scope, "add"), form)
    assert "claims" in errors(page)
    assert page.content
    if text == "nothing":
        assert errors(page)["claims"] == ["This is not JSON: look at line 1, column 1."]
    made = operator.post(of(AuthorizationDetailType, "add"), {"issuer": str(issuer.pk), "type": "pay", "schema": text})
    assert "schema" in errors(made)
    assert not Scope.objects.filter(name="orders").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identifier", "no URI"),
        ("identifier", "https://api.example/#orders"),
        ("access_token_lifetime", "0"),
        ("access_token_lifetime", str(2**31)),
    ],
)
@pytest.mark.spec("RFC 8707", "2")
def test_an_audience_that_breaks_a_rule_is_refused(operator: Browser, issuer: Issuer, field: str, value: str) -> None:
    form = {"issuer": str(issuer.pk), "identifier": "https://api.example", "name": "API", "token_format": "jwt"}
    form |= {"algorithm": "ES256", "translations": "{}", field: value}
    assert [*errors(operator.post(of(Audience, "add"), form))] == [field]


@pytest.mark.threat(65)
@pytest.mark.parametrize("key", ["x", "\x00", "²", "9" * 30, "9" * 10_000, "null"])
def test_no_choice_in_a_form_breaks_the_page(operator: Browser, issuer: Issuer, key: str) -> None:
    for given in ({"issuer": key}, {"issuer": str(issuer.pk), "audience": key}):
        form = {"name": "orders", "claims": "[]", "translations": "{}", **given}
        assert set(errors(operator.post(of(Scope, "add"), form))) & set(given)
    api = {"issuer": str(issuer.pk), "identifier": "https://api.example", "name": "API", "introspectors": [key]}
    assert "introspectors" in errors(operator.post(of(Audience, "add"), api))


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
    answer = operator.post(of(Audience, "delete", audience.pk), {"confirmed": "1", "note": "a test"})
    assert "The scope orders belongs to it" in answer.content.decode()
    assert Audience.objects.filter(pk=audience.pk).exists()


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "2.1")
def test_a_type_of_authorization_details_is_made_changed_and_deleted_on_record(
    operator: Browser, issuer: Issuer, client: Client
) -> None:
    audience = Audience.objects.create(issuer=issuer, identifier="https://bank.example", name="Bank")
    form = {
        "issuer": str(issuer.pk),
        "type": "payment",
        "audience": audience.pk,
        "title": "Pay for you",
        "title_de": "Für Sie zahlen",
        "schema": '{"type": "object", "properties": {"amount": {"type": "string"}}}',
        "words": '{"en": {"amount": "Amount"}}',
        "translations": "{}",
    }
    for name, value in {
        "schema": '{"type": "string"}',
        "words": '{"en": 1}',
        "type": "a b",
        "title": "x" * 121,
    }.items():
        assert name in errors(operator.post(of(AuthorizationDetailType, "add"), {**form, name: value})), name
    other = issuers.create("Bank", slug="bank")
    elsewhere = Audience.objects.create(issuer=other, identifier="https://bank.example", name="Bank")
    assert "audience" in errors(operator.post(of(AuthorizationDetailType, "add"), {**form, "audience": elsewhere.pk}))
    assert operator.post(of(AuthorizationDetailType, "add"), form).status_code == 302
    made = AuthorizationDetailType.objects.get()
    assert (made.translations, made.words) == ({"de": {"title": "Für Sie zahlen"}}, {"en": {"amount": "Amount"}})
    assert last_event().changes["type"] == [None, "payment"]
    client.authorization_details_types = ["payment"]
    client.save()
    assert str(client) in operator.get(of(AuthorizationDetailType, "change", made.pk)).content.decode()
    assert str(client) in operator.get(of(AuthorizationDetailType, "delete", made.pk)).content.decode()
    assert "payment" in operator.get(of(Audience, "delete", audience.pk)).content.decode()
    operator.post(of(AuthorizationDetailType, "change", made.pk), {**form, "schema": "", "remember": "on"})
    assert set(last_event().changes) == {"schema", "remember"}
    operator.post(of(AuthorizationDetailType, "delete", made.pk), {"confirmed": "1", "note": "a test"})
    assert (last_event().event, last_event().reason) == ("authorization_detail_type:changed", "deleted")
