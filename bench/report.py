"""docs/performance.md, made of one result and of nothing else."""

import statistics
from collections.abc import Iterable
from typing import Any

from bench import steady
from bench.cases import CASES, Case
from bench.contenders import CONTENDERS, Contender

STOCK, FAST = "dot", "dot_fast"
BUSY = 0.1  # cores that other processes may use
MEMORY, COLD_START = 120, 2.0
# case, contender, times as cheap as whom, mark
MARKS = [
    ("client_credentials", "ours_lane", STOCK, 300.0),
    ("client_credentials", "ours_lane", "floor_wsgi", 0.9),
    ("client_credentials", "ours_django", "floor_django", 0.9),
    ("introspection", "ours_lane", "floor_wsgi", 0.9),
    ("introspection", "ours_django", "floor_django", 0.9),
    ("refresh", "ours_lane", FAST, 5.0),
    ("code", "ours_lane", FAST, 5.0),
]
INTRODUCTION = """\
# Performance

What a request costs: here, on django-oauth-toolkit, and on bare code that runs the same SQL and little else (the *floor*).
This page is printed by `python -m bench --publish RESULT` from one run, whose raw rows are in `bench/results/published.json`.

The unit is **milliseconds of CPU for one request, server processes + PostgreSQL backends**. Only figures of one run are compared.
"""
METHOD = """\
## How it is measured

- `make bench` (`make bench QUICK=1`) starts a PostgreSQL with its defaults (fsync and synchronous_commit on) and a directory of its own,
  or uses `DATABASE_URL`.
  Every contender has a copy of one filled database, a settings module in `bench/settings/` without middleware, and servers of its own.
- The contenders take turns, A B C …, in every round; medians are shown. Answers are decoded and checked before and after each measurement
  (a token of the expected kind, `active: true`, a refresh that works), and every answer of the load has to be 200.
- Load: 16 keep-alive connections from one process whose CPU is not counted: `wrk` where it is installed (`apt-get install wrk`) and the
  requests are all the same, else `bench/load.py` (raw sockets). Codes and refresh tokens are a queue of fresh ones; a refresh puts its
  answer back.
- CPU is utime + stime of `/proc`, ticks of 10 ms. Statements are counted in PostgreSQL's log, BEGIN and COMMIT with them.
- A peer takes part with `python -m bench --peer NAME=URL,CLIENT_ID,SECRET,PID` (client credentials and introspection).
- `--quick` takes three minutes on a quiet machine, `--case` and `--contender` narrow a run. `--steady 10` adds ten minutes of load on
  the lane and watches its memory. `--scale 10000000` fills a database by COPY and compares it with an empty one instead.

The floor checks the secret, makes and digests the token, signs, and writes JSON, on a connection that it looks after as the lane does
(`close_if_unusable_or_obsolete`, `wrap_database_errors`; tables with many columns without psycopg's `description`).
It knows no scopes, audiences, limits, audit, stale copies or errors.
`× stock` and `× fast` say how many times as much CPU django-oauth-toolkit takes; `of floor` is the floor's CPU over ours with the same
front end, 1.00 where ours costs no more.
"""


def page(result: dict[str, Any], big: str = "") -> str:
    medians = _medians(result["rows"])
    parts = [INTRODUCTION, _conditions(result), _table(result, medians), _marks(medians), _budget(result, medians)]
    return "\n".join([*parts, _footprint(result), *([big] if big else []), _profile(result), METHOD])


