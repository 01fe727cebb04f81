"""Staff who look after people cannot make themselves more than they are."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.threat(95)]


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def staff() -> User:
    """May do everything with people and groups that Django's permissions can say."""
    user = User.objects.create_user("staff@example.org", "a long enough passphrase", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["auth", "oauth_accounts", "account"])
    )
    return user


@pytest.fixture
def superuser() -> User:
    return User.objects.create_superuser("root@example.org", "a long enough passphrase")


def url(user: User, page: str = "change") -> str:
    return f"/admin/oauth_accounts/user/{user.pk}/{page}/"


def test_staff_change_people_but_not_what_people_may_do(staff: User) -> None:
    person = User.objects.create_user("ada@example.org", "a long enough passphrase")
    form = {
        "email": "ada@example.net",
        "first_name": "Ada",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "user_permissions": [str(Permission.objects.first().pk)],
    }
    answer = browser_of(staff).post(url(person), form)
    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.email, person.first_name) == ("ada@example.net", "Ada")
    assert (person.is_staff, person.is_superuser, person.user_permissions.count()) == (False, False, 0)


@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_staff_cannot_touch_other_staff_superusers_or_themselves(staff: User, superuser: User, page: str) -> None:
    colleague = User.objects.create_user("other@example.org", "a long enough passphrase", is_staff=True)
    for target in (superuser, colleague, staff):
        before = (target.email, target.password)
        form = {
            "email": "mine@example.org",
            "password1": "x" * 20,
            "password2": "x" * 20,
            "confirmed": "1",
            "note": "x",
        }
        assert browser_of(staff).post(url(target, page), form).status_code == 403
        target.refresh_from_db()
        assert (target.email, target.password) == before


def test_staff_cannot_delete_a_superuser_in_bulk(staff: User, superuser: User) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(superuser.pk)], "confirmed": "1", "note": "x"}
    browser_of(staff).post("/admin/oauth_accounts/user/", form)
    assert User.objects.filter(pk=superuser.pk).exists()


def test_staff_cannot_change_a_group(staff: User) -> None:
    group = Group.objects.create(name="support")
    staff.groups.add(group)
    everything = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    answer = browser_of(staff).post(f"/admin/auth/group/{group.pk}/change/", {"name": "x", "permissions": everything})
    assert answer.status_code == 403
    assert browser_of(staff).post("/admin/auth/group/add/", {"name": "y"}).status_code == 403
    assert group.permissions.count() == 0


def test_the_engines_addresses_have_no_page(superuser: User) -> None:
    assert not admin.site.is_registered(EmailAddress)
    assert browser_of(superuser).get("/admin/account/emailaddress/").status_code == 404


def test_a_superuser_still_changes_everybody(superuser: User, staff: User) -> None:
    assert browser_of(superuser).get(url(staff)).status_code == 200
    assert browser_of(superuser).get("/admin/auth/group/add/").status_code == 200
