"""Memory under load that does not end: client credentials and introspection in turn, `python -m bench --steady MINUTES`."""

import sys
import time
from typing import Any

from bench import generators, processes
from bench.cases import CASES, HOST, Paths
from bench.processes import Server

SLICE = 10.0
MIXED = ("client_credentials", "introspection", "client_credentials_jwt", "userinfo")


def run(server: Server, seed: dict[str, Any], minutes: float) -> list[dict[str, float]]:
    """Seconds since the start, and the largest worker's resident memory in MB after each slice of load."""
    samples, begin = [], time.perf_counter()
    while (spent := time.perf_counter() - begin) < minutes * 60:
        for case in (one for one in CASES if one.name in MIXED):
            request = case.make(Paths(), seed)
            done = generators.load(server.address, server.port, HOST, request, min(SLICE, minutes * 60 / len(MIXED)))
            assert done["wrong"] == 0, done["first_wrong"]
            largest = processes.rss(server.workers())[0]
            samples.append({"seconds": time.perf_counter() - begin, "requests": done["requests"], "rss": largest})
        print(f"steady: {spent:.0f} s, {largest:.1f} MB", file=sys.stderr, flush=True)
    return samples


def report(samples: list[dict[str, float]], most: int) -> list[str]:
    """Flat: the last quarter's largest is within five hundredths of the second quarter's."""
    quarter = max(1, len(samples) // 4)
    second, last = (
        max(s["rss"] for s in part) for part in (samples[quarter : 2 * quarter] or samples, samples[-quarter:])
    )
    total = sum(s["requests"] for s in samples)
    verdict = "flat" if last <= 1.05 * second else "**grows**"
    below = "" if last <= most else f", **above {most} MB**"
    return [
        f"Under load for {samples[-1]['seconds'] / 60:.1f} minutes ({total:,.0f} requests of {len(MIXED)} kinds), ours in the lane: "
        f"the largest worker has {second:.1f} MB in the second quarter of that time and {last:.1f} MB in the last: {verdict}{below}.",
        "",
    ]
