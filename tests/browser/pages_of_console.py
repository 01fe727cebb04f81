"""The pages of the console: Django's admin, and our own in it."""

from typing import Any

from django.urls import reverse

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
