"""An operator who pastes a token waits for three statements until it is found, and for ten in all, however many tokens there are."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Http
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oauth_server.deeds import inspection
from tests import factories
from tests.factories import UserFactory
from tests.flows import App, Browser

KINDS: dict[str, Callable[[App, Browser], str]] = {
    "Access token": lambda app, browser: app.tokens(browser)["access_token"],
    "Refresh token": lambda app, browser: app.tokens(browser, scope="openid offline_access")["refresh_token"],
    "Authorization code": lambda app, browser: app.code(browser),
    "Access token (JWT)": lambda app, browser: _jwt(app),
}


def _jwt(app: App) -> str:
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    return str(app.client_credentials(audience="https://api.example").json()["access_token"])


@pytest.mark.bar("O5")
@pytest.mark.parametrize("kind", KINDS)
def test_a_pasted_token_is_found_by_three_statements(kind: str, app: App, signed_in: Browser):
    staff = UserFactory(is_staff=True)
    wanted = ["view_authorization", "view_auditevent"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    http = Http()
    http.force_login(staff)
    value = KINDS[kind](app, signed_in)
    address = reverse("admin:oauth_server_token")
    with CaptureQueriesContext(connection) as found:
        assert inspection.inspect(value) is not None
    assert len(found) <= 3, "\n".join(query["sql"][:200] for query in found)
    with CaptureQueriesContext(connection) as of_the_empty_form:
        http.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = http.post(address, {"token": value})
    assert kind in answer.content.decode()
    # session, person and permissions are asked for by every page of the admin; the rest is the log, the family's tokens and its history
    asked = [query["sql"][:200] for query in captured]
    assert len(asked) - len(of_the_empty_form) <= 8, "\n".join(asked)
