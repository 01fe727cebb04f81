"""Where the Python of the hot paths goes: the lane in one process, without a network. `python -m bench.profiled` prints JSON."""

import cProfile
import json
import os
import pstats
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

from bench import inprocess  # noqa: E402
from bench.cases import CASES, Paths  # noqa: E402
from bench.processes import ROOT  # noqa: E402

HOT = ("client_credentials", "client_credentials_jwt", "introspection")
TIMES, LISTED = 400, 12


def main(seed: dict[str, Any]) -> dict[str, Any]:
    requests = {case.name: case.make(Paths(), seed) for case in CASES if case.name in HOT}
    return {name: _case(partial(inprocess.call, request)) for name, request in requests.items()}


def _case(run: Any) -> dict[str, Any]:
    spent = []
    for _ in range(TIMES):
        begin = time.thread_time_ns()
        run()
        spent.append((time.thread_time_ns() - begin) / 1e6)
    profile = cProfile.Profile(time.thread_time_ns, 1e-9)
    profile.enable()
    for _ in range(TIMES):
        run()
    profile.disable()
    stats: Any = pstats.Stats(profile)
    whole = stats.total_tt
    ranked = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:LISTED]
    return {
        "ms": sorted(spent)[TIMES // 10],
        "functions": [
            {"function": _name(*where), "share": own / whole, "calls": calls / TIMES}
            for where, (_, calls, own, _, _) in ranked
        ],
    }


def _name(file: str, line: int, function: str) -> str:
    if file == "~":
        return function.strip("<>")
    path = Path(file)
    short = path.relative_to(ROOT) if path.is_relative_to(ROOT) and ".venv" not in path.parts else path
    return f"{'/'.join(short.parts[-3:])}: {function}"


if __name__ == "__main__":
    json.dump(main(json.loads(Path(os.environ["BENCH_SEED"]).read_text())), sys.stdout)
