"""A big table beside an empty one: latency of the same requests, and what cleaning up costs while the server answers.

`python -m bench --scale 10000000` fills a database of its own by COPY (`seed_scale`); on the server of DATABASE_URL it is kept for the
next run.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

import psycopg

from bench import generators, machine
from bench.cases import CASES, HOST, Paths, Request
from bench.postgres import Postgres
from bench.processes import ROOT, Server

MEASURED = ("client_credentials", "introspection")
FULL, EMPTY = "oauth_bench_scale", "oauth_bench_scale_empty"
# of the access tokens there are
REFRESH, PEOPLE, CLIENTS = 10, 100, 10_000
BATCHES = 60


def run(postgres: Postgres, access: int, rounds: int, seconds: float) -> dict[str, Any]:
    seeds = {EMPTY: _fill(postgres, EMPTY, "bench.seed_ours", 2, 2), FULL: _full(postgres, access)}
    servers = {name: Server("ours_lane", postgres.url_of(name), {}) for name in seeds}
    try:
        for name, server in servers.items():
            first = _request("client_credentials", seeds[name])
            server.wait(first.method, first.path, first.headers, first.body)
        rows = []
        for number in range(rounds + 1):
            for case in MEASURED:
                for name, server in servers.items():
                    # the first round warms up
                    done = _load(server, _request(case, seeds[name]), seconds)
                    rows += [{"round": number, "case": case, "database": name, **done}] if number else []
        cleanup = _cleanup(servers[FULL], seeds[FULL], postgres.url_of(FULL))
    finally:
        for server in servers.values():
            server.stop()
    return {
        "machine": machine.describe(),
        "postgres": postgres.settings(),
        "plan": {"rounds": rounds, "seconds": seconds, "connections": generators.CONNECTIONS},
        "tables": _sizes(postgres.url_of(FULL)),
        "rows": rows,
        "cleanup": cleanup,
    }


def _full(postgres: Postgres, access: int) -> dict[str, Any]:
    """The seed of a database that is there already is in it."""
    try:
        with psycopg.connect(postgres.url_of(FULL)) as connection:
            row = connection.execute("SELECT seed FROM bench_seed WHERE access = %s", [access]).fetchone()
    except psycopg.Error:
        row = None
    if row is not None:
        kept: dict[str, Any] = json.loads(row[0])
        return kept
    counts = [access, access // REFRESH, access // PEOPLE, access // CLIENTS]
    seed = _fill(postgres, FULL, "bench.seed_scale", *counts)
    with psycopg.connect(postgres.url_of(FULL)) as connection:
        connection.execute("CREATE TABLE bench_seed (access bigint, seed text)")
        connection.execute("INSERT INTO bench_seed VALUES (%s, %s)", [access, json.dumps(seed)])
    return seed


def _fill(postgres: Postgres, database: str, program: str, *counts: int) -> dict[str, Any]:
    env = _environment(postgres.create(database))
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
    command = [sys.executable, "-m", program, *map(str, counts)]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
    seed: dict[str, Any] = json.loads(done.stdout)
    return seed


def _environment(url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bench.settings.ours_lane"}


def _request(case: str, seed: dict[str, Any]) -> Request:
    request = next(one for one in CASES if one.name == case).make(Paths(), seed)
    if case != "introspection" or "known" not in seed:
        return request
    # each time another token, from all over the table
    return Request(request.method, request.path, request.headers, "token={}", seed["known"] * 20)


def _load(server: Server, request: Request, seconds: float) -> dict[str, Any]:
    done = generators.load(server.address, server.port, HOST, request, seconds)
    assert done["wrong"] == 0, done["first_wrong"]
    print(
        f"{request.path:20} p50 {done['p50']:.1f} ms  p99 {done['p99']:.1f} ms  {done['requests']}",
        file=sys.stderr,
        flush=True,
    )
    return {name: done[name] for name in ("requests", "seconds", "p50", "p99")}


def _cleanup(server: Server, seed: dict[str, Any], url: str) -> dict[str, Any]:
    """`clear_expired`, batch by batch, while tokens are asked for; and these requests without it."""
    alone = _load(server, _request("client_credentials", seed), 4)
    loads: list[dict[str, Any]] = []
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            loads.append(_load(server, _request("client_credentials", seed), 2))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        time.sleep(0.5)
        command = [sys.executable, "-m", "bench.cleared", str(BATCHES)]
        done = subprocess.run(command, cwd=ROOT, env=_environment(url), check=True, stdout=subprocess.PIPE)
    finally:
        ended.set()
        thread.join()
    batches: list[list[float]] = json.loads(done.stdout)
    return {"batches": batches, "alone": alone, "beside": loads}


def _sizes(url: str) -> list[list[Any]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND reltuples > 0 AND relname ~ '^(oauth_server|auth_user)' ORDER BY 3 DESC LIMIT 5"
        ).fetchall()
    return [list(row) for row in rows]


def report(result: dict[str, Any]) -> str:
    plan, machine_, tables = result["plan"], result["machine"], result["tables"]
    counted = ", ".join(f"{name} {rows:,} rows ({size / 1e9:.1f} GB)" for name, rows, size in tables)
    lines = [
        "## Big tables",
        "",
        f"{machine_['at']}, commit {machine_['commit']}: {plan['rounds']} rounds of {plan['seconds']:g} s for each row, "
        f"{plan['connections']} connections, load average {machine_['load'][0]:.1f}. {counted}. "
        "Introspection asks for another token each time.",
        "",
        "| Case | empty: p50 / p99 ms | full: p50 / p99 ms | p99, full over empty in a round [range] | Goal | |",
        "|---|---|---|---:|---:|---|",
    ]
    for case in MEASURED:
        of = {
            (name, which): [row[which] for row in result["rows"] if (row["case"], row["database"]) == (case, name)]
            for name in (EMPTY, FULL)
            for which in ("p50", "p99")
        }
        # those of one round stand beside each other; the load of the machine changes between rounds
        times = [full / empty for full, empty in zip(of[FULL, "p99"], of[EMPTY, "p99"], strict=True)]
        middle = statistics.median(times)
        title = next(one.title for one in CASES if one.name == case)
        cells = [
            " / ".join(f"{statistics.median(of[name, which]):.1f}" for which in ("p50", "p99"))
            for name in (EMPTY, FULL)
        ]
        cells.append(f"{middle:.2f} [{min(times):.2f}–{max(times):.2f}]")
        verdict = "reached" if middle <= 1.3 else "**fell short**"
        lines.append(f"| {title} | {' | '.join(cells)} | ≤ 1.3 | {verdict} |")
    return "\n".join([*lines, "", *_of_cleanup(result["cleanup"]), ""])


def _of_cleanup(cleanup: dict[str, Any]) -> list[str]:
    full = [seconds * 1000 for count, seconds in cleanup["batches"] if count]
    first, last = statistics.median(full[:5]), statistics.median(full[-5:])
    beside = statistics.median(row["p99"] for row in cleanup["beside"])
    verdict = "reached" if last <= 1.5 * first else "**fell short**"
    goal = f"{last / first:.2f} ×, goal ≤ 1.5: {verdict}"
    return [
        f"`clear_expired` while tokens are issued: {len(full)} batches of {cleanup['batches'][0][0]:,.0f} rows, "
        f"{statistics.median(full):.0f} ms in the median; the last five {last:.0f} ms, the first five {first:.0f} ms ({goal}). "
        f"p99 of client credentials beside it {beside:.1f} ms, alone {cleanup['alone']['p99']:.1f} ms.",
    ]
