"""The pages of `consent`: the question, and what was answered."""

from typing import Any

from django.urls import reverse

from tests import factories
from tests.browser.registry import Stage, page

EVERYTHING = "openid email orders.read orders.write offline_access"


@page("consent")
def consent(stage: Stage) -> Any:
    return stage.app.authorize(stage.signed_in, scope=EVERYTHING)


@page("consent: for more")
def consent_for_more(stage: Stage) -> Any:
    stage.signed_in.submit(stage.app.authorize(stage.signed_in, scope="openid email"), {"decision": "allow"})
    stage.app.row.verified = True
    stage.app.row.save()
    return consent(stage)


def granted(stage: Stage) -> Any:
    return factories.AuthorizationFactory(
        client=stage.app.row, user=stage.person, scope="openid profile orders.read offline_access"
    )


@page("connected apps")
def connected_apps(stage: Stage) -> Any:
    granted(stage)
    return stage.signed_in.open(reverse("oauth_consent:connected-apps"))


@page("connected apps: remove")
def remove(stage: Stage) -> Any:
    granted(stage)
    return stage.signed_in.open(reverse("oauth_consent:remove", args=[stage.app.row.pk]))
