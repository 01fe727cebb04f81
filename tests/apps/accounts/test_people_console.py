"""People in the console: helped by support, made, invited and imported by operators; each deed of each role, in the audit log."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from accounts import importing
from oauth_server.audit import Event
from oauth_server.models import AuditEvent
from oauth_server.policy import roles
from tests.factories import AccessTokenFactory, AuthorizationFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:oauth_accounts_user_changelist")
PASSWORD = "correct horse battery staple"
HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
DEEDS = ("disable", "enable", "sign_out", "reset_factors", "send_confirmation")


def of_role(role: str) -> Browser:
    user = UserFactory(email=f"{role}@example.org")
    roles.give(user, role)
    browser = Browser()
    browser.force_login(user)
    return browser


def do(browser: Browser, deed: str, person: Any, **values: str) -> Any:
    form = {"action": deed, "_selected_action": str(person.pk), "confirmed": "1", "note": "asked by phone", **values}
    return browser.post(LIST, form, follow=True)


@pytest.mark.bar("O12.1", "O12.3")
@pytest.mark.threat(95)
def test_each_role_may_do_for_people_what_it_may_and_no_more() -> None:
    person = UserFactory(email="ada@example.org")
    change = reverse("admin:oauth_accounts_user_change", args=[person.pk])
    password = reverse("admin:auth_user_password_change", args=[person.pk])
    remove = reverse("admin:oauth_accounts_user_delete", args=[person.pk])
    pages = [reverse(f"admin:oauth_accounts_user_{name}") for name in ("add", "invite", "import", "export")]
    for role in roles.ROLES:
        browser = of_role(role)
        page = browser.get(change)
        assert page.status_code == 200
        may_change = role in {"operator", "security"}
        assert person.password not in page.content.decode()
        assert ("algorithm" in page.content.decode()) is may_change
        form = browser.get(LIST).context["action_form"]
        offered = {name for name, _text in form.fields["action"].choices} - {""} if form else set()
        assert offered == (set() if role == "viewer" else set(DEEDS)), role
        for url in (*pages, password):
            assert (browser.get(url).status_code != 403) is may_change, (role, url)
        assert (browser.get(remove).status_code != 403) is (role == "security")
    viewer = Browser()
    viewer.force_login(get_user_model().objects.get(email="viewer@example.org"))
    do(viewer, "disable", person)
    person.refresh_from_db()
    assert person.is_active


@pytest.mark.bar("O12.1")
@pytest.mark.threat(37, 95)
def test_support_helps_people_and_every_deed_is_on_record(mailoutbox: list[EmailMessage]) -> None:
    support, person = of_role("support"), UserFactory(email="ada@example.org")
    for term in ("ADA@", str(person.pk), f" {person.pk.hex} "):
        assert list(support.get(LIST, {"q": term}).context["cl"].result_list) == [person], term
    family = AuthorizationFactory(user=person, session=SessionFactory(user=person))
    token = AccessTokenFactory(authorization=family)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    assert "1 mail is sent." in do(support, "send_confirmation", person).content.decode()
    assert mailoutbox[0].to == ["ada@example.org"]
    assert "1 factor is removed." in do(support, "reset_factors", person).content.decode()
    assert not Authenticator.objects.exists()
    family.refresh_from_db()
    assert family.revoked_at is not None
    assert token.authorization_id == family.pk
    session = SessionFactory(user=person)
    AuthorizationFactory(user=person, session=session)
    asked = support.post(LIST, {"action": "sign_out", "_selected_action": str(person.pk)}).content.decode()
    assert "for ada@example.org — authorizations: 1, refresh tokens: 0, stored access tokens: 0." in asked
    assert "1 person is signed out." in do(support, "sign_out", person).content.decode()
    session.refresh_from_db()
    assert session.ended_at is not None
    do(support, "disable", person)
    person.refresh_from_db()
    assert not person.is_active
    do(support, "enable", person)
    told = AuditEvent.objects.filter(user_id=str(person.pk), actor="staff:support@example.org")
    assert AuditEvent.objects.get(event=Event.FACTORS_RESET).note == "asked by phone"
    switched = told.filter(event="person:changed", changes__has_key="is_active").order_by("pk")
    assert [(row.changes["is_active"], row.note) for row in switched] == [
        ([True, False], "asked by phone"),
        ([False, True], ""),
    ]
    # staff are for superusers
    colleague = UserFactory(email="colleague@example.org")
    roles.give(colleague, "security")
    for deed in DEEDS:
        assert "Staff are for superusers" in do(support, deed, colleague).content.decode()
    colleague.refresh_from_db()
    assert colleague.is_active


@pytest.mark.bar("O12.1")
def test_what_operators_change_about_people_is_told_field_by_field_without_passwords() -> None:
    operator = of_role("operator")
    form = {"email": "ada@example.org", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert operator.post(reverse("admin:oauth_accounts_user_add"), form).status_code == 302
    person = get_user_model().objects.get(email="ada@example.org")
    assert person.check_password(PASSWORD)
    url = reverse("admin:oauth_accounts_user_change", args=[person.pk])
    operator.post(url, {"email": "ada@example.net", "first_name": "Ada", "is_active": "on"})
    new = {"password1": PASSWORD + "!", "password2": PASSWORD + "!", "usable_password": "true"}
    operator.post(reverse("admin:auth_user_password_change", args=[person.pk]), new)
    told = AuditEvent.objects.filter(user_id=str(person.pk)).order_by("pk")
    assert [(row.event, row.changes) for row in told][:2] == [
        ("person:created", {"email": [None, "ada@example.org"]}),
        ("person:changed", {"email": ["ada@example.org", "ada@example.net"], "first_name": ["", "Ada"]}),
    ]
    assert told.last().reason == "a new password by staff"
    assert PASSWORD not in str(list(told.values()))


def _werkzeug() -> str:
    return "pbkdf2:sha256:1000$saltysalt$" + hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"saltysalt", 1000).hex()


def _passlib(salt: bytes) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, 1000)
    written = [b64encode(value).decode().rstrip("=").replace("+", ".") for value in (salt, digest)]
    return f"$pbkdf2-sha256$1000${written[0]}${written[1]}"


def test_people_are_imported_with_the_passwords_that_they_have(settings: Any, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    hashes = {
        "django": make_password(PASSWORD),
        "argon2": make_password(PASSWORD, hasher="argon2").removeprefix("argon2"),
        "werkzeug": _werkzeug(),
        "passlib": _passlib(b"saltysaltysalty."),
    }
    lines = ["Email,password,first_name,email_verified,is_active"]
    lines += [f'{name}@Example.org,"{value}",Ünï,yes,' for name, value in hashes.items()]
    lines.append("none@example.org,,,,no")
    data = "\n".join(lines).encode()
    operator = of_role("operator")
    url = reverse("admin:oauth_accounts_user_import")
    file = SimpleUploadedFile("people.csv", data)
    looked = operator.post(url, {"file": file, "dry_run": "on"}).content.decode()
    assert "5 people would be imported." in looked
    assert not get_user_model().objects.filter(email="none@example.org").exists()
    file.seek(0)
    assert "5 people are imported." in operator.post(url, {"file": file}, follow=True).content.decode()
    people = get_user_model().objects
    for name in hashes:
        person = people.get(email=f"{name}@example.org")
        assert person.check_password(PASSWORD), name
        assert person.first_name == "Ünï"
        assert EmailAddress.objects.get(user=person).verified
    last = people.get(email="none@example.org")
    assert (last.has_usable_password(), last.is_active, EmailAddress.objects.get(user=last).verified) == (
        False, False, False,
    )  # fmt: skip
    assert AuditEvent.objects.latest("pk").event == "people:imported"
    # again, by the command: everybody is there
    (tmp_path / "people.csv").write_bytes(data)
    with pytest.raises(CommandError, match="5 lines are wrong"):
        call_command("import_people", tmp_path / "people.csv", "--dry-run")


WRONG = {
    "no such column": (b"email,shoe_size\na@example.org,44", 1, "The first line names the columns"),
    "no address": (b"email,first_name\n,Ada", 2, "email: This field cannot be blank."),
    "no flag": (b"email,is_active\na@example.org,maybe", 2, "is_active is neither"),
    "twice": (b"email\na@example.org\nA@example.org", 3, "twice"),
    "clear password": (b"email,password\na@example.org,hunter2hunter2", 2, "Is it a hash"),
    "unknown hash": (b"email,password\na@example.org,$2b$12$" + b"a" * 53, 2, "PASSWORD_HASHERS"),
    "binary salt": (b"email,password\na@example.org," + _passlib(b"\xff" * 16).encode(), 2, "salt"),
    "too few fields": (b"email,first_name\na@example.org", 2, "fewer fields"),
    "a NUL": (b"email,first_name\na@example.org,A\x00da", 2, "Null characters"),
    "not text": (b"email\n\xff\xfe", 1, "UTF-8"),
}


@pytest.mark.threat(99)
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_line_is_named_and_nobody_is_imported(what: str, settings: Any) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    data, line, told = WRONG[what]
    outcome = importing.run(data, dry_run=False)
    ((where, wrong),) = outcome.errors
    assert (where, told in wrong) == (line, True), wrong
    assert "hunter2" not in wrong
    assert not get_user_model().objects.exists()


def test_an_operator_invites_by_mail(mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any) -> None:
    operator = of_role("operator")
    url = reverse("admin:oauth_accounts_user_invite")
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(url, {"email": "New@example.org"}, follow=True)
    assert "An invitation is on its way to new@example.org" in answer.content.decode()
    assert [message.to for message in mailoutbox] == [["new@example.org"]]
    assert "Somebody is registered" in operator.post(url, {"email": "operator@example.org"}).content.decode()
    assert AuditEvent.objects.filter(event="person:invited", actor="staff:operator@example.org").count() == 1


@pytest.mark.bar("O12.1", "O12.3")
def test_terms_are_for_operators_and_each_change_is_on_record() -> None:
    form = {
        "version": "2026-11",
        "url": "https://id.example/terms",
        "in_force_from_0": "2026-11-01",
        "in_force_from_1": "0:00",
    }
    add = reverse("admin:oauth_accounts_terms_add")
    assert of_role("support").post(add, form).status_code == 403
    assert of_role("operator").post(add, form).status_code == 302
    event = AuditEvent.objects.get(event="terms:changed")
    assert (event.object, event.actor) == ("2026-11", "staff:operator@example.org")
    assert event.changes["url"] == [None, "https://id.example/terms"]
    assert of_role("viewer").get(reverse("admin:oauth_accounts_acceptance_changelist")).status_code == 200
