"""Who may do what: every page and every deed against every permission."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.urls import URLPattern, reverse

from oauth_server.admin.branded import FIELDS
from oauth_server.admin.client_fields import TRUSTED
from oauth_server.models import (
    AccessToken,
    AuthorizationCode,
    Client,
    ClientSecret,
    IDToken,
    Issuer,
    Scope,
    Session,
)
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import PASSWORD, ROWS, events, list_of

# deed → the table, and the permission that it asks for
DEEDS = {
    ("accesstoken", "revoke_tokens"): "delete_accesstoken",
    ("accesstoken", "revoke_families"): "delete_accesstoken",
    ("refreshtoken", "revoke_families"): "delete_refreshtoken",
    ("authorization", "revoke_families"): "delete_authorization",
    ("session", "end"): "delete_session",
    ("devicerequest", "deny"): "delete_devicerequest",
    ("trustedissuer", "delete_selected"): "delete_trustedissuer",
    ("logoutdelivery", "retry"): "delete_logoutdelivery",
    ("webhookdelivery", "retry"): "delete_webhookdelivery",
    ("signingkey", "rotate"): "rotate_keys",
    ("client", "enable"): "change_client",
    ("client", "disable"): "change_client",
    ("client", "retire"): "delete_client",
    ("client", "revoke_tokens"): "change_client",
    ("client", "ask_again"): "change_client",
    ("scope", "ask_again"): "change_scope",
    ("client", "delete_selected"): "delete_client",
    ("issuer", "enable"): "change_issuer",
    ("issuer", "disable"): "change_issuer",
    ("issuer", "revoke_everything"): "change_issuer",
    ("issuer", "delete_selected"): "delete_issuer",
    ("scope", "delete_selected"): "delete_scope",
    ("audience", "delete_selected"): "delete_audience",
    ("authorizationdetailtype", "delete_selected"): "delete_authorizationdetailtype",
}
# view → what it answers to staff with only the view permission of the table: status of GET, of POST
PAGES = {
    "changelist": (200, 200),
    "export": (200, 200),
    "add": (403, 403),
    "history": (200, 200),
    "delete": (403, 403),
    "change": (200, 403),
}
# the pages that only some tables have
OWN_PAGES = {
    "oauth_server_token": (200, 200),
    "oauth_server_revoke": (403, 403),
    "oauth_server_keys": (200, 200),
    "oauth_server_deployment": (403, 403),
    "oauth_server_auditevent_export": (403, 403),
    "oauth_server_issuer_incident": (403, 403),
    "oauth_server_client_secret": (403, 403),
    "oauth_server_client_retire": (403, 403),
    "oauth_server_client_new": (403, 403),
    "oauth_server_client_lint": (403, 403),
    "oauth_server_client_env": (403, 403),
    "oauth_server_client_overview": (200, 200),
    "oauth_server_client_preview": (200, 200),
    "oauth_server_client_registrations": (200, 403),
    "oauth_server_client_trial": (403, 403),
    "oauth_server_client_trial_answer": (403, 403),
}


def tables() -> list[str]:
    return [model._meta.model_name or "" for model in admin.site._registry if model._meta.app_label == "oauth_server"]


def patterns(table: str) -> list[URLPattern]:
    registry = {model._meta.model_name: entry for model, entry in admin.site._registry.items()}
    return [pattern for pattern in registry[table].get_urls() if pattern.name]


def arguments(name: str, row: Any) -> list[Any]:
    if name == "oauth_server_client_retire":
        return [row.pk, ClientSecret.objects.get(client=row).pk]
    own = ("client_secret", "client_env", "client_overview", "client_preview", "client_trial", "incident")
    return [row.pk] if name.endswith(("change", "delete", "history", *own)) else []


@pytest.mark.threat(95)
@pytest.mark.parametrize("table", ROWS)
def test_whoever_may_only_look_can_do_nothing_else(
    table: str, staff: Callable[..., Browser], client: Client, person: Any
) -> None:
    ROWS[table](client, person, 1)
    viewer = staff(f"view_{table}")
    row = client if table == "client" else viewer.get(list_of(table)).context["cl"].result_list[0]
    before = events()
    for pattern in patterns(table):
        name = str(pattern.name)
        get, post = OWN_PAGES.get(name) or PAGES[name.removeprefix(f"oauth_server_{table}_")]
        url = reverse(f"admin:{name}", args=arguments(name, row))
        assert viewer.get(url).status_code == get, name
        assert viewer.post(url, {"confirmed": "1", "note": "x", "name": "changed"}).status_code == post, name
    assert [event for event in events() if event != "request:refused"] == before


def _ask(browser: Browser, table: str, deed: str, row: Any, **values: Any) -> Any:
    return browser.post(list_of(table), {"action": deed, "_selected_action": str(row.pk), **values})


@pytest.mark.threat(95)
@pytest.mark.parametrize(("table", "deed"), DEEDS)
def test_a_deed_needs_its_permission_and_asks_first(
    table: str, deed: str, staff: Callable[..., Browser], client: Client, person: Any
) -> None:
    ROWS[table](client, person, 1)
    needed = DEEDS[table, deed]
    everything = {f"{verb}_{name}" for verb in ("view", "change", "delete") for name in ROWS} - {needed}
    without = staff(*everything)
    row = without.get(list_of(table)).context["cl"].result_list[0]
    row = Issuer.objects.exclude(slug="").get() if table == "issuer" else row
    Scope.objects.exclude(audience=None).update(audience=None)
    before = events()
    assert deed not in _choices(without, table)
    _ask(without, table, deed, row, confirmed="1", password=PASSWORD, note="x")
    assert events() == before
    may = staff(
        f"view_{table}",
        needed,
        *(f"delete_{name}" for name in ("client", "scope", "audience", "authorizationdetailtype")),
    )
    assert deed in _choices(may, table)
    asked = _ask(may, table, deed, row)
    assert asked.status_code == 200
    assert '<form method="post"' in asked.content.decode()
    assert events() == before
    assert _ask(may, table, deed, row, confirmed="1", note="x", force="on").status_code == 302
    assert len(events()) > len(before) or deed == "enable"


def _choices(browser: Browser, table: str) -> set[str]:
    form = browser.get(list_of(table)).context["action_form"]
    return {name for name, _text in form.fields["action"].choices} if form else set()


def test_each_deed_of_each_table_is_in_the_matrix() -> None:
    found = set()
    for model, entry in admin.site._registry.items():
        if model._meta.app_label == "oauth_server":
            found |= {(model._meta.model_name, name) for name in entry.actions or ()}
    assert found == {key for key in DEEDS if key[1] != "delete_selected"}


@pytest.mark.threat(95)
def test_every_view_of_every_table_is_in_the_matrix() -> None:
    assert set(tables()) == {*ROWS, "authorizationcode", "idtoken"}
    for table in ROWS:
        for pattern in patterns(table):
            assert pattern.name in OWN_PAGES or str(pattern.name).removeprefix(f"oauth_server_{table}_") in PAGES


@pytest.mark.parametrize("model", [AuthorizationCode, IDToken])
def test_hidden_tables_have_no_entry_and_no_page(model: Any, operator: Browser) -> None:
    url = list_of(model._meta.model_name)
    assert operator.get(url).status_code == 403
    assert url not in operator.get(reverse("admin:index")).content.decode()


def test_nobody_without_a_staff_account_sees_anything(person: Any, client: Client) -> None:
    visitor, signed_in = Browser(), Browser()
    signed_in.force_login(person)
    for browser in (visitor, signed_in):
        for table in ROWS:
            for pattern in patterns(table):
                name = str(pattern.name)
                answer = browser.get(reverse(f"admin:{name}", args=arguments(name, client)))
                assert answer.status_code == 302
                assert "login" in answer["Location"]


@pytest.mark.threat(95)
def test_only_who_may_change_the_issuer_lets_a_client_skip_consent(
    staff: Callable[..., Browser], client: Client
) -> None:
    clerk = staff("view_client", "change_client", "view_scope", "view_audience")
    url = reverse("admin:oauth_server_client_change", args=[client.pk])
    form = clerk.get(url).context["adminform"].form
    assert not {"skip_authorization", "verified"} & set(form.fields)
    wanted = {
        "name": "Renamed",
        "enabled": "on",
        "grant_types": client.grant_types,
        "response_types": "code",
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": "client_secret_basic",
        "refresh_token_rule": "offline_access",
        "algorithm": "RS256",
        "subject_type": "public",
        "require_pkce": "on",
        "skip_authorization": "on",
        "verified": "on",
        "client_id": "mine",
        "registration_source": "dcr",
        "tokens_not_before_0": "",
    }
    assert clerk.post(url, wanted).status_code == 302
    stored = Client.objects.get(pk=client.pk)
    assert stored.name == "Renamed"
    assert (stored.skip_authorization, stored.verified) == (False, False)
    assert (stored.client_id, stored.registration_source) == (client.client_id, client.registration_source)
    trusted = staff("view_client", "change_client", "change_issuer", "view_scope", "view_audience")
    assert trusted.post(url, wanted).status_code == 302
    stored.refresh_from_db()
    assert (stored.skip_authorization, stored.verified) == (True, True)


@pytest.mark.threat(93, 95)
def test_only_who_may_change_the_issuer_lets_a_scope_skip_consent(
    staff: Callable[..., Browser], issuer: Issuer
) -> None:
    scope = issuer.scopes.get(name="email")
    url = reverse("admin:oauth_server_scope_change", args=[scope.pk])
    wanted = {"title": "Your address", "claims": "[]", "translations": "{}", "skip_consent": "on"}
    clerk = staff("view_scope", "change_scope", "view_audience")
    assert clerk.post(url, wanted).status_code == 302
    scope.refresh_from_db()
    assert (scope.title, scope.skip_consent) == ("Your address", False)
    assert staff("view_scope", "change_scope", "view_audience", "change_issuer").post(url, wanted).status_code == 302
    scope.refresh_from_db()
    assert scope.skip_consent
    # what nobody is asked about gives no more than before
    wanted |= {"title": "Everything", "claims": '["email", "phone_number"]', "audience": ""}
    assert clerk.post(url, wanted).status_code == 302
    scope.refresh_from_db()
    assert (scope.title, scope.claims) == ("Everything", [])


@pytest.mark.threat(95)
def test_no_form_makes_staff_more_than_they_are(staff: Callable[..., Browser], client: Client) -> None:
    everything = {f"{verb}_{name}" for verb in ("add", "view", "change", "delete") for name in ROWS}
    clerk = staff(*everything)
    user = get_user_model().objects.get(pk=clerk.session["_auth_user_id"])
    for field in ("user__is_superuser", "user-0-is_superuser", "is_superuser", "is_staff"):
        clerk.post(reverse("admin:oauth_server_client_change", args=[client.pk]), {field: "on", "user": str(user.pk)})
    user.refresh_from_db()
    assert not user.is_superuser
    assert clerk.get(reverse("admin:oauth_accounts_user_changelist")).status_code == 403


def test_deleting_an_issuer_asks_for_what_goes_with_it(
    staff: Callable[..., Browser], client: Client, person: Any
) -> None:
    ROWS["issuer"](client, person, 1)
    other = Issuer.objects.exclude(slug="").get()
    clerk = staff("view_issuer", "delete_issuer")
    url = reverse("admin:oauth_server_issuer_delete", args=[other.pk])
    assert "You may not delete" in clerk.get(url).content.decode()
    assert clerk.post(url, {"confirmed": "1", "note": "a test"}).status_code == 403


def test_a_deed_takes_the_chosen_rows_alone(operator: Browser, client: Client, person: Any) -> None:
    ROWS["session"](client, person, 3)
    chosen = Session.objects.order_by("pk")[0]
    _ask(operator, "session", "end", chosen, confirmed="1", note="x", select_across="1")
    assert list(Session.objects.exclude(ended_at=None)) == [chosen]


def test_a_button_of_a_row_leads_back_to_its_page(operator: Browser, client: Client) -> None:
    page = operator.get(reverse("admin:oauth_server_client_change", args=[client.pk])).content.decode()
    assert '<input type="hidden" name="action" value="disable">' in page
    answer = _ask(operator, "client", "disable", client, confirmed="1", single="1", note="x")
    assert answer["Location"] == reverse("admin:oauth_server_client_change", args=[client.pk])


def test_a_deed_wants_a_csrf_token(operator: Browser, client: Client, tokens: IssuedTokens) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert _ask(strict, "accesstoken", "revoke_tokens", AccessToken.objects.get(), confirmed="1").status_code == 403
    assert AccessToken.objects.get().revoked is None


def test_a_deed_by_get_does_nothing(operator: Browser, client: Client) -> None:
    operator.get(list_of("client"), {"action": "disable", "_selected_action": str(client.pk), "confirmed": "1"})
    assert Client.objects.get(pk=client.pk).enabled


@pytest.mark.threat(95)
@pytest.mark.parametrize("mark", ["skip_authorization", "verified"])
def test_what_a_trusted_client_is_only_those_change_who_may_trust_it(
    mark: str, staff: Callable[..., Browser], client: Client
) -> None:
    url = reverse("admin:oauth_server_client_change", args=[client.pk])
    without = staff("view_client", "change_client")
    assert not _fixed(without, url)
    Client.objects.update(**{mark: True})
    before = Client.objects.values(
        *(name for name in TRUSTED if name not in {"scopes", "audiences", "logo_file", *FIELDS})
    ).get()
    form = {
        "name": "Example Bank",
        "enabled": "on",
        "redirect_uris": "https://evil.example/callback",
        "token_endpoint_auth_method": "none",
        "refresh_token_rule": "offline_access",
        "algorithm": "RS256",
        "subject_type": "public",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "require_pkce": "on",
        "contacts": "ops@photos.example",
    }
    done = without.post(url, form)
    assert done.status_code == 302, done.context["adminform"].form.errors
    stored = Client.objects.get()
    assert stored.contacts == ["ops@photos.example"]
    assert _fixed(without, url) == set(TRUSTED)
    assert Client.objects.values(*before).get() == before
    assert stored.scopes.exists()
    assert stored.secrets.exists()
    may = staff("view_client", "change_client", "change_issuer")
    assert not _fixed(may, url)
    assert may.post(url, form).status_code == 302
    assert Client.objects.get().name == "Example Bank"


def _fixed(browser: Browser, url: str) -> set[str]:
    fields = browser.get(url).context["adminform"].form.fields
    return {name for name, field in fields.items() if field.disabled}
