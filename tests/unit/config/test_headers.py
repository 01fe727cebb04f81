"""Every page for people has a policy, whoever made it."""

import pytest
from django.test import Client

from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.threat(79)]


@pytest.mark.parametrize("path", ["/admin/", "/admin/oauth_accounts/user/", "/admin/auth/group/", "/nowhere/"])
def test_a_page_that_is_not_ours_has_a_policy(path: str) -> None:
    browser = Client()
    browser.force_login(UserFactory(is_staff=True, is_superuser=True))
    answer = browser.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_what_is_no_page_is_left_alone() -> None:
    assert "Content-Security-Policy" not in Client().get("/.well-known/jwks.json").headers


def test_an_icon_is_there_for_pages_that_name_none() -> None:
    assert Client().get("/favicon.ico").status_code == 302


def test_who_opens_the_bare_host_comes_to_the_account() -> None:
    assert Client().get("/").headers["Location"] == "/account/"
