"""The first operator of a new server, and those after: made, given another role, listed, unmade."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from oauth_server.models import AuditEvent
from oauth_server.policy import roles
from tests.apps.cli.conftest import Oauth
from tests.factories import UserFactory

PASSWORD = "a passphrase nobody has thought of"


@pytest.mark.bar("O12.3")
def test_operators_are_made_given_another_role_listed_and_unmade(oauth: Oauth) -> None:
    made = oauth("create", "operator", "root@example.org", "--superuser", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.code == 0, made.err
    assert PASSWORD not in made.out + made.err
    browser = Browser()
    form = {"login": "root@example.org", "password": PASSWORD}
    assert browser.post("/account/sign-in/", form).status_code in {302, 303}
    # the address counts as confirmed: no mail is needed to get in
    assert browser.get("/admin/").status_code == 200
    UserFactory(email="ada@example.org")
    assert oauth("create", "operator", "ada@example.org", "--role", "support").code == 0
    assert oauth("create", "operator", "ada@example.org", "--role", "security").code == 0
    listed = oauth("list", "operators", "--format", "json").json
    found = {entry["name"]: (entry["roles"], entry["is_superuser"]) for entry in listed["items"]}
    assert found == {"ada@example.org": (["security"], False), "root@example.org": ([], True)}
    ada = get_user_model().objects.get(email="ada@example.org")
    assert roles.may(ada, roles.ROTATE_KEYS)
    assert oauth("delete", "operator", "ada@example.org").code == 0
    ada = get_user_model().objects.get(pk=ada.pk)
    assert (ada.is_active, ada.is_staff, roles.of(ada)) == (True, False, [])
    told = AuditEvent.objects.filter(event="role:given", user_id=str(ada.pk)).order_by("pk")
    assert [row.changes["roles"] for row in told] == [
        [[], ["support"]],
        [["support"], ["security"]],
        [["security"], []],
    ]


def test_what_cannot_be_meant_is_refused(oauth: Oauth) -> None:
    assert oauth("create", "operator", "a@example.org").code == 2
    assert oauth("create", "operator", "a@example.org", "--role", "viewer", "--superuser").code == 2
    weak = oauth("create", "operator", "a@example.org", "--role", "viewer", input="short\nshort\n")
    assert (weak.code, "short" in weak.err) == (1, True)
    assert oauth("delete", "operator", "a@example.org").code == 1
    assert not get_user_model().objects.exists()
