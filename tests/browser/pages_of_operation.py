"""The pages of the console on which it is run: home, audit log, deployment, and the question who is there."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.core.checks import Warning
from django.urls import reverse

from consent.models import Consent
from oauth_server import audit, clock, issuers
from oauth_server.admin import deploy
from oauth_server.audit import Event
from oauth_server.interaction.context import KEY
from oauth_server.models import AuditEvent, Counter, WebhookDelivery
from oauth_server.tokens import jobs
from tests import factories
from tests.browser.registry import Stage, page


def _happened(stage: Stage) -> None:
    """Two days of tokens and refusals, a secret that ends, and an event."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for hours in range(48):
        Counter.objects.create(
            span="hour", at=now - timedelta(hours=hours), name="token:refresh_token", count=40 + 60 * (hours % 12)
        )
        if hours % 7 == 0:
            Counter.objects.create(span="hour", at=now - timedelta(hours=hours), name="refused:invalid_client", count=3)
    for name in jobs.EXPECTED:
        jobs.note(name)
    secret = factories.ClientSecretFactory(client=stage.app.row, name="old")
    type(secret).objects.filter(pk=secret.pk).update(expires=now - timedelta(days=2))
    with audit.origin(
        actor="staff:operator@example.org", address="192.0.2.1", trace_id="0af7651916cd43dd8448eb211c80319c"
    ):
        audit.record(Event.KEY_REVOKED, client=stage.app.row, user_id=stage.person.pk, reason="leaked", target="key-1")


@page("console: home", console=True)
def home(stage: Stage) -> Any:
    _happened(stage)
    return stage.operator.open(reverse("admin:index"))


@page("console: home of the server alone", console=True)
def home_of_the_server(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:app_list", args=["oauth_server"]))


@page("console: audit log", console=True)
def audit_log(stage: Stage) -> Any:
    _happened(stage)
    return stage.operator.open(reverse("admin:oauth_server_auditevent_changelist") + "?event=key%3Arevoked")


@page("console: deployment", console=True)
def deployment(stage: Stage) -> Any:
    # what is installed, how it is set and what it can do differs from run to run
    with (
        patch.object(deploy, "_facts", lambda: [("Python", "3.14")]),
        patch(
            "oauth_server.admin.deploy.checks.run_checks",
            lambda **_: [Warning("Something is not as it should be.", id="x.W001")],
        ),
        patch.object(deploy, "tables", lambda now: [deploy.Table("access tokens", 1200, 4_096_000, now)]),
        patch("oauth_server.admin.deploy.metadata.document", lambda issuer: {"issuer": issuer.identifier}),
    ):
        return stage.operator.open(reverse("admin:oauth_server_deployment"))


@page("console: confirm that it is you", console=True)
def confirm(stage: Stage) -> Any:
    url = reverse("admin:oauth_server_client_secret", args=[stage.app.row.pk])
    session = stage.operator.http.session
    session[KEY] = {**session[KEY], "auth_time": 0}
    session.save()
    accounts = apps.get_app_config("oauth_accounts")
    page_of_accounts, accounts.oauth_server_confirm_page = accounts.oauth_server_confirm_page, ""  # type: ignore[attr-defined]
    try:
        return stage.operator.open(url)
    finally:
        accounts.oauth_server_confirm_page = page_of_accounts  # type: ignore[attr-defined]


@page("console: people", console=True)
def people(stage: Stage) -> Any:
    assert stage.person
    return stage.operator.open(reverse("admin:oauth_accounts_user_changelist"))


@page("console: person", console=True)
def person(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_accounts_user_change", args=[stage.person.pk]))


@page("console: import of people", console=True)
def import_of_people(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_accounts_user_import"))


@page("console: consents", console=True)
def consents(stage: Stage) -> Any:
    return stage.operator.open(reverse("admin:oauth_consent_consent_changelist"))


@page("console: one of the consents", console=True)
def consent(stage: Stage) -> Any:
    row = Consent.objects.create(
        user=stage.person, client=stage.app.row, scope="openid", created=clock.now(), updated=clock.now()
    )
    return stage.operator.open(reverse("admin:oauth_consent_consent_change", args=[row.pk]))


@page("console: webhook deliveries", console=True)
def webhook_deliveries(stage: Stage) -> Any:
    now = clock.now()
    for number, state, error in ((4711, "delivered", ""), (4712, "failed", "HTTP status 503"), (4713, "waiting", "")):
        AuditEvent.objects.bulk_create([AuditEvent(pk=number, event=Event.KEY_REVOKED, at=now)])
        columns = {"pk": number, "created": now, "expires": now + timedelta(days=30), "attempts": number - 4710}
        WebhookDelivery.objects.create(event_id=number, state=state, last_error=error, next_attempt=None, **columns)
    return stage.operator.open(reverse("admin:oauth_server_webhookdelivery_changelist"))


@page("console: initial access token", console=True)
def initial_access_token(stage: Stage) -> Any:
    form = stage.operator.open(reverse("admin:oauth_server_initialaccesstoken_add"))
    return stage.operator.submit(form, {"issuer": str(issuers.first().pk), "name": "Partners"})
