"""The pages of `oauth_server`: devices, errors, sign-out, what posts itself."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.urls import reverse

from oauth_server import clock
from oauth_server.models import DeviceRequest, Interaction
from tests import factories, flows
from tests.browser.registry import Stage, page

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def television(stage: Stage) -> dict[str, Any]:
    """A device that has asked for a code."""
    app = factories.app(
        name="Photo Market TV",
        grant_types=[DEVICE, "refresh_token"],
        response_types=[],
        redirect_uris="",
        client_uri="https://photos.example",
    )
    begun: dict[str, Any] = app.post(
        "/oauth2/device/auth", headers={"user-agent": "PhotoMarket/3.2 (TV)"}, scope="openid"
    ).json()
    return begun


def entered(stage: Stage) -> Any:
    code = television(stage)["user_code"]
    return stage.signed_in.submit(stage.signed_in.open("/device"), {"user_code": code})


@page("device")
def device(stage: Stage) -> Any:
    return stage.signed_in.open("/device")


@page("device: wrong code")
def device_wrong_code(stage: Stage) -> Any:
    return stage.signed_in.submit(device(stage), {"user_code": "BBBB-BBBB"})


@page("device: compare")
def device_compare(stage: Stage) -> Any:
    return entered(stage)


@page("device: connected")
def device_connected(stage: Stage) -> Any:
    answer = stage.signed_in.submit(entered(stage), {"decision": "match"})
    return stage.signed_in.submit(answer, {"decision": "allow"}) if b'value="allow"' in answer.content else answer


@page("device: denied")
def device_denied(stage: Stage) -> Any:
    return stage.signed_in.submit(entered(stage), {"decision": "cancel"})


@page("device: expired")
def device_expired(stage: Stage) -> Any:
    asked = entered(stage)
    DeviceRequest.objects.update(expires=clock.now() - timedelta(seconds=1))
    return stage.signed_in.open(asked.address)


@page("error: not registered")
def not_registered(stage: Stage) -> Any:
    return stage.app.authorize(stage.visitor, redirect_uri="https://elsewhere.example/callback")


@page("error: over")
def over(stage: Stage) -> Any:
    asked = stage.app.authorize(stage.visitor)
    Interaction.objects.update(expires=clock.now() - timedelta(seconds=1))
    return stage.visitor.open(next_of(asked))


def next_of(asked: Any) -> str:
    """Where a page of a request goes on."""
    return parse_qs(urlsplit(asked.address).query)["next"][0]


@page("error: cookies cleared")
def cookies_cleared(stage: Stage) -> Any:
    return flows.Browser().open(next_of(stage.app.authorize(stage.visitor)))


@page("error: stale form")
def stale_form(stage: Stage) -> Any:
    return stage.visitor.submit(stage.visitor.open("/account/sign-in/"), {"csrfmiddlewaretoken": "of an older page"})


@page("error: no such page")
def no_such_page(stage: Stage) -> Any:
    return stage.visitor.open("/account/nowhere/")


@page("error: not as we make it")
def bad_request(stage: Stage) -> Any:
    # by a look-up that the list does not have
    return stage.operator.open(reverse("admin:oauth_server_client_changelist") + "?client_secret__startswith=a")


@page("sign out?")
def sign_out(stage: Stage) -> Any:
    return stage.signed_in.open("/oauth2/sessions/logout")


@page("still signed in")
def still_signed_in(stage: Stage) -> Any:
    return stage.signed_in.submit(sign_out(stage), {"decision": "stay"})


@page("signed out")
def signed_out(stage: Stage) -> Any:
    return stage.signed_in.submit(sign_out(stage), {"decision": "sign_out"})


@page("signing out of apps", moves_on=True)
def signing_out_of_apps(stage: Stage) -> Any:
    app = factories.app(
        name="Shelf", frontchannel_logout_uri="https://shelf.example/out", redirect_uris="https://shelf.example/cb"
    )
    app.redirect_uri = "https://shelf.example/cb"
    app.tokens(stage.signed_in)
    return stage.signed_in.submit(sign_out(stage), {"decision": "sign_out"})


@page("back to the app", moves_on=True)
def back_to_the_app(stage: Stage) -> Any:
    app = factories.app(name="Shelf", redirect_uris=flows.CALLBACK)
    return app.authorize(stage.signed_in, response_mode="form_post")
