"""R4: a revocation is effective with the next request, on every worker, whatever else they do."""

import itertools
import threading
from collections.abc import Callable

import pytest

from tests import factories
from tests.flows import App
from tests.invariants import Journal, problems
from tests.plugins.servers import Server
from tests.races import stock
from tests.races.conftest import WORKERS
from tests.races.parallel import refresh
from tests.races.wires import Wires, open_wires, request

Workers = Callable[..., Server]
COUNT = 500
LEVELS = [
    pytest.param("READ_COMMITTED", COUNT, id="read committed"),
    pytest.param("REPEATABLE_READ", COUNT // 10, id="repeatable read"),
]


def keep_busy(server: Server, wires: Wires, app: App, stop: threading.Event, counted: list[int]) -> None:
    """Client credentials on every worker, one request after the other; the revocations have their share of the machine."""
    data = request(server, app, grant_type="client_credentials")
    while not stop.wait(0.01):
        answers = wires.everywhere(data)
        assert {answer.status for answer in answers} == {200}
        counted[0] += len(answers)


@pytest.mark.pg
@pytest.mark.goal("R4")
@pytest.mark.threat(33, 37, 55)
@pytest.mark.parametrize(("isolation", "count"), LEVELS)
def test_five_hundred_revocations_under_load(app: App, workers: Workers, isolation: str, count: int):
    server, other, journal, done = workers(isolation=isolation), factories.app(), Journal(), [0]
    tokens = stock.refresh_tokens(app, server, count)
    stop = threading.Event()
    with open_wires(server, WORKERS, 1) as wires, open_wires(server, WORKERS, 1) as busy:
        load = threading.Thread(target=keep_busy, args=(server, busy, other, stop, done))
        load.start()
        try:
            turns = itertools.cycle(wires.all)
            for number, (token, wire) in enumerate(zip(tokens, turns, strict=False)):
                one = Wires({0: [wire]})
                (pair,) = one.everywhere(request(server, app, **refresh(token)))
                assert pair.status == 200
                # the access token alone, or all of it by its refresh token
                ended = pair.body["access_token" if number % 2 else "refresh_token"]
                (answer,) = one.everywhere(request(server, app, "/oauth2/revoke", token=ended))
                assert answer.status == 200
                seen = wires.everywhere(request(server, app, "/oauth2/introspect", token=pair.body["access_token"]))
                assert [answer.body for answer in seen] == [{"active": False}] * WORKERS
                journal.refreshes[token] = [pair.body]
                journal.ended[ended] = "a revocation"
        finally:
            stop.set()
            load.join()
    assert done[0] > count
    journal.unanswered = done[0]
    assert problems(journal) == []


@pytest.mark.threat(37, 115)
def test_switched_off_is_off_everywhere(app: App, workers: Workers):
    server = workers()
    own = request(server, app, grant_type="client_credentials")
    with open_wires(server, WORKERS, 1) as wires:
        for _ in range(2):
            tokens = [answer.body["access_token"] for answer in wires.everywhere(own)]
            app.row.enabled = False
            app.row.save()
            assert [answer.status for answer in wires.everywhere(own)] == [401] * WORKERS
            app.row.enabled = True
            app.row.save()
            asked = [request(server, app, "/oauth2/introspect", token=token) for token in tokens]
            assert all(answer.status == 200 for answer in wires.volley(asked))
            assert [answer.status for answer in wires.everywhere(own)] == [200] * WORKERS
