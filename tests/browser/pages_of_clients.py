"""The pages on which clients are made, and what belongs to each of them."""

from typing import Any

from django.urls import reverse

from oauth_server import clock
from oauth_server.models import Counter
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


@page("consent, seen by an operator")
def preview(stage: Stage) -> Any:
    return stage.operator.open(reverse("oauth_consent:preview", args=[stage.app.row.pk]))
