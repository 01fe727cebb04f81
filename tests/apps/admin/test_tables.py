"""What the forms of issuers, clients, scopes, audiences and keys accept, do and record."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import clock, issuers
from oauth_server.keys import store
from oauth_server.models import Audience, AuditEvent, Authorization, Client, ClientSecret, Issuer, Scope, SigningKey
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import PASSWORD, ROWS, events
from tests.apps.admin.test_lists import list_of
from tests.apps.admin.test_secrets import new_client_form, shown_in


def of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:oauth_server_{model._meta.model_name}_{page}", args=args)


def errors(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, "the form was accepted"
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("pk").last()  # type: ignore[return-value]


# Issuers


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
    form = {"action": "revoke_everything", "_selected_action": str(issuer.pk), "confirmed": "1", "password": PASSWORD}
    assert operator.post(list_of("issuer"), form).status_code == 302
    for value in (tokens.access_token, tokens.refresh_token):
        assert not lookup.find(value).active  # type: ignore[union-attr]
    assert last_event().event == "issuer:tokens_revoked"


def test_switching_an_issuer_off_and_on_revives_nothing(
    operator: Browser, issuer: Issuer, tokens: IssuedTokens
) -> None:
    url = of(Issuer, "change", issuer.pk)
    operator.post(url, {"name": issuer.name})
    operator.post(url, {"name": issuer.name, "enabled": "on"})
    assert Issuer.objects.get(pk=issuer.pk).enabled
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_the_first_issuer_cannot_be_deleted(operator: Browser, issuer: Issuer) -> None:
    assert operator.post(of(Issuer, "delete", issuer.pk), {"post": "yes"}).status_code == 403
    operator.post(list_of("issuer"), {"action": "delete_selected", "_selected_action": str(issuer.pk), "post": "yes"})
    assert Issuer.objects.filter(pk=issuer.pk).exists()


def test_deleting_an_issuer_takes_all_that_is_its_own(operator: Browser, client: Client) -> None:
    other = issuers.create("Shop", slug="shop")
    audience = Audience.objects.create(issuer=other, identifier="https://api.example", name="API")
    Scope.objects.create(issuer=other, name="orders", audience=audience)
    theirs = Client.objects.create(issuer=other, name="Till")
    assert operator.post(of(Issuer, "delete", other.pk), {"post": "yes"}).status_code == 302
    assert not Client.objects.filter(pk=theirs.pk).exists()
    assert list(Issuer.objects.all()) == [client.issuer]
    assert not SigningKey.objects.exclude(issuer=client.issuer).exists()
    assert {"issuer:tokens_revoked", "issuer:changed", "client:deleted"} <= set(events())


# Clients


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"redirect_uris": "http://photos.example/callback"}, "redirect_uris"),
        ({"redirect_uris": "https://photos.example/*"}, "redirect_uris"),
        ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
        ({"redirect_uris": "https://photos.example/#x"}, "redirect_uris"),
        ({"redirect_uris": ""}, "redirect_uris"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}, "grant_types"),
        ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method"),
        ({"allowed_origins": "https://photos.example/path"}, "allowed_origins"),
        ({"client_uri": "javascript:alert(1)"}, "client_uri"),
        ({"token_endpoint_auth_method": "none", "require_pkce": ""}, "require_pkce"),
        ({"default_scopes": "nothing"}, "default_scopes"),
        ({"name": "x" * 300}, "name"),
    ],
)
def test_a_client_that_breaks_a_rule_is_refused_at_its_field(
    operator: Browser, change: dict[str, Any], field: str
) -> None:
    answer = operator.post(of(Client, "add"), new_client_form(operator, **change))
    assert field in errors(answer)
    assert shown_in(answer) == ""
    assert not Client.objects.exists()


def test_a_new_client_has_what_rfc_7591_gives_it(operator: Browser) -> None:
    operator.post(of(Client, "add"), new_client_form(operator))
    made = Client.objects.get()
    assert made.response_types == ["code"]
    assert set(made.scopes.values_list("name", flat=True)) == {"openid", "offline_access"}
    assert made.require_pkce
    assert made.registration_source == "manual"
    assert events() == ["client:created"]


def _client_form(client: Client, **changes: Any) -> dict[str, Any]:
    return {
        "name": client.name,
        "enabled": "on",
        "grant_types": client.grant_types,
        "response_types": client.response_types,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "refresh_token_rule": client.refresh_token_rule,
        "algorithm": client.algorithm,
        "require_pkce": "on",
        "scopes": [scope.pk for scope in client.scopes.all()],
        **changes,
    }


def test_saving_a_client_unchanged_changes_nothing(operator: Browser, client: Client) -> None:
    before = (Client.objects.values().get(), set(client.scopes.all()), events())
    assert operator.post(of(Client, "change", client.pk), _client_form(client)).status_code == 302
    after = (Client.objects.values().get(), set(client.scopes.all()), events())
    for row in (before[0], after[0]):
        del row["updated"], row["version"]
    assert before == after


def test_a_change_of_a_client_is_stored_and_recorded(operator: Browser, client: Client, person: Any) -> None:
    uris = "https://photos.example/one\r\nhttps://photos.example/two"
    profile = Scope.objects.get(name="profile")
    form = _client_form(
        client, redirect_uris=uris, contacts="ops@photos.example", scopes=[profile.pk], user=str(person.pk)
    )
    assert operator.post(of(Client, "change", client.pk), form).status_code == 302
    after = Client.objects.get(pk=client.pk)
    assert after.redirect_uris.split() == uris.split()
    assert after.contacts == ["ops@photos.example"]
    assert list(after.scopes.all()) == [profile]
    assert after.user == person
    changes: dict[str, Any] = {}
    for event in AuditEvent.objects.filter(event="client:changed", client_id=client.client_id):
        changes |= event.changes
    assert set(changes) == {"redirect_uris", "contacts", "scope", "user"}


def test_a_scope_of_another_issuer_is_refused(operator: Browser, client: Client) -> None:
    foreign = issuers.create("Shop", slug="shop").scopes.get(name="email")
    form = _client_form(client, scopes=[foreign.pk])
    assert "scopes" in errors(operator.post(of(Client, "change", client.pk), form))


def test_only_scopes_of_the_same_issuer_are_offered(operator: Browser, client: Client) -> None:
    issuers.create("Shop", slug="shop")
    page = operator.get(of(Client, "change", client.pk)).content.decode()
    assert f"of_issuer={client.issuer_id}" in page
    query = {"term": "", "app_label": "oauth_server", "model_name": "client", "field_name": "scopes"}
    offered = operator.get(reverse("admin:autocomplete"), {**query, "of_issuer": str(client.issuer_id)}).json()[
        "results"
    ]
    assert len(offered) == client.issuer.scopes.count()
    assert operator.get(reverse("admin:autocomplete"), {**query, "of_issuer": "x"}).json()["results"] == []


@pytest.mark.threat(56)
@pytest.mark.parametrize("deed", ["disable", "revoke_tokens"])
def test_a_client_that_was_switched_off_or_emptied_holds_nothing_any_more(
    deed: str, operator: Browser, client: Client, tokens: IssuedTokens
) -> None:
    form = {"action": deed, "_selected_action": str(client.pk), "confirmed": "1"}
    operator.post(list_of("client"), form)
    operator.post(list_of("client"), {**form, "action": "enable"})
    assert Client.objects.get(pk=client.pk).enabled
    for value in (tokens.access_token, tokens.refresh_token):
        assert not lookup.find(value).active  # type: ignore[union-attr]
    assert "client:changed" in events()


def test_unticking_enabled_is_the_same_as_switching_off(
    operator: Browser, client: Client, tokens: IssuedTokens
) -> None:
    form = _client_form(client)
    del form["enabled"]
    operator.post(of(Client, "change", client.pk), form)
    assert not Client.objects.get(pk=client.pk).enabled
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_a_client_that_becomes_public_keeps_no_secret(operator: Browser, client: Client) -> None:
    form = _client_form(client, token_endpoint_auth_method="none", grant_types=["authorization_code", "refresh_token"])
    assert operator.post(of(Client, "change", client.pk), form).status_code == 302
    assert not ClientSecret.objects.exists()


@pytest.mark.threat(56)
@pytest.mark.parametrize("way", ["page", "list"])
def test_deleting_a_client_revokes_first_and_is_recorded(
    way: str, operator: Browser, client: Client, tokens: IssuedTokens, django_assert_max_num_queries: Any
) -> None:
    url = of(Client, "delete", client.pk) if way == "page" else list_of("client")
    assert str(client) in operator.get(of(Client, "delete", client.pk)).content.decode()
    operator.post(url, {"post": "yes", "action": "delete_selected", "_selected_action": str(client.pk)})
    assert not Client.objects.exists()
    assert lookup.find(tokens.access_token) is None
    assert [event for event in events() if event.startswith("client:")] == [
        "client:created",
        "client:changed",
        "client:deleted",
    ]
    assert Authorization.objects.exists()


# Scopes and audiences


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
        ("translations", '{"de": "Titel"}'),
        ("translations", '{"de": {"link": "x"}}'),
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
    assert last_event().changes["introspectors"] == [None, [str(client)]]


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


# Keys


def _rotate(browser: Browser, key: SigningKey, **values: str) -> Any:
    form = {"action": "rotate", "_selected_action": str(key.pk), "confirmed": "1", "password": PASSWORD, **values}
    return browser.post(list_of("signingkey"), form, follow=True)


def test_a_key_is_rotated_once_clients_can_know_the_next(operator: Browser, issuer: Issuer) -> None:
    key = issuer.keys.get(algorithm="ES256", state="active")
    assert "nothing is rotated" in _rotate(operator, key).content.decode()
    assert issuer.keys.get(algorithm="ES256", state="active") == key
    following = issuer.keys.get(algorithm="ES256", state="next")
    SigningKey.objects.filter(pk=following.pk).update(created=clock.now() - timedelta(days=2))
    assert f"{following.kid} signs now" in _rotate(operator, key).content.decode()
    assert issuer.keys.get(algorithm="ES256", state="active") == following
    assert (last_event().event, last_event().object) == ("key:rotated", following.kid)


@pytest.mark.threat(95)
def test_forcing_a_rotation_needs_the_password(operator: Browser, issuer: Issuer) -> None:
    key = issuer.keys.get(algorithm="RS256", state="active")
    _rotate(operator, key, force="on", password="wrong")
    assert issuer.keys.get(algorithm="RS256", state="active") == key
    _rotate(operator, key, force="on")
    assert issuer.keys.get(algorithm="RS256", state="active") != key
    assert last_event().reason == "forced"


# Tokens, sessions


@pytest.mark.threat(56)
@pytest.mark.parametrize(
    ("table", "deed", "dead"),
    [
        ("accesstoken", "revoke_tokens", {"access_token"}),
        ("accesstoken", "revoke_families", {"access_token", "refresh_token"}),
        ("refreshtoken", "revoke_families", {"access_token", "refresh_token"}),
        ("authorization", "revoke_families", {"access_token", "refresh_token"}),
    ],
)
def test_tokens_are_revoked_alone_and_with_their_family(
    table: str, deed: str, dead: set[str], operator: Browser, tokens: IssuedTokens
) -> None:
    row = operator.get(list_of(table)).context["cl"].result_list[0]
    operator.post(list_of(table), {"action": deed, "_selected_action": str(row.pk), "confirmed": "1"})
    for name in ("access_token", "refresh_token"):
        assert lookup.find(getattr(tokens, name)).active is (name not in dead)  # type: ignore[union-attr]
    assert last_event().event in {"token:revoked", "family:revoked"}


def test_the_state_of_a_token_is_said(operator: Browser, client: Client, tokens: IssuedTokens) -> None:
    def state(table: str) -> str:
        row = operator.get(list_of(table)).context["cl"]
        return str(row.model_admin.state(row.result_list[0]))

    assert (state("accesstoken"), state("authorization")) == ("active", "live")
    with time_machine.travel(timedelta(hours=2)):
        assert (state("accesstoken"), state("refreshtoken")) == ("expired", "active")
    operator.post(list_of("client"), {"action": "revoke_tokens", "_selected_action": str(client.pk), "confirmed": "1"})
    assert state("accesstoken") == "everything before a time was revoked"
    assert state("authorization") == "revoked with all of its client or issuer"


# The log and the pages


def test_the_log_is_searched_and_filtered(operator: Browser, client: Client, person: Any) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    form = {"action": "disable", "_selected_action": str(client.pk), "confirmed": "1"}
    answer = operator.post(list_of("client"), form, headers=headers)
    assert answer["X-Trace-Id"] == trace
    for query, number in [
        ({"q": trace}, 2), ({"q": client.client_id}, 3), ({"event": "client:created"}, 1), ({"q": "nothing"}, 0)
    ]:  # fmt: skip
        assert len(operator.get(list_of("auditevent"), query).context["cl"].result_list) == number, query
    event = AuditEvent.objects.filter(trace_id=trace)[0]
    assert (event.actor, event.address) == ("staff:operator@example.org", "127.0.0.1")


@pytest.mark.threat(95)
def test_the_log_cannot_be_changed_from_here(operator: Browser, client: Client) -> None:
    event = last_event()
    for page in ("change", "delete"):
        answer = operator.post(of(AuditEvent, page, event.pk), {"post": "yes", "actor": "nobody", "event": "x"})
        assert answer.status_code == 403
    operator.post(list_of("auditevent"), {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert AuditEvent.objects.filter(pk=event.pk, actor=event.actor).exists()


@pytest.mark.threat(79)
def test_every_page_of_a_table_carries_the_headers_of_a_page_for_people(
    operator: Browser, client: Client, person: Any
) -> None:
    urls = [*map(list_of, ROWS), of(Client, "add"), of(Client, "change", client.pk), of(Client, "delete", client.pk)]
    urls += [reverse("admin:oauth_server_token"), reverse("admin:oauth_server_client_secret", args=[client.pk])]
    for url in urls:
        answer = operator.get(url)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.threat(80)
def test_markup_in_a_name_stays_text(operator: Browser, client: Client, tokens: IssuedTokens) -> None:
    sink = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    Client.objects.filter(pk=client.pk).update(name=sink)
    Issuer.objects.update(name=sink)
    ask = {"action": "disable", "_selected_action": str(client.pk)}
    pages = [operator.get(list_of(table)) for table in ROWS]
    pages += [operator.get(of(Client, page, client.pk)) for page in ("change", "delete", "history")]
    pages += [
        operator.post(list_of("client"), ask),
        operator.post(reverse("admin:oauth_server_token"), {"token": tokens.access_token}),
    ]
    pages += [operator.get(reverse("admin:oauth_server_client_secret", args=[client.pk]))]
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()