def _medians(rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key in dict.fromkeys((row["case"], row["contender"]) for row in rows):
        its = [row for row in rows if (row["case"], row["contender"]) == key]
        names = ("rate", "server_ms", "database_ms", "ms", "p50", "p99")
        found[key] = {name: statistics.median(row[name] for row in its) for name in names}
        found[key] |= {"lowest": min(row["rate"] for row in its), "highest": max(row["rate"] for row in its)}
    return found


def _conditions(result: dict[str, Any]) -> str:
    machine, plan, postgres = result["machine"], result["plan"], result["postgres"]
    others = [row["others_cores"] for row in result["rows"]]
    middle, most = statistics.median(others), max(others)
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    lines = [
        "## The run",
        "",
        f"{machine['at']}, commit {machine['commit']}: {machine['cpu']}, {machine['cores']} cores. {machine['server']}. "
        f"Python {machine['python']}, {packages}. PostgreSQL {postgres['server_version']}: fsync {postgres['fsync']}, "
        f"synchronous_commit {postgres['synchronous_commit']}, shared_buffers {postgres['shared_buffers']}. "
        f"{plan['rounds']} {'round' if plan['rounds'] == 1 else 'rounds'} of {plan['seconds']:g} s for each row; "
        f"load by {', '.join(sorted({row['load'] for row in result['rows']}))}.",
        "",
        f"Other processes used {middle:.2f} cores in the median, {most:.2f} at most.",
    ]
    if middle > BUSY:
        lines.append(
            f"**The machine was busy** (more than {BUSY} cores): requests per second and latencies say little, "
            "CPU per request is higher than on a quiet machine. Ratios are rough too, because the load beside two contenders was not "
            "the same; those to the floor have differed by a quarter between two such runs. No mark and no goal is settled by this run."
        )
    if plan["rounds"] == 1:
        lines.append("One round has no range: each row is a single measurement.")
    return "\n".join([*lines, ""])


def _table(result: dict[str, Any], medians: dict[tuple[str, str], dict[str, Any]]) -> str:
    lines = [
        "## What a request costs",
        "",
        "| Case | Contender | server + PG = ms | req/s [range] | p50 / p99 ms | SQL | × stock | × fast | of floor |",
        "|---|---|---|---|---|---:|---:|---:|---:|",
    ]
    for case in CASES:
        for name in [key[1] for key in medians if key[0] == case.name]:
            lines.append(_line(case, name, result, medians))
    lines += [
        "",
        "The JWT row is compared with django-oauth-toolkit's opaque token: it issues no JWT access tokens.",
        "",
    ]
    return "\n".join(lines)


def _line(case: Case, name: str, result: dict[str, Any], medians: dict[tuple[str, str], dict[str, Any]]) -> str:
    row = medians[case.name, name]
    contender = next((one for one in CONTENDERS if one.name == name), Contender(name, name))
    statements = result["statements"].get(name, {}).get(case.name)
    cells = [
        case.title,
        contender.title,
        f"{row['server_ms']:.3f} + {row['database_ms']:.3f} = **{row['ms']:.3f}**",
        f"{row['rate']:,.0f} [{row['lowest']:,.0f}–{row['highest']:,.0f}]",
        f"{row['p50']:.1f} / {row['p99']:.1f}",
        "–" if statements is None else f"{statements:g}",
        *(_times(ratio(medians, case.name, name, base)) for base in (STOCK, FAST)),
        _times(ratio(medians, case.name, name, contender.floor), 2) if contender.floor else "–",
    ]
    return f"| {' | '.join(cells)} |"


def ratio(medians: dict[tuple[str, str], dict[str, Any]], case: str, name: str, base: str) -> float | None:
    """How many times as much CPU the base takes."""
    of_base = medians.get((case, base)) or (
        medians.get(("client_credentials", base)) if case == "client_credentials_jwt" else None
    )
    row = medians.get((case, name))
    return of_base["ms"] / row["ms"] if of_base and row and row["ms"] else None


def _times(value: float | None, digits: int | None = None) -> str:
    if value is None:
        return "–"
    if digits is None:
        digits = 2 if value < 1 else 1 if value < 20 else 0
    return f"{value:,.{digits}f}"


def _marks(medians: dict[tuple[str, str], dict[str, Any]]) -> str:
    titles = {one.name: one.title for one in CONTENDERS}
    cases = {case.name: case.title for case in CASES}
    lines = ["## Marks", "", "| Case | Contender | Beside | Mark | Reached | |", "|---|---|---|---:|---:|---|"]
    for case, name, base, mark in MARKS:
        found = ratio(medians, case, name, base)
        if found is not None:
            verdict = "passed" if found >= mark else "**fell short**"
            digits = 2 if mark < 1 else None
            lines.append(
                f"| {cases[case]} | {titles[name]} | {titles[base]} | {mark:g} × | {_times(found, digits)} × | {verdict} |"
            )
    return "\n".join([*lines, ""])


def _budget(result: dict[str, Any], medians: dict[tuple[str, str], dict[str, Any]]) -> str:
    """The goals in milliseconds, which hold on a quiet machine, and the statements."""
    lines = [
        "## Goals",
        "",
        "Milliseconds that the lane is to reach on a quiet machine of two cores, and statements for one request.",
        "",
        "| Case | Goal | Lane | of the floor in this run | | Statements allowed | counted |",
        "|---|---:|---:|---:|---|---:|---:|",
    ]
    for case in CASES:
        row, floor = medians.get((case.name, "ours_lane")), medians.get((case.name, "floor_wsgi"))
        if row is None:
            continue
        counted = result["statements"].get("ours_lane", {}).get(case.name)
        verdict = "" if case.goal is None else "reached" if row["ms"] <= case.goal else "**fell short**"
        cells = [
            case.title,
            "–" if case.goal is None else f"≤ {case.goal:g}",
            f"{row['ms']:.3f}",
            "–" if floor is None else f"{floor['ms']:.3f}",
            verdict,
            str(case.statements),
            "–" if counted is None else f"{counted:g}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _footprint(result: dict[str, Any]) -> str:
    lines = [
        "## Memory and start",
        "",
        f"Goals: at most {MEMORY} MB of resident memory for each worker under load, {COLD_START:g} s from the start of the "
        "process to the first 200 (a client credentials request).",
        "",
        "| Contender | largest worker, MB | start, s |",
        "|---|---:|---:|",
    ]
    for contender in CONTENDERS:
        sizes = [row["rss"][0] for row in result["rows"] if row["contender"] == contender.name and row["rss"]]
        if sizes:
            start = result["cold_starts"][contender.name]
            memory, begin = _beside(max(sizes), MEMORY, "{:.0f}"), _beside(start, COLD_START, "{:.1f}")
            lines.append(f"| {contender.title} | {memory} | {begin} |")
    samples = result.get("steady")
    return "\n".join([*lines, "", *(steady.report(samples, MEMORY) if samples else [])])


def _beside(value: float, most: float, shape: str) -> str:
    return shape.format(value) + ("" if value <= most else " **above**")


def _profile(result: dict[str, Any]) -> str:
    titles = {case.name: case.title for case in CASES}
    lines = [
        "## Where the time goes",
        "",
        "The lane called in one process of the same run: CPU of the thread for one request (10th percentile), and the functions "
        "that take the largest shares of their own time under `cProfile` on the same clock, which makes small functions look dearer "
        "than they are.",
        "",
    ]
    for case, found in result["profile"].items():
        lines += [f"{titles[case]}: {found['ms']:.3f} ms", ""]
        lines += _functions(found["functions"])
    return "\n".join(lines)


def _functions(functions: Iterable[dict[str, Any]]) -> list[str]:
    lines = ["| Function | Share | Calls for one request |", "|---|---:|---:|"]
    lines += [f"| `{row['function']}` | {row['share']:.1%} | {row['calls']:g} |" for row in functions]
    return [*lines, ""]
