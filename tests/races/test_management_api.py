"""The management API at the same moment: of many who change one object by its ETag one is the first, and no update is lost."""

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client as HTTP

from oauth_server import issuers
from oauth_server.deeds import admin_token
from oauth_server.models import AuditEvent, Client, Scope
from tests import factories
from tests.races.parallel import together

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.mark.parametrize("kind", ["scopes", "clients"])
def test_of_many_changes_by_one_etag_one_is_made(kind: str, transactional_db: None) -> None:
    token = admin_token.make(issuers.first(), list(admin_token.SCOPES), 3_600).access_token
    headers = {"authorization": f"Bearer {token}"}
    name = {"scopes": "orders", "clients": factories.app().client_id}[kind]
    factories.ScopeFactory(name="orders")
    member = {"scopes": "title", "clients": "client_name"}[kind]
    path = f"/api/v1/{kind}/{name}"

    def change(value: str, tag: str) -> Any:
        try:
            return HTTP(raise_request_exception=False).patch(
                path,
                json.dumps({member: value}),
                content_type="application/json",
                headers={**headers, "if-match": tag},
            )
        finally:
            connection.close()

    for turn in range(3):
        tag = HTTP().get(path, headers=headers)["ETag"]
        answers = together([partial(change, f"{turn}.{n}", tag) for n in range(AT_ONCE)])
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: AT_ONCE - 1}
        (winner,) = [answer for answer in answers if answer.status_code == 200]
        assert HTTP().get(path, headers=headers).json()[member] == winner.json()[member]
    stored = Scope.objects.get(name=name).title if kind == "scopes" else Client.objects.get(client_id=name).name
    assert stored.startswith("2.")
    event = {"scopes": "scope:changed", "clients": "client:changed"}[kind]
    assert AuditEvent.objects.filter(event=event).count() == 3
