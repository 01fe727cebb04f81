"""An operator who pastes a token into the admin waits for three statements, however many tokens there are."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Http
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import UserFactory
from tests.flows import App, Browser

KINDS: dict[str, Callable[[App, Browser], str]] = {
    "Access token": lambda app, browser: app.tokens(browser)["access_token"],
    "Refresh token": lambda app, browser: app.tokens(browser, scope="openid offline_access")["refresh_token"],
    "Authorization code": lambda app, browser: app.code(browser),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pasted_token_is_found_by_three_statements(kind: str, app: App, signed_in: Browser):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename="view_authorization"))
    http = Http()
    http.force_login(staff)
    value = KINDS[kind](app, signed_in)
    address = reverse("admin:oauth_server_token")
    with CaptureQueriesContext(connection) as of_the_empty_form:
        http.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = http.post(address, {"token": value})
    assert kind in answer.content.decode()
    # session, person and permissions are asked for by every page of the admin
    asked = [query["sql"][:200] for query in captured]
    assert len(asked) - len(of_the_empty_form) <= 3, "\n".join(asked)
