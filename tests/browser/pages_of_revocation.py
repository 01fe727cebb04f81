"""The pages of the console on which tokens are looked up and revoked, keys stand in line, and an issuer is stopped."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from oauth_server import clock, issuers
from oauth_server.deeds import incident
from oauth_server.deeds import revocation as deed
from oauth_server.models import Authorization, Session
from oauth_server.tokens import revoke
from tests import factories
from tests.browser.registry import Stage, page


def family(stage: Stage) -> Any:
    """What Ada allowed Photo Market a minute ago, with a refresh token."""
    made = factories.AuthorizationFactory(client=stage.app.row, user=stage.person, scope="openid offline_access")
    Session.objects.update(user_agent="Firefox")
    factories.RefreshTokenFactory(authorization=made)
    Authorization.objects.update(created=clock.now() - timedelta(minutes=1))
    return made


def revocation(stage: Stage, **names: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in names.items())
    return stage.operator.open(f"{reverse('admin:oauth_server_revoke')}?{query}")


@page("console: a token", console=True)
def token(stage: Stage) -> Any:
    value = factories.AccessTokenFactory(authorization=family(stage)).clear
    empty = stage.operator.open(reverse("admin:oauth_server_token"))
    return stage.operator.submit(empty, {"token": value})


@page("console: revoke", console=True)
def choose(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_server_revoke"))


@page("console: revoke, what will stop", console=True)
def preview(stage: Stage) -> Any:
    family(stage)
    return revocation(stage, what="client", client=stage.app.client_id)


@page("console: revoke, on the way", console=True, moves_on=True)
def progress(stage: Stage) -> Any:
    for _ in range(3):
        family(stage)
    before = revoke.BATCH, deed.SECONDS
    revoke.BATCH, deed.SECONDS = 1, 0.0
    try:
        asked = revocation(stage, what="person", person=str(stage.person.pk))
        return stage.operator.submit(asked, {"note": "gone", "confirmation": "ada@example.org"})
    finally:
        revoke.BATCH, deed.SECONDS = before


@page("console: keys", console=True)
def keys(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_server_keys"))


@page("console: one of the keys", console=True)
def key(stage: Stage) -> Any:
    row = issuers.first().keys.get(algorithm="ES256", state="active")
    return stage.operator.open(reverse("admin:oauth_server_signingkey_change", args=[row.pk]))


@page("console: incident switch", console=True)
def switch(stage: Stage) -> Any:
    incident.begin(issuers.first(), "a secret is on the net")
    return stage.operator.open(reverse("admin:oauth_server_issuer_incident", args=[issuers.first().pk]))
