"""django-oauth-toolkit's signal `app_authorized` is sent for our answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from oauth2_provider.signals import app_authorized

from oauth_server.models import AccessToken
from tests import factories
from tests.flows import App, Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Iterator[list[tuple[HttpRequest, AccessToken]]]:
    found: list[tuple[HttpRequest, AccessToken]] = []

    def listen(sender: Any, request: HttpRequest, token: AccessToken, **_: Any) -> None:
        found.append((request, token))

    app_authorized.connect(listen)
    yield found
    app_authorized.disconnect(listen)


def test_each_answer_of_the_token_endpoint_is_told_once(app: App, signed_in: Browser, person: Any, heard: Any):
    first = app.tokens(signed_in, scope="openid offline_access")
    app.refresh(first["refresh_token"])
    app.client_credentials()
    assert [(token.user, token.application) for _, token in heard] == [
        (person, app.row),
        (person, app.row),
        (None, app.row),
    ]
    request, token = heard[0]
    assert (request.method, request.path, request.POST["grant_type"]) == (
        "POST",
        "/oauth2/token",
        "authorization_code",
    )
    assert request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert (token.pk, token.token) == (AccessToken.objects.order_by("pk").first().pk, "")
    assert token.is_valid(["openid"])


def test_a_refusal_is_not_told(app: App, heard: Any):
    app.secret = "wrong"
    assert app.client_credentials().status_code == 401
    assert heard == []


def test_a_jwt_is_told_as_an_unsaved_row(app: App, heard: Any):
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    assert app.client_credentials(audience="https://api.example").status_code == 200
    ((_, token),) = heard
    assert (token.pk, token.application, token.resource) == (None, app.row, ["https://api.example"])


def test_a_listener_that_fails_costs_the_client_nothing(app: App):
    def fail(sender: Any, **_: Any) -> None:
        raise RuntimeError

    app_authorized.connect(fail)
    try:
        assert app.client_credentials().status_code == 200
    finally:
        app_authorized.disconnect(fail)
