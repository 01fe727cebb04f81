"""Apps of one's own: registered on a page, by the rules of registration, changed and removed by their owner alone."""

import re
from typing import Any

import pytest
from django.urls import reverse

from oauth_server.models import AuditEvent, Client
from oauth_server.tokens import expired
from tests import factories
from tests.apps.consent.conftest import ALLOW, change, is_question
from tests.flows import App, Browser, parameters

GOOD = {
    "name": "Notebook",
    "website": "https://notebook.example",
    "redirect_uris": "https://notebook.example/callback",
    "kind": "client_secret_basic",
}


@pytest.fixture(autouse=True)
def _open(settings: Any, request: pytest.FixtureRequest) -> None:
    how = getattr(request, "param", "open")
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "MY_APPLICATIONS": how, "APPLICATIONS_PER_PERSON": 2}


def register(visitor: Browser, **changes: Any) -> Any:
    return visitor.submit(visitor.open("/applications/register"), {**GOOD, **changes})


def secret_of(page: Any) -> str:
    found = re.search(r"<dt>client_secret</dt><dd><code[^>]*>(\w+)</code>", page.content.decode())
    assert found
    return found[1]


@pytest.mark.seed("S-31")
def test_a_person_registers_an_app_runs_a_flow_and_removes_it(visitor: Browser, person: Any) -> None:
    shown = register(visitor)
    row = Client.objects.get(name="Notebook")
    mine = App(row, secret_of(shown), "https://notebook.example/callback")
    page = mine.authorize(visitor, scope="openid email")
    assert is_question(page)
    assert "Not verified." in page.content.decode()
    tokens = mine.redeem(parameters(visitor.submit(page, ALLOW))["code"]).json()
    assert tokens["scope"] == "openid email"
    assert (row.user, row.registration_source, row.verified, row.skip_authorization) == (person, "dcr", False, False)
    # shown once
    detail = visitor.open(f"/applications/{row.pk}")
    assert mine.secret not in detail.content.decode()
    assert row.client_id in detail.content.decode()
    # a second secret beside it, then the first goes; there is no third
    second = secret_of(visitor.submit(detail, form=1))
    detail = visitor.open(f"/applications/{row.pk}")
    assert "New secret" not in detail.content.decode()
    visitor.submit(detail, form=0)
    assert mine.introspect(tokens["access_token"]).status_code == 401
    mine.secret = second
    assert mine.is_active(tokens["access_token"])
    # changed: what an operator saw of it is not what is there any more
    change(row, verified=True, logo="0" * 64)
    edited = visitor.submit(visitor.open(f"/applications/{row.pk}/edit"), {**GOOD, "name": "Notes"})
    assert edited.address == f"/applications/{row.pk}"
    row.refresh_from_db()
    assert (row.name, row.verified, row.logo, row.redirect_uris) == ("Notes", False, "", GOOD["redirect_uris"])
    assert row not in expired._unused_clients(row.updated.replace(year=2100))
    gone = visitor.submit(visitor.open(f"/applications/{row.pk}/remove"))
    assert "Notes is removed." in gone.content.decode()
    assert not Client.objects.filter(name="Notes").exists()
    assert AuditEvent.objects.filter(event="client:deleted", object=row.client_id, actor=str(person.pk)).exists()


@pytest.mark.seed("S-31")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"redirect_uris": "https://notebook.example/*"}, "notebook.example/*"),
        ({"redirect_uris": "https://a.example/cb\nhttp://b.example/cb"}, "http://b.example/cb"),
        ({"redirect_uris": "https://a.example/cb#x"}, "https://a.example/cb#x"),
        ({"redirect_uris": "javascript:alert(1)"}, "javascript:alert(1)"),
        ({"redirect_uris": ""}, "required"),
        ({"website": "http://notebook.example"}, "https"),
        ({"name": "Note\u202ekoob"}, "cannot be seen"),
        ({"kind": "private_key_jwt"}, "valid choice"),
    ],
    ids=["wildcard", "http", "fragment", "script", "none", "plain site", "turned name", "method"],
)
def test_what_registration_refuses_is_refused_here_with_the_reason(
    visitor: Browser, changes: dict[str, str], said: str
) -> None:
    page = register(visitor, **changes)
    assert page.status_code == 200
    assert not Client.objects.filter(user__isnull=False).exists()
    assert [text for texts in page.context["form"].errors.values() for text in texts if said in text]


@pytest.mark.seed("S-31")
def test_only_its_owner_sees_it_and_only_what_they_registered_is_theirs(visitor: Browser, person: Any) -> None:
    register(visitor, kind="none")
    row = Client.objects.get(name="Notebook")
    assert row.require_pkce
    assert not row.secrets.exists()
    made_for_them = factories.ClientFactory(user=person)
    stranger = Browser()
    stranger.force_sign_in(factories.UserFactory())
    for path in ("", "/edit", "/remove"):
        assert visitor.get(f"/applications/{row.pk}{path}").status_code == 200
        assert stranger.get(f"/applications/{row.pk}{path}").status_code == 404
        assert visitor.get(f"/applications/{made_for_them.pk}{path}").status_code == 404
    assert stranger.submit(visitor.open(f"/applications/{row.pk}/remove")).status_code in {403, 404}
    assert Client.objects.filter(pk=row.pk).exists()
    # no more than the setting says
    register(visitor, name="Second")
    assert visitor.open("/applications/register").address == "/applications"
    assert "as many apps as one person may have" in visitor.open("/applications").content.decode()


@pytest.mark.seed("S-31")
@pytest.mark.parametrize("_open", ["approval"], indirect=True)
def test_with_approval_an_operator_switches_it_on_and_again_after_a_change(visitor: Browser) -> None:
    assert "as soon as an operator has switched it on" in register(visitor).content.decode()
    row = Client.objects.get(name="Notebook")
    assert not row.enabled
    change(row, enabled=True)
    page = visitor.open(f"/applications/{row.pk}/edit")
    visitor.submit(page, {**GOOD, "privacy": "https://notebook.example/privacy"})
    row.refresh_from_db()
    assert (row.enabled, row.policy_uri) == (True, "https://notebook.example/privacy")
    visitor.submit(page, {**GOOD, "redirect_uris": "https://evil.example/cb"})
    row.refresh_from_db()
    assert (row.enabled, row.redirect_uris) == (False, "https://evil.example/cb")


@pytest.mark.seed("S-31")
@pytest.mark.parametrize("_open", ["closed", "open"], indirect=True)
def test_the_names_of_django_oauth_toolkit_lead_here_where_it_is_on(visitor: Browser, settings: Any) -> None:
    is_open = settings.OAUTH_SERVER["MY_APPLICATIONS"] == "open"
    pk = 1
    if is_open:
        register(visitor)
        pk = Client.objects.get(name="Notebook").pk
    for name, ours in (
        ("list", "/applications"),
        ("register", "/applications/register"),
        ("detail", f"/applications/{pk}"),
        ("update", f"/applications/{pk}/edit"),
        ("delete", f"/applications/{pk}/remove"),
    ):
        args = [pk] if name in {"detail", "update", "delete"} else []
        answer = visitor.get(reverse(f"oauth2_provider:{name}", args=args))
        assert (answer.status_code, answer["Location"]) == (302, ours)
        assert visitor.get(ours).status_code == (200 if is_open else 404)
