"""Clients that registered themselves and were never used, or are used no more, are cleaned up; nobody else is."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from oauth_server import clock
from oauth_server.conf import DAY
from oauth_server.models import AccessToken, Client, InitialAccessToken
from oauth_server.registration import initial_access_token
from oauth_server.tokens import opaque
from tests import factories
from tests.flows import App, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "5")]


def itself(**fields: Any) -> App:
    made = factories.app(registration_source="dcr", **fields)
    Client.objects.filter(pk=made.row.pk).update(updated=clock.now() - timedelta(days=31))
    return made


def clear() -> set[str]:
    call_command("clear_expired", verbosity=0)
    return set(Client.objects.values_list("client_id", flat=True))


@pytest.mark.bar("O15")
def test_a_client_that_was_never_used_goes_and_is_unknown_from_then_on():
    unused = itself()
    assert unused.client_credentials(scope="openid").status_code == 400, "a copy is kept"
    assert clear() == set()
    answer = unused.client_credentials()
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    refused = unused.refresh(opaque.make(opaque.REFRESH_TOKEN, None))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "held",
    [
        lambda row: factories.AuthorizationFactory(client=row),
        lambda row: factories.InteractionFactory(client=row),
        lambda row: factories.DeviceRequestFactory(application=row),
        lambda row: factories.RefreshTokenFactory(authorization=factories.AuthorizationFactory(client=row)),
    ],
)
def test_a_client_that_holds_something_stays(held: Any):
    kept, gone = itself(), itself()
    held(kept.row)
    assert clear() == {kept.client_id}
    assert gone.client_id not in clear()


def test_consent_keeps_a_client(signed_in: Browser):
    app = itself(skip_authorization=False)
    page = app.authorize(signed_in)
    signed_in.submit(page, {"decision": "allow"})
    from consent.models import Consent
    from oauth_server.models import Authorization, AuthorizationCode, Interaction, SessionClient

    for model in (AuthorizationCode, AccessToken, Interaction, SessionClient, Authorization):
        model.objects.all().delete()
    assert Consent.objects.exists()
    assert clear() == {app.client_id}


def test_who_is_young_or_was_made_by_an_operator_stays():
    young = factories.app(registration_source="dcr")
    made = itself()
    Client.objects.filter(pk=made.row.pk).update(registration_source="manual")
    assert clear() == {young.client_id, made.client_id}


def test_the_time_is_a_setting(settings: Any):
    app = itself()
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REGISTRATION_UNUSED_LIFETIME": 0}
    assert clear() == {app.client_id}
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REGISTRATION_UNUSED_LIFETIME": 32 * DAY}
    assert clear() == {app.client_id}
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REGISTRATION_UNUSED_LIFETIME": 30 * DAY}
    assert clear() == set()


def test_more_than_a_batch_goes_with_its_secrets_and_scopes():
    for _ in range(5):
        itself()
    call_command("clear_expired", verbosity=0, batch=2)
    assert not Client.objects.exists()


def test_expired_initial_access_tokens_go(moving_clock: Any):
    from oauth_server import issuers

    initial_access_token.make(issuers.first(), expires=clock.now() + timedelta(seconds=60))
    initial_access_token.make(issuers.first())
    moving_clock.move(61)
    clear()
    assert InitialAccessToken.objects.count() == 1
