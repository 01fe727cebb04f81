"""`make bench`: see docs/performance.md."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import report
from bench.cases import CASES
from bench.contenders import CONTENDERS
from bench.peers import peer
from bench.postgres import Postgres
from bench.processes import ROOT
from bench.run import Bench, Plan

RESULTS = ROOT / "bench" / "results"
PUBLISHED = RESULTS / "published.json"
PAGE = ROOT / "docs" / "performance.md"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what requests cost, and compare.")
    parser.add_argument("--quick", action="store_true", help="one round of two seconds each, in three minutes")
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--seconds", type=float, help="of load for each case, contender and round; default 8")
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
    parser.add_argument("--publish", type=Path, metavar="RESULT", help="make a result the one of docs/performance.md")
    return parser.parse_args()


def main() -> None:
    options = _options()
    if options.publish:
        text = options.publish.read_text()
        PUBLISHED.write_text(text)
        PAGE.write_text(report.page(json.loads(text)))
        return
    plan = Plan(
        options.rounds or (1 if options.quick else 3),
        options.seconds or (2 if options.quick else 8),
        tuple(options.case or [case.name for case in CASES]),
        tuple(options.contender or [one.name for one in CONTENDERS]),
    )
    peers = [peer(text) for text in options.peer]
    postgres = Postgres()
    bench = Bench(plan, postgres, peers)
    try:
        result = bench.run()
    finally:
        postgres.stop(*bench.databases())
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(report.page(result))
    print(f"raw rows: {path.relative_to(ROOT)}", file=sys.stderr)


main()
