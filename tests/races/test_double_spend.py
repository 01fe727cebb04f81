"""R1: every code and every refresh token, used sixteen times at once over real connections to eight workers.

A code gives one answer, a refresh one line; whoever loses gets `invalid_grant`; no row is left that nobody was told of.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection

from oauth_server.models import AuditEvent, Authorization
from tests.flows import App
from tests.invariants import Journal, active, problems
from tests.plugins.figures import Figure, counted
from tests.plugins.servers import Server
from tests.races import stock
from tests.races.conftest import THREADS, WORKERS
from tests.races.parallel import AT_ONCE, Answer, redeem, refresh
from tests.races.wires import Wires, open_wires, request

pytestmark = [pytest.mark.goal("R1"), pytest.mark.threat(18, 19, 31, 32)]

Workers = Callable[..., Server]
ONE = {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
ALL = {(200, ""): AT_ONCE}
BESIDE = 4


@dataclass(frozen=True)
class Race:
    """`beside`: of so many values each is sent sixteen times at once; the requests of one wait for each other, those of others do not."""

    server: Server
    app: App
    beside: int = 1

    def spend(self, values: list[dict[str, str]]) -> Iterator[list[Answer]]:
        """Send each sixteen times at once; the answers to each."""
        free: SimpleQueue[Wires] = SimpleQueue()

        def volley(each: dict[str, str]) -> list[Answer]:
            wires = free.get()
            try:
                return wires.volley([request(self.server, self.app, **each)] * AT_ONCE)
            finally:
                free.put(wires)

        pool = ThreadPoolExecutor(self.beside)
        with open_wires(self.server, WORKERS, THREADS * self.beside) as all_of_them:
            for wires in all_of_them.shared_out(self.beside):
                free.put(wires)
            try:
                yield from pool.map(volley, values)
            finally:
                pool.shutdown(cancel_futures=True)


def good(answers: list[Answer]) -> list[dict[str, Any]]:
    return [answer.body for answer in answers if answer.status == 200]


def spend_codes(race: Race, count: int) -> None:
    journal, codes = Journal(), stock.codes(race.app, race.server, count)
    for code, answers in zip(codes, race.spend([redeem(race.app, code) for code in codes]), strict=True):
        assert tally(answers) == ONE
        journal.codes[code] = good(answers)
    # every loser was fully valid, and so a replay; one family is the pattern of the others
    assert Authorization.objects.filter(revoked_at=None).count() == 1
    journal.ended = dict.fromkeys(journal.told("access_token") | journal.told("refresh_token"), "a replay of the code")
    assert problems(journal) == []
    assert AuditEvent.objects.filter(event="family:revoked").count() == count


def spend_refresh_tokens(race: Race, count: int, *, grace: bool) -> None:
    journal, tokens = Journal(), stock.refresh_tokens(race.app, race.server, count)
    for token, answers in zip(tokens, race.spend([refresh(token) for token in tokens]), strict=True):
        assert tally(answers) == (ALL if grace else ONE)
        assert len({(body["access_token"], body["refresh_token"]) for body in good(answers)}) == 1
        # one stands for all of them
        journal.refreshes[token] = good(answers)[:1]
    live = Authorization.objects.filter(revoked_at=None).count()
    if grace:
        # one line each, and the answers hold good tokens
        assert live == count + 1
        told = journal.told("access_token") | journal.told("refresh_token")
        assert active(told) == told
    else:
        # the losers are replays
        assert live == 1
        journal.ended = dict.fromkeys(journal.told("access_token") | journal.told("refresh_token"), "a replay")
    assert problems(journal) == []


def tally(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.error) for answer in answers)


KINDS = ("codes", "refresh tokens within the grace", "refresh tokens without grace")
LEVELS = [
    pytest.param("READ_COMMITTED", id="read committed"),
    pytest.param("REPEATABLE_READ", id="repeatable read", marks=pytest.mark.pg),
]


def run(kind: str, app: App, server: Callable[..., Server], count: int, beside: int = 1) -> None:
    match kind:
        case "codes":
            spend_codes(Race(server(), app, beside), count)
        case "refresh tokens within the grace":
            # so long that a busy machine does not leave it
            spend_refresh_tokens(Race(server(), app, beside), count, grace=True)
        case _:
            spend_refresh_tokens(Race(server(grace=0), app, beside), count, grace=False)


@pytest.mark.asvs("10.4.2", "10.4.5")
@pytest.mark.parametrize("isolation", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_each_sixteen_times_at_once(kind: str, isolation: str, app: App, workers: Workers):
    # one file takes one writer at a time; under REPEATABLE READ each is tried again and again
    whole = 100 if isolation == "READ_COMMITTED" else 20
    run(kind, app, partial(workers, isolation=isolation), whole if connection.vendor == "postgresql" else 10)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_each_sixteen_times_at_once(kind: str, app: App, workers: Workers, figure: Figure):
    # one file takes one writer at a time
    count, beside = (10_000, BESIDE) if connection.vendor == "postgresql" else (1_000, 1)
    count, began = counted(count), time.monotonic()
    run(kind, app, partial(workers, threads=THREADS * beside), count, beside)
    figure("R1", f"{count:,} {kind}, each {AT_ONCE} times at once: no violation", time.monotonic() - began)
