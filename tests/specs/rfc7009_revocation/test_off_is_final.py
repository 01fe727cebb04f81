"""Off is final, whoever writes the row and however: switching on again revives nothing, and no stale copy becomes true again (I3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from oauth_server import clock
from oauth_server.client_auth import secret
from oauth_server.models import Client, Issuer
from tests import factories
from tests.flows import App


def by_saving(row: Any, enabled: bool) -> None:
    row.enabled = enabled
    row.save()


def by_an_update(row: Any, enabled: bool) -> None:
    type(row).objects.filter(pk=row.pk).update(enabled=enabled)


@pytest.mark.threat(37, 115)
@pytest.mark.parametrize("switch", [by_saving, by_an_update])
@pytest.mark.parametrize("what", [Client, Issuer])
def test_what_was_issued_before_is_dead_whoever_switched_off(app: App, what: Any, switch: Callable[[Any, bool], None]):
    family = factories.AuthorizationFactory(client=app.row, audiences=[app.row.issuer.identifier])
    tokens = [
        factory(authorization=family).clear for factory in (factories.AccessTokenFactory, factories.RefreshTokenFactory)
    ]
    tokens.append(app.client_credentials().json()["access_token"])
    assert all(map(app.is_active, tokens))
    row = what.objects.get(pk=app.row.pk if what is Client else app.row.issuer_id)
    switch(row, False)
    assert app.client_credentials().status_code in {401, 404}
    switch(row, True)
    assert not any(map(app.is_active, tokens))
    assert app.refresh(tokens[1]).status_code == 400
    # and what is issued from now on lives
    assert app.is_active(app.client_credentials().json()["access_token"])


@pytest.mark.threat(115)
def test_an_object_that_was_loaded_before_brings_nothing_back(app: App):
    old = Client.objects.get(pk=app.row.pk)
    issuer = Issuer.objects.get(pk=app.row.issuer_id)
    token = app.client_credentials().json()["access_token"]
    before = clock.now()
    # as the commands do it
    Client.objects.filter(pk=old.pk).update(tokens_not_before=before + timedelta(milliseconds=1))
    Issuer.objects.filter(pk=issuer.pk).update(tokens_not_before=before)
    app.row.secrets.all().delete()
    seen = Client.objects.get(pk=old.pk).version
    for row in (old, issuer):
        row.save()
    assert Client.objects.get(pk=old.pk).version not in {old.version, seen}, "a copy of that time would be believed"
    for now in (Client.objects.get(pk=old.pk), Issuer.objects.get(pk=issuer.pk)):
        assert now.tokens_not_before is not None
        assert now.tokens_not_before >= before
    assert app.client_credentials().status_code == 401
    app.secret = secret.issue(Client.objects.get(pk=old.pk))
    assert not app.is_active(token)


def test_a_time_that_is_still_to_come_can_be_taken_back(app: App):
    rows = Client.objects.filter(pk=app.row.pk)
    rows.update(tokens_not_before=clock.now() + timedelta(days=1))
    rows.update(tokens_not_before=None)
    kept = rows.get().tokens_not_before
    assert kept is not None
    assert abs(kept - clock.now()) < timedelta(minutes=1)
