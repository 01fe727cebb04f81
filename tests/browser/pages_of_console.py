"""The pages of the console: Django's admin, and our own in it."""

from typing import Any

from django.urls import reverse

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.models import AuthorizationDetailType
from tests.browser.pages_of_consent import with_details
from tests.browser.registry import Stage, page


@page("console: clients", console=True)
def clients(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.operator.open(reverse("admin:oauth_server_client_changelist"))


@page("console: authorization detail type", console=True)
def detail_type(stage: Stage) -> Any:
    with_details(stage)
    row = AuthorizationDetailType.objects.get(type="payment_initiation")
    return stage.operator.open(reverse("admin:oauth_server_authorizationdetailtype_change", args=[row.pk]))


@page("console: client", console=True)
def client(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_server_client_change", args=[stage.app.row.pk]))


@page("console: delete a client", console=True)
def delete_client(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_server_client_delete", args=[stage.app.row.pk]))


@page("console: issuer", console=True)
def issuer(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_server_issuer_change", args=[stage.app.row.issuer_id]))


@page("console: audit event", console=True)
def audit_event(stage: Stage) -> Any:
    changes = {"redirect_uris": [[], ["https://photos.example/callback"]], "enabled": [True, False]}
    row = audit.record(Event.CLIENT_CHANGED, issuer=stage.app.row.issuer, client=stage.app.row, changes=changes)
    return stage.operator.open(reverse("admin:oauth_server_auditevent_change", args=[row.pk]))
