"""R1: every code and every refresh token, used sixteen times at once over real connections to eight workers.

A code gives one answer, a refresh one line; whoever loses gets `invalid_grant`; no row is left that nobody was told of.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from oauth_server.models import AuditEvent, Authorization
from oauth_server.tokens import lookup
from tests.flows import App
from tests.invariants import Journal, problems
from tests.plugins.figures import Figure, counted
from tests.plugins.servers import Server
from tests.races import stock
from tests.races.conftest import WORKERS
from tests.races.parallel import AT_ONCE, Answer, redeem, refresh
from tests.races.wires import open_wires, request

pytestmark = [pytest.mark.goal("R1"), pytest.mark.threat(18, 19, 31, 32)]

Workers = Callable[..., Server]
ONE = {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
ALL = {(200, ""): AT_ONCE}


def spend(server: Server, app: App, values: list[dict[str, str]]) -> Iterator[list[Answer]]:
    """Send each sixteen times at once; the answers to each."""
    with open_wires(server, WORKERS, AT_ONCE // WORKERS) as wires:
        for each in values:
            yield wires.volley([request(server, app, **each)] * AT_ONCE)


def good(answers: list[Answer]) -> list[dict[str, Any]]:
    return [answer.body for answer in answers if answer.status == 200]


def spend_codes(server: Server, app: App, count: int) -> None:
    journal, codes = Journal(), stock.codes(app, server, count)
    for code, answers in zip(codes, spend(server, app, [redeem(app, code) for code in codes]), strict=True):
        assert tally(answers) == ONE
        journal.codes[code] = good(answers)
    # every loser was fully valid, and so a replay; one family is the pattern of the others
    assert Authorization.objects.filter(revoked_at=None).count() == 1
    journal.ended = dict.fromkeys(journal.told("access_token") | journal.told("refresh_token"), "a replay of the code")
    assert problems(journal) == []
    assert AuditEvent.objects.filter(event="family:revoked").count() == count


def spend_refresh_tokens(server: Server, app: App, count: int, *, grace: bool) -> None:
    journal, tokens = Journal(), stock.refresh_tokens(app, server, count)
    for token, answers in zip(tokens, spend(server, app, [refresh(token) for token in tokens]), strict=True):
        assert tally(answers) == (ALL if grace else ONE)
        assert len({(body["access_token"], body["refresh_token"]) for body in good(answers)}) == 1
        journal.refreshes[token] = good(answers)
    live = Authorization.objects.filter(revoked_at=None).count()
    if grace:
        # one line each, and the answers hold good tokens
        assert live == count + 1
        assert all(lookup.find(token).active for token in journal.told("access_token") | journal.told("refresh_token"))
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


def run(kind: str, app: App, workers: Workers, count: int, isolation: str) -> None:
    match kind:
        case "codes":
            spend_codes(workers(isolation=isolation), app, count)
        case "refresh tokens within the grace":
            # so long that a busy machine does not leave it
            spend_refresh_tokens(workers(isolation=isolation), app, count, grace=True)
        case _:
            spend_refresh_tokens(workers(grace=0, isolation=isolation), app, count, grace=False)


@pytest.mark.asvs("10.4.2", "10.4.5")
@pytest.mark.parametrize("isolation", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_each_sixteen_times_at_once(kind: str, isolation: str, app: App, workers: Workers):
    # one file takes one writer at a time; under REPEATABLE READ each is tried again and again
    whole = connection.vendor == "postgresql" and isolation == "READ_COMMITTED"
    run(kind, app, workers, 100 if whole else 20, isolation)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_each_sixteen_times_at_once(kind: str, app: App, workers: Workers, figure: Figure):
    count = counted(10_000 if connection.vendor == "postgresql" else 1_000)
    began = time.monotonic()
    run(kind, app, workers, count, "READ_COMMITTED")
    figure("R1", f"{count:,} {kind}, each {AT_ONCE} times at once: no violation", time.monotonic() - began)
