"""Issuers: made at an address of their own, switched off for good, deleted whole."""

from typing import Any

import pytest
from django.test import Client as Browser

from oauth_server import issuers
from oauth_server.keys import store
from oauth_server.models import Audience, AuthorizationDetailType, Client, Issuer, Scope, SigningKey
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import PASSWORD, ROWS, errors, events, last_event, list_of, long_ago, of


def test_a_new_issuer_has_keys_and_scopes(operator: Browser) -> None:
    assert operator.post(of(Issuer, "add"), {"name": "Shop", "slug": "shop", "url": ""}).status_code == 302
    made = Issuer.objects.get(slug="shop")
    assert made.identifier == "http://testserver/shop"
    assert store.active(made, "RS256").algorithm == "RS256"
    assert made.scopes.filter(name="openid").exists()
    assert last_event().event == "issuer:created"
    assert last_event().actor == "staff:operator@example.org"


@pytest.mark.parametrize(
    ("slug", "url", "field"),
    [
        ("admin", "", "slug"),
        ("oauth2", "", "slug"),
        ("Shop", "", "slug"),
        ("a/b", "", "slug"),
        ("", "", "slug"),
        ("shop", "https://id.example.org", "slug"),
        ("", "http://id.example.org", "url"),
        ("", "https://id.example.org/path", "url"),
        ("", "javascript:alert(1)", "url"),
        ("", "http://testserver", "url"),
    ],
)
def test_an_issuer_needs_an_address_of_its_own(operator: Browser, slug: str, url: str, field: str) -> None:
    assert field in errors(operator.post(of(Issuer, "add"), {"name": "Shop", "slug": slug, "url": url}))
    nameless = operator.post(of(Issuer, "add"), {"slug": slug, "url": url})
    assert [*errors(nameless)] == ["name", field]
    assert Issuer.objects.count() == 1


def test_the_address_of_an_issuer_stays(operator: Browser, client: Client, person: Any) -> None:
    ROWS["issuer"](client, person, 1)
    row = Issuer.objects.exclude(slug="").get()
    operator.post(
        of(Issuer, "change", row.pk), {"name": "Renamed", "slug": "else", "url": "https://x.example", "enabled": "on"}
    )
    after = Issuer.objects.get(pk=row.pk)
    assert (after.name, after.slug, after.url) == ("Renamed", row.slug, "")
    assert last_event().changes == {"name": [row.name, "Renamed"]}


def test_everything_before_now_is_dead_for_good(operator: Browser, issuer: Issuer, tokens: IssuedTokens) -> None:
    form = {"action": "revoke_everything", "_selected_action": str(issuer.pk), "confirmed": "1", "note": "a leak"}
    assert operator.post(list_of("issuer"), form).status_code == 302
    for value in (tokens.access_token, tokens.refresh_token):
        assert not lookup.find(value).active  # type: ignore[union-attr]
    assert (last_event().event, last_event().note) == ("issuer:tokens_revoked", "a leak")


def test_switching_an_issuer_off_and_on_revives_nothing(
    operator: Browser, issuer: Issuer, tokens: IssuedTokens
) -> None:
    # not by the form of all settings: that it ends everything is asked first
    operator.post(of(Issuer, "change", issuer.pk), {"name": issuer.name})
    assert Issuer.objects.get(pk=issuer.pk).enabled
    off = {"action": "disable", "_selected_action": str(issuer.pk), "confirmed": "1"}
    assert "answer nobody any more" in operator.post(list_of("issuer"), off).content.decode()
    operator.post(list_of("issuer"), {**off, "note": "a leak"})
    assert not Issuer.objects.get(pk=issuer.pk).enabled
    operator.post(list_of("issuer"), {**off, "action": "enable"})
    assert Issuer.objects.get(pk=issuer.pk).enabled
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_the_first_issuer_cannot_be_deleted(operator: Browser, issuer: Issuer) -> None:
    assert operator.post(of(Issuer, "delete", issuer.pk), {"confirmed": "1", "note": "a test"}).status_code == 403
    operator.post(
        list_of("issuer"),
        {"action": "delete_selected", "_selected_action": str(issuer.pk), "confirmed": "1", "note": "a test"},
    )
    assert Issuer.objects.filter(pk=issuer.pk).exists()


def test_deleting_an_issuer_takes_all_that_is_its_own(operator: Browser, client: Client) -> None:
    other = issuers.create("Shop", slug="shop")
    audience = Audience.objects.create(issuer=other, identifier="https://api.example", name="API")
    Scope.objects.create(issuer=other, name="orders", audience=audience)
    AuthorizationDetailType.objects.create(issuer=other, type="payment", audience=audience)
    theirs = Client.objects.create(issuer=other, name="Till")
    asks = operator.get(of(Issuer, "delete", other.pk)).content.decode()
    assert "Till uses it." in asks
    assert "authorizations: 0, people: 0" in asks
    long_ago(operator)
    form = {"confirmed": "1", "note": "a test"}
    assert "Your password" in operator.post(of(Issuer, "delete", other.pk), form).content.decode()
    assert operator.post(of(Issuer, "delete", other.pk), {**form, "password": PASSWORD}).status_code == 302
    assert not Client.objects.filter(pk=theirs.pk).exists()
    assert list(Issuer.objects.all()) == [client.issuer]
    for model in (SigningKey, Audience, Scope, AuthorizationDetailType):
        assert not model._default_manager.exclude(issuer=client.issuer).exists()
    assert {"issuer:tokens_revoked", "issuer:changed", "client:deleted"} <= set(events())
