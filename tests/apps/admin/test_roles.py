"""Every page and every deed of the console against every role; and the dangerous ones ask who is there."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from oauth_server.admin.client_form import ClientForm
from oauth_server.models import Client
from oauth_server.policy import roles
from tests.apps.admin.conftest import PASSWORD, ROWS, last_event, list_of, long_ago
from tests.factories import ScopeFactory, UserFactory
from tests.flows import App

NOBODY = ""
# table → the least role that may look, add, change, delete; the rows of most are the server's own
TABLES: dict[str, tuple[str, str, str, str]] = {
    "accesstoken": ("viewer", NOBODY, NOBODY, NOBODY),
    "audience": ("viewer", "operator", "operator", "operator"),
    "auditevent": ("viewer", NOBODY, NOBODY, NOBODY),
    "authorization": ("viewer", NOBODY, NOBODY, NOBODY),
    "authorizationdetailtype": ("viewer", "operator", "operator", "operator"),
    "client": ("viewer", "operator", "operator", "operator"),
    "devicerequest": ("viewer", NOBODY, NOBODY, NOBODY),
    "initialaccesstoken": ("viewer", "operator", NOBODY, "operator"),
    "issuer": ("viewer", "security", "security", "security"),
    "logoutdelivery": ("viewer", NOBODY, NOBODY, NOBODY),
    "refreshtoken": ("viewer", NOBODY, NOBODY, NOBODY),
    "scope": ("viewer", "operator", "operator", "operator"),
    "session": ("viewer", NOBODY, NOBODY, NOBODY),
    "signingkey": ("viewer", NOBODY, NOBODY, NOBODY),
    "trustedissuer": ("viewer", "security", "security", "security"),
    "webhookdelivery": ("viewer", NOBODY, NOBODY, NOBODY),
}
# the pages beside Django's: what they are called → the least role
PAGES: dict[str, str] = {
    "oauth_server_token": "viewer",
    "oauth_server_revoke": "support",
    "oauth_server_keys": "viewer",
    "oauth_server_deployment": "viewer",
    "oauth_server_auditevent_export": "security",
    "oauth_server_issuer_incident": "security",
    "oauth_server_client_secret": "operator",
    "oauth_server_client_retire": "operator",
    "oauth_server_client_new": "operator",
    "oauth_server_client_lint": "operator",
    "oauth_server_client_env": "operator",
    "oauth_server_client_overview": "viewer",
    "oauth_server_client_preview": "viewer",
    "oauth_server_client_registrations": "viewer",
    "oauth_server_client_trial": "operator",
    "oauth_server_client_trial_answer": "operator",
}
# table, deed → the least role
DEEDS: dict[tuple[str, str], str] = {
    ("accesstoken", "revoke_tokens"): "support",
    ("accesstoken", "revoke_families"): "support",
    ("refreshtoken", "revoke_families"): "support",
    ("authorization", "revoke_families"): "support",
    ("session", "end"): "support",
    ("devicerequest", "deny"): "support",
    ("logoutdelivery", "retry"): "support",
    ("webhookdelivery", "retry"): "support",
    ("client", "enable"): "operator",
    ("client", "disable"): "operator",
    ("client", "retire"): "operator",
    ("client", "revoke_tokens"): "operator",
    ("client", "ask_again"): "operator",
    ("client", "delete_selected"): "operator",
    ("initialaccesstoken", "delete_selected"): "operator",
    ("scope", "ask_again"): "operator",
    ("scope", "delete_selected"): "operator",
    ("audience", "delete_selected"): "operator",
    ("authorizationdetailtype", "delete_selected"): "operator",
    ("issuer", "enable"): "security",
    ("issuer", "disable"): "security",
    ("issuer", "revoke_everything"): "security",
    ("issuer", "delete_selected"): "security",
    ("trustedissuer", "delete_selected"): "security",
    ("signingkey", "rotate"): "security",
}
VERBS = ("view", "add", "change", "delete")


def holds(role: str, least: str) -> bool:
    order = list(roles.ROLES)
    return least != NOBODY and order.index(role) >= order.index(least)


@pytest.fixture
def of_role(db: None) -> Callable[[str], Browser]:
    def signed_in(role: str) -> Browser:
        user = get_user_model().objects.create_user(f"{role}@example.org", PASSWORD)
        roles.give(user, role)
        browser = Browser()
        browser.force_login(user)
        return browser

    return signed_in


def own_pages(table: str) -> list[str]:
    entry = admin.site._registry[apps.get_model("oauth_server", table)]
    names = [str(pattern.name) for pattern in entry.get_urls() if pattern.name]
    standard = {f"oauth_server_{table}_{page}" for page in ("changelist", "add", "history", "delete", "change")}
    return [name for name in names if name not in standard]


@pytest.mark.bar("O12.3")
@pytest.mark.threat(95)
@pytest.mark.parametrize("role", list(roles.ROLES))
def test_each_page_and_deed_opens_for_the_roles_that_may_and_for_no_other(
    role: str, of_role: Callable[[str], Browser], client: Client, person: Any
) -> None:
    browser = of_role(role)
    for table in TABLES:
        ROWS[table](client, person, 1)
    for table, least in TABLES.items():
        answer = browser.get(list_of(table))
        assert answer.status_code == 200, table
        offered = {name for name, _text in (answer.context["action_form"] or form_of_none()).fields["action"].choices}
        wanted = {deed for (where, deed), needs in DEEDS.items() if where == table and holds(role, needs)}
        assert offered - {""} == wanted, table
        row = client if table == "client" else answer.context["cl"].result_list[0]
        first = table == "issuer" and row.is_first
        may = dict(zip(VERBS, (holds(role, needs) for needs in least), strict=True))
        got = {
            page: browser.get(reverse(f"admin:oauth_server_{table}_{page}", args=args)).status_code
            for page, args in (("add", []), ("change", [row.pk]), ("history", [row.pk]), ("delete", [row.pk]))
        }
        assert got["change"] == got["history"] == 200, table
        assert got["add"] == (200 if may["add"] else 403), table
        assert got["delete"] == (200 if may["delete"] and not first else 403), table
        sent = browser.post(reverse(f"admin:oauth_server_{table}_change", args=[row.pk]), {})
        assert (sent.status_code != 403) is may["change"], table
        for name in own_pages(table):
            needs = PAGES.get(name) or ("viewer" if name == f"oauth_server_{table}_export" else None)
            assert needs, f"{name} has no role"
            args = arguments(name, client)
            for answer in (browser.get(reverse(f"admin:{name}", args=args)),):
                assert (answer.status_code != 403) is holds(role, needs), name


class form_of_none:
    """A list without a form: nothing is offered."""

    class _Field:
        choices: tuple[()] = ()

    fields = {"action": _Field()}


def arguments(name: str, client: Client) -> list[Any]:
    if name == "oauth_server_client_retire":
        return [client.pk, client.secrets.get().pk]
    if name == "oauth_server_issuer_incident":
        return [client.issuer_id]
    return (
        [client.pk]
        if "_client_" in name and not name.endswith(("_export", "_new", "_lint", "_answer", "_registrations"))
        else []
    )


@pytest.mark.bar("O12.3")
def test_each_table_is_in_the_matrix_and_each_act_of_a_role_is_a_permission(db: None) -> None:
    found = {m._meta.model_name for m in admin.site._registry if m._meta.app_label == "oauth_server"}
    assert found - {"authorizationcode", "idtoken"} == set(TABLES) == set(ROWS)
    before: set[str] = set()
    for role in roles.ROLES:
        held = Group.objects.get(name=roles.group_name(role)).permissions
        named = {f"{label}.{name}" for label, name in held.values_list("content_type__app_label", "codename")}
        assert named == roles.acts(role)
        assert before < named
        before = named


def test_a_role_is_given_taken_and_ends_with_the_staff_mark(db: None, person: Any) -> None:
    assert not roles.may(AnonymousUser(), "oauth_server.view_client")
    roles.give(person, "security")
    roles.give(person, "support")
    person = get_user_model().objects.get(pk=person.pk)
    assert (person.is_staff, roles.of(person)) == (True, ["support"])
    assert roles.may(person, "oauth_server.delete_session")
    assert not roles.may(person, roles.ROTATE_KEYS)
    for column in ("is_staff", "is_active"):
        setattr(person, column, False)
        assert not roles.may(person, "oauth_server.delete_session")
        setattr(person, column, True)
    roles.take(person)
    assert not roles.may(get_user_model().objects.get(pk=person.pk), "oauth_server.view_client")
    assert (roles.role_of(roles.ROTATE_KEYS), roles.role_of("auth.change_group")) == ("security", "")
    scopes = {act: roles.scope_of(act) for acts in roles.ROLES.values() for act in acts}
    assert scopes["oauth_server.view_client"] == "manage:read"
    assert scopes["oauth_server.change_client"] == "manage:write"
    assert (scopes[roles.ROTATE_KEYS], scopes[roles.VIEW_SECRETS]) == ("manage:keys", "manage:secrets")


@pytest.mark.bar("O12.2")
@pytest.mark.threat(95)
def test_a_dangerous_page_asks_who_is_there_unless_that_was_shown_a_moment_ago(
    operator: Browser, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("admin:oauth_server_client_secret", args=[client.pk])
    assert "Expires after days" in operator.get(url).content.decode()
    long_ago(operator)
    for answer in (operator.get(url), operator.post(url, {"name": "x", "once": "y"})):
        assert answer["Location"] == f"{reverse('account_reauthenticate')}?next={url.replace('/', '%2F')}"
    assert client.secrets.count() == 1
    # what was typed waits, for the same form alone
    operator.post(url, {"name": "laptop", "once": "y"}, headers={"origin": "http://testserver"})
    # a project without a page for it
    monkeypatch.setattr(apps.get_app_config("oauth_accounts"), "oauth_server_confirm_page", "")
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 2}
    assert "Confirm that it is you" in operator.get(url).content.decode()
    before = operator.cookies["sessionid"].value
    asked = {"confirm_it_is_you": "1"}
    assert "This is not your password." in operator.post(url, {**asked, "password": "wrong"}).content.decode()
    assert operator.post(url, {"name": "x", "once": "y", "password": PASSWORD}).status_code == 200
    assert client.secrets.count() == 1
    assert operator.post(url, {**asked, "password": PASSWORD})["Location"] == url
    assert operator.cookies["sessionid"].value != before
    form = operator.get(url).context["form"]
    assert (form["name"].value(), form["days"].value(), form["once"].value() == "y") == ("laptop", "", False)
    long_ago(operator)
    for _ in range(2):
        operator.post(url, {**asked, "password": "wrong"})
    late = operator.post(url, {**asked, "password": PASSWORD})
    assert late.status_code == 429
    assert re.search(r"Too many wrong passwords. Try again after \d\d:\d\d UTC\.", late.content.decode())
    # somebody without a password signs in again
    user = get_user_model().objects.get()
    user.set_unusable_password()
    user.save()
    operator.force_login(user)
    long_ago(operator)
    assert "Sign in again" in operator.get(url).content.decode()
    assert operator.post(url, asked)["Location"].startswith(reverse("admin:login"))
    assert operator.get(url).status_code == 302


@pytest.mark.bar("O12.1", "O12.2")
def test_a_dangerous_deed_asks_for_a_reason_and_who_is_there(
    operator: Browser, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"action": "revoke_everything", "_selected_action": str(client.issuer_id), "confirmed": "1"}
    assert operator.post(list_of("issuer"), form).status_code == 200
    long_ago(operator)
    assert operator.post(list_of("issuer"), {**form, "note": "a leak"}).status_code == 200
    assert operator.post(list_of("issuer"), {**form, "note": "a leak", "password": "wrong"}).status_code == 200
    form |= {"note": "leaked: oas_at_abcdefgh", "password": PASSWORD}
    assert operator.post(list_of("issuer"), form).status_code == 302
    assert last_event().note == "leaked: [redacted]"
    assert last_event().actor == "staff:operator@example.org"
    user = get_user_model().objects.get()
    user.set_unusable_password()
    user.save()
    operator.force_login(user)
    long_ago(operator)
    # beside this page, so that neither the choice nor the reason is lost
    told = operator.post(list_of("issuer"), form).content.decode()
    assert (
        f'<a href="{reverse("account_reauthenticate")}?next=%2Fadmin%2F" target="_blank">Confirm that it is you' in told
    )
    monkeypatch.setattr(apps.get_app_config("oauth_accounts"), "oauth_server_confirm_page", "")
    assert "Sign out and in again" in operator.post(list_of("issuer"), form).content.decode()


@pytest.mark.bar("O12.3")
@pytest.mark.threat(115)
def test_nobody_gives_a_client_what_they_may_not_do_themselves(app: App):
    issuer = app.row.issuer
    keys = ScopeFactory(issuer=issuer, name="manage:keys")
    read = ScopeFactory(issuer=issuer, name="manage:read")
    helper = UserFactory(is_staff=True)
    roles.give(helper, "operator")
    assert roles.rights(helper) == {"manage:read", "manage:write", "manage:secrets"}
    # else they make a client, and its token stops issuers
    beyond = {act for act in roles.acts("security") if roles.scope_of(act) in roles.rights(helper)} - roles.acts(
        "operator"
    )
    assert beyond == set()
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_client", "change_client"]))
    assert roles.rights(clerk) == frozenset()
    for chosen, refused in (([read], False), ([read, keys], True)):
        shown = type("Shown", (ClientForm,), {"rights": roles.rights(helper)})(instance=app.row)
        shown.cleaned_data = {"scopes": chosen}
        with pytest.raises(ValidationError, match="manage:keys") if refused else nullcontext():
            shown.clean_scopes()
    late = type("Shown", (ClientForm,), {"rights": roles.rights(helper), "is_recent": False})(instance=app.row)
    late.cleaned_data = {"scopes": [read]}
    with pytest.raises(ValidationError, match="some time ago"):
        late.clean_scopes()
    browser = Browser()
    browser.force_login(helper)
    url = reverse("admin:oauth_server_client_change", args=[app.row.pk])
    app.row.scopes.set([read])
    assert b'name="_save"' in browser.get(url).content
    app.row.scopes.set([keys])
    assert b'name="_save"' not in browser.get(url).content, "who could give it a secret could act as it"
    # nor ends it, from whichever page
    for deed in ("disable", "retire", "revoke_tokens", "delete_selected"):
        form = {"action": deed, "_selected_action": str(app.row.pk), "confirmed": "1", "note": "x"}
        assert "you do not have" in (told := browser.post(list_of("client"), form, follow=True).content.decode()) or (
            "You may not delete" in told
        )
    app.row.refresh_from_db()
    assert (app.row.enabled, app.row.tokens_not_before) == (True, None)


@pytest.mark.bar("O12.3", "E15.4")
def test_who_may_not_open_a_page_or_follows_a_dead_link_is_told_so_with_a_way_on(
    of_role: Callable[[str], Browser],
) -> None:
    viewer = of_role("viewer")
    refused = viewer.get(reverse("admin:oauth_server_client_new"))
    assert (refused.status_code, "You may not open this page" in refused.content.decode()) == (403, True)
    # whom they ask for the role finds it by what the page shows
    assert last_event().trace_id == refused["X-Trace-Id"]
    assert refused["X-Trace-Id"] in refused.content.decode()
    for browser, path in ((viewer, "/admin/oauth_server/nothing/"), (viewer, "/nowhere"), (Browser(), "/nowhere")):
        lost = browser.get(path)
        assert (lost.status_code, "There is no such page" in lost.content.decode()) == (404, True)
        assert "default-src 'none'" in lost["Content-Security-Policy"]
        assert reverse("account_overview") in lost.content.decode()
