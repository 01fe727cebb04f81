"""How long a refusal takes does not tell whether the client exists (goal R15)."""

import statistics
import time
from collections.abc import Callable
from math import erfc, sqrt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory

from oauth_server.endpoints import adapter
from oauth_server.endpoints.token import endpoint
from tests.flows import FORM, App
from tests.plugins.figures import Figure
from tests.specs.rfc6749_client_auth.test_client_auth import basic

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.pg, pytest.mark.threat(42), pytest.mark.goal("R15")]

SAMPLES = 2_000


def mann_whitney(one: list[float], other: list[float]) -> float:
    """The two-sided p of the hypothesis that neither is longer; ties, of which a fine clock has none, are not corrected for."""
    ranks = {index: rank for rank, index in enumerate(sorted(range(2 * len(one)), key=(one + other).__getitem__), 1)}
    n = len(one)
    u = sum(ranks[index] for index in range(n)) - n * (n + 1) / 2
    z = (u - n * n / 2) / sqrt(n * n * (2 * n + 1) / 12)
    return erfc(abs(z) / sqrt(2))


def measure(asks: tuple[Callable[[], Any], Callable[[], Any]]) -> tuple[list[float], list[float]]:
    """Interleaved, so that what else the machine does falls on both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(SAMPLES):
        for which in (0, 1) if number % 2 else (1, 0):
            before = time.perf_counter()
            asks[which]()
            times[which].append(time.perf_counter() - before)
    return times


def test_an_unknown_client_takes_as_long_as_a_wrong_secret(app: App, settings: Any, figure: Figure):
    began = time.monotonic()
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_SECRET_FAILURES": 10**9}
    view = adapter.view(endpoint)
    body = urlencode({"grant_type": "client_credentials"})

    def asking(client_id: str) -> Callable[[], Any]:
        def ask() -> Any:
            headers = basic(client_id, "oas_cs_1" + "0" * 53)
            return view(RequestFactory().post("/oauth2/token", body, content_type=FORM, headers=headers))

        assert ask().status_code == 401
        return ask

    known = asking(app.client_id)
    unknown = asking("z" * len(app.client_id))
    for attempt in (1, 2):
        # once more on red: the machine is shared
        wrong_secret, no_client = measure((known, unknown))
        medians = statistics.median(wrong_secret), statistics.median(no_client)
        p = mann_whitney(wrong_secret, no_client)
        told = f"medians of {SAMPLES:,}: {medians[0] * 1e6:.0f} and {medians[1] * 1e6:.0f} µs, p = {p:.4f}"
        if abs(medians[0] / medians[1] - 1) < 0.05 and p > 0.01:
            figure("R15", told, time.monotonic() - began)
            return
        assert attempt == 1, told
