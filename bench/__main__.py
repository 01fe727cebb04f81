"""`make bench`: see docs/performance.md."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import report, scale
from bench.cases import CASES
from bench.contenders import CONTENDERS
from bench.peers import peer
from bench.postgres import Postgres
from bench.processes import ROOT
from bench.run import Bench, Plan

RESULTS = ROOT / "bench" / "results"
PUBLISHED = RESULTS / "published.json"
PUBLISHED_SCALE = RESULTS / "published-scale.json"
PAGE = ROOT / "docs" / "performance.md"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what requests cost, and compare.")
    parser.add_argument("--quick", action="store_true", help="one round of two seconds each, in three minutes")
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--seconds", type=float, help="of load for each case, contender and round; default 4")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="only this; repeatable")
    parser.add_argument(
        "--contender", action="append", choices=[one.name for one in CONTENDERS], help="only this; repeatable"
    )
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=URL,CLIENT_ID,SECRET[,PID...]",
        help="a running server; its processes and those of its database by their first ones",
    )
    parser.add_argument("--steady", type=float, default=0, metavar="MINUTES", help="watch the lane's memory under load")
    parser.add_argument(
        "--scale",
        type=int,
        metavar="TOKENS",
        help="instead: so many access tokens beside an empty table; 10000000 take 10 GB",
    )
    parser.add_argument(
        "--publish",
        type=Path,
        action="append",
        metavar="RESULT",
        help="make a result, or one of --scale, that of docs/performance.md",
    )
    return parser.parse_args()


def main() -> None:
    options = _options()
    if options.publish:
        for path in options.publish:
            text = path.read_text()
            (PUBLISHED_SCALE if "cleanup" in json.loads(text) else PUBLISHED).write_text(text)
        big = scale.report(json.loads(PUBLISHED_SCALE.read_text())) if PUBLISHED_SCALE.exists() else ""
        PAGE.write_text(report.page(json.loads(PUBLISHED.read_text()), big))
        return
    if options.scale:
        postgres = Postgres()
        try:
            big_result = scale.run(postgres, options.scale, options.rounds or 3, options.seconds or 8)
        finally:
            postgres.stop()
        print(scale.report(big_result))
        _keep(big_result, "-scale")
        return
    plan = Plan(
        options.rounds or (1 if options.quick else 3),
        options.seconds or (2 if options.quick else 4),
        tuple(options.case or [case.name for case in CASES]),
        tuple(options.contender or [one.name for one in CONTENDERS]),
        options.steady,
    )
    peers = [peer(text) for text in options.peer]
    postgres = Postgres()
    bench = Bench(plan, postgres, peers)
    try:
        result = bench.run()
    finally:
        postgres.stop(*bench.databases())
    print(report.page(result))
    _keep(result)


def _keep(result: dict[str, Any], suffix: str = "") -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M}{suffix}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"raw rows: {path.relative_to(ROOT)}", file=sys.stderr)


main()
