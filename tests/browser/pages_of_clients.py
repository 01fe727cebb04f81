"""The pages on which clients are made, and what belongs to each of them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from oauth_server import clock
from oauth_server.models import Counter
from tests import factories
from tests.browser.pages_of_revocation import family
from tests.browser.registry import Stage, page


def _new(stage: Stage, kind: str = "", **answers: str) -> Any:
    assert stage.api
    url = reverse("admin:oauth_server_client_new") + (f"?kind={kind}" if kind else "")
    if not answers:
        return stage.operator.open(url)
    return stage.operator.submit(stage.operator.open(url), answers)


@page("console: new client", console=True)
def new_client(stage: Stage) -> Any:
    return _new(stage)


@page("console: new client, questions", console=True)
def questions(stage: Stage) -> Any:
    return _new(stage, "web")


@page("console: new client, addresses that will not do", console=True)
def refused(stage: Stage) -> Any:
    return _new(stage, "web", name="Notebook", redirect_uris="http://notebook.example/* http://localhost:3000/back")


@page("console: new client, what will be set", console=True)
def review(stage: Stage) -> Any:
    return _new(stage, "single_page", name="Notebook", redirect_uris="https://notebook.example/callback")


@page("console: new client, made", console=True)
def made(stage: Stage) -> Any:
    asked = _new(stage, "web", name="Notebook", redirect_uris="https://notebook.example/callback")
    return stage.operator.submit(asked, {"confirmed": "1"})


@page("console: client, overview", console=True)
def overview(stage: Stage) -> Any:
    client, hour = stage.app.row, clock.now().replace(minute=0, second=0, microsecond=0)
    for name, count in (
        ("token:authorization_code", 1204),
        ("token:refresh_token", 317),
        ("refused:invalid_grant", 12),
    ):
        Counter.objects.create(client_id=client.client_id, span="hour", at=hour, name=name, count=count)
    return stage.operator.open(reverse("admin:oauth_server_client_overview", args=[client.pk]))


def _trial(stage: Stage, **fields: Any) -> Any:
    client = stage.app.row
    type(client).objects.filter(pk=client.pk).update(skip_authorization=True)
    form = stage.operator.open(reverse("admin:oauth_server_client_trial", args=[client.pk]))
    found = stage.operator.submit(form, fields) if fields else form
    # the server sends browsers back to its whole address, which the bench shows as another one
    found.address = urlsplit(found.address).path
    return found


@page("console: client, test", console=True)
def trial(stage: Stage) -> Any:
    return _trial(stage)


@page("console: client, test passed", console=True)
def trial_passed(stage: Stage) -> Any:
    return _trial(stage, scope=["openid", "email"], secret=stage.app.secret)


@page("console: client, test failed", console=True)
def trial_failed(stage: Stage) -> Any:
    return _trial(stage, scope=["openid"], secret="another", prompt="none")


@page("console: client, claims", console=True)
def claims(stage: Stage) -> Any:
    form = stage.operator.open(reverse("admin:oauth_server_client_preview", args=[stage.app.row.pk]))
    return stage.operator.submit(form, {"person": stage.person.email, "scope": ["openid", "profile"]})


@page("console: client, its tokens", console=True)
def its_tokens(stage: Stage) -> Any:
    one = family(stage)
    for number, minutes in ((4711, -10), (4712, 50)):
        expires = clock.now() + timedelta(minutes=minutes)
        factories.AccessTokenFactory(pk=number, authorization=one, expires=expires)
    url = reverse("admin:oauth_server_accesstoken_changelist")
    return stage.operator.open(f"{url}?application__id__exact={stage.app.row.pk}")


@page("console: registrations", console=True)
def registrations(stage: Stage) -> Any:
    for number in range(3):
        row = factories.ClientFactory(name="My editor", client_id=f"editor-{number}", registration_source="dcr")
        type(row).objects.filter(pk=row.pk).update(enabled=False, awaits_approval=True, likeness="a" * 64)
    factories.ClientFactory(
        name="Chat", client_id="chat", registration_source="dcr", redirect_uris="https://chat.example/cb"
    )
    return stage.operator.open(reverse("admin:oauth_server_client_registrations"))


@page("consent, seen by an operator")
def preview(stage: Stage) -> Any:
    return stage.operator.open(reverse("oauth_consent:preview", args=[stage.app.row.pk]))
