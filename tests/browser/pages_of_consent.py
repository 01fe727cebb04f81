"""The pages of `consent`: the question, and what was answered."""

import json
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.urls import reverse

from oauth_server.models import Client
from tests import factories
from tests.browser.registry import Stage, page
from tests.flows import App

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


PAYMENT = {
    "type": "payment_initiation",
    "instructedAmount": {"amount": "123.50", "currency": "EUR"},
    "creditorName": "Merchant A, \u0627\u0644\u0645\u062a\u062c\u0631 and <b>Sons</b>",
    "creditorAccount": {"iban": "DE02100100109307118603"},
    "remittanceInformation": "Ref Number Merchant https://evil.example/" + "very-long-" * 12,
}
FOLDER = {"type": "folder", "identifier": "Holidays 2026", "actions": ["read", "write"]}


def with_details(stage: Stage) -> App:
    """A payment of the Orders API that is asked each time, and a folder that can be left out and is remembered."""
    text = {"type": "string"}
    account = {"type": "object", "properties": {"iban": text}}
    amount = {"type": "object", "properties": {"amount": text, "currency": text}}
    factories.AuthorizationDetailTypeFactory(
        type="payment_initiation",
        title="Make a payment from your account",
        description="Once, and only this one.",
        audience=stage.api,
        sensitive=True,
        schema={
            "type": "object",
            "properties": {
                "instructedAmount": amount,
                "creditorName": text,
                "creditorAccount": account,
                "remittanceInformation": text,
            },
        },
        words={
            "en": {
                "instructedAmount.amount": "Amount",
                "instructedAmount.currency": "Currency",
                "creditorName": "To",
                "creditorAccount.iban": "Account",
                "remittanceInformation": "What it says",
            }
        },
    )
    factories.AuthorizationDetailTypeFactory(
        type="folder",
        title="Use a folder",
        optional=True,
        remember=True,
        words={"en": {"identifier": "Folder", "actions=read": "look at it", "actions=write": "change it"}},
    )
    stage.app.row.authorization_details_types = ["payment_initiation", "folder"]
    stage.app.row.save()
    return stage.app


@page("consent: authorization details")
def consent_details(stage: Stage) -> Any:
    details = json.dumps([PAYMENT, FOLDER])
    return with_details(stage).authorize(stage.signed_in, scope="openid", authorization_details=details)


@page("connected apps: authorization details")
def connected_details(stage: Stage) -> Any:
    with_details(stage)
    factories.AuthorizationFactory(client=stage.app.row, user=stage.person, details=[PAYMENT, FOLDER])
    return stage.signed_in.open(reverse("oauth_consent:connected-apps"))


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


@page("consent: everything selected")
def consent_selected(stage: Stage) -> Any:
    return stage.signed_in.open(f"{consent(stage).address}?all")


@page("consent: an app that registered itself")
def consent_self_declared(stage: Stage) -> Any:
    """On a host of 253 characters."""
    host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 46, "photos.example"])
    assert len(host) == 253
    stage.app.redirect_uri = f"https://{host}/callback"
    stage.app.row.redirect_uris, stage.app.row.registration_source = stage.app.redirect_uri, "dcr"
    stage.app.row.save()
    return consent(stage)


@page("consent: it does not fit")
def consent_unfit(stage: Stage) -> Any:
    return stage.signed_in.submit(consent(stage), {"decision": "perhaps"})


@page("connected apps: none")
def no_connected_apps(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("oauth_consent:connected-apps"))


@page("what you agreed to")
def receipts(stage: Stage) -> Any:
    stage.signed_in.submit(consent(stage), {"decision": "allow", "scope": ["openid", "orders.write"]})
    return stage.signed_in.open(reverse("oauth_consent:receipts"))


@page("recent activity")
def activity(stage: Stage) -> Any:
    stage.signed_in.submit(consent(stage), {"decision": "allow", "scope": ["openid"]})
    return stage.signed_in.open(reverse("oauth_consent:activity"))


@page("download your data")
def data(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("oauth_consent:data"))


def with_applications() -> Any:
    return override_settings(OAUTH_SERVER={**settings.OAUTH_SERVER, "MY_APPLICATIONS": "approval"})


def registered(stage: Stage, **changes: str) -> Any:
    values = {
        "name": "Notebook",
        "website": "https://notebook.example",
        "redirect_uris": "https://notebook.example/callback",
        "kind": "client_secret_basic",
        **changes,
    }
    return stage.signed_in.submit(stage.signed_in.open(reverse("oauth_consent:application-register")), values)


def of_notebook(stage: Stage, name: str) -> Any:
    with with_applications():
        registered(stage)
        return stage.signed_in.open(reverse(f"oauth_consent:{name}", args=[Client.objects.get(name="Notebook").pk]))


@page("my applications")
def applications(stage: Stage) -> Any:
    with with_applications():
        registered(stage)
        return stage.signed_in.open(reverse("oauth_consent:applications"))


@page("my applications: register")
def application_form(stage: Stage) -> Any:
    with with_applications():
        return stage.signed_in.open(reverse("oauth_consent:application-register"))


@page("my applications: register, refused")
def application_refused(stage: Stage) -> Any:
    with with_applications():
        return registered(stage, redirect_uris="http://notebook.example/callback", name="")


@page("my applications: one")
def application(stage: Stage) -> Any:
    return of_notebook(stage, "application")


@page("my applications: change")
def application_edit(stage: Stage) -> Any:
    return of_notebook(stage, "application-edit")


@page("my applications: remove")
def application_remove(stage: Stage) -> Any:
    return of_notebook(stage, "application-remove")


@page("my applications: the secret")
def application_secret(stage: Stage) -> Any:
    with with_applications():
        return registered(stage)
