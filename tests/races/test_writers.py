"""SQLite takes one writer at a time: eight that write at once wait for each other, and nobody is told that a file is locked."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from oauth_server.models import Authorization
from tests import factories
from tests.flows import App, Browser
from tests.invariants import Journal, problems
from tests.plugins.servers import Server
from tests.races import stock
from tests.races.parallel import Line, post, redeem, refresh, together

Workers = Callable[..., Server]
WRITERS, SECONDS = 8, 4.0


@pytest.mark.threat(110)
@pytest.mark.parametrize("transactions", ["IMMEDIATE", "DEFERRED"])
def test_eight_writers_at_once(app: App, workers: Workers, transactions: str):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not files")
    server, journal, lock = workers(sqlite=transactions), Journal(), threading.Lock()
    codes, tokens = stock.codes(app, server, 400), stock.refresh_tokens(app, server, 400)
    journal.refreshes.update({token: [] for token in tokens})
    statuses: Counter[tuple[str, int]] = Counter()
    end = time.monotonic() + SECONDS

    def write(cookie: str) -> None:
        while time.monotonic() < end:
            with lock:
                code, token = codes.pop(), tokens.pop()
            bought = post(server, app, **redeem(app, code))
            journal.codes[code].append(bought.body)
            renewed = post(server, app, **refresh(token))
            journal.refreshes[token].append(renewed.body)
            own = post(server, app, grant_type="client_credentials")
            journal.own.append(own.body)
            ended = post(server, app, "/oauth2/revoke", token=bought.body["refresh_token"])
            journal.ended[bought.body["access_token"]] = "a revocation"
            again = post(server, app, **redeem(app, code))
            page, _, _ = Line(server).send("GET", app.authorize_url(), Cookie=cookie)
            named = {"code": bought, "refresh": renewed, "own": own, "revoke": ended, "again": again}
            with lock:
                statuses.update([("page", page), *((name, answer.status) for name, answer in named.items())])

    jobs = []
    for _ in range(WRITERS):
        browser = Browser()
        browser.force_sign_in(factories.UserFactory())
        jobs.append(partial(write, f"sessionid={browser.cookies['sessionid']}"))
    together(jobs)
    wanted = {"code": 200, "refresh": 200, "own": 200, "revoke": 200, "again": 400, "page": 303}
    assert set(statuses) == set(wanted.items())
    assert statuses["code", 200] >= WRITERS
    assert problems(journal) == []
    assert Authorization.objects.exclude(revoked_at=None).count() == statuses["code", 200]
