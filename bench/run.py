"""One run: fill the databases, start every contender, measure them in turn, count their statements, ask where the time goes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench import generators, machine, processes, steady
from bench.cases import CASES, HOST, Case, Paths, Request
from bench.contenders import CONTENDERS, Contender, Peer, check_of
from bench.postgres import Postgres
from bench.processes import ROOT, Server

COUNTED = 20


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    only: tuple[str, ...]
    contenders: tuple[str, ...]
    steady: float = 0

    @property
    def warm_up(self) -> float:
        return min(1.0, self.seconds / 4)

    def values(self, per_second: int) -> int:
        """How many codes a contender can use up."""
        return int(self.rounds * (self.seconds + self.warm_up) * per_second) + 4 * COUNTED


@dataclass
class Entrant:
    """A contender or a peer that is up. `seed` holds what is left of the values that can be used once."""

    name: str
    host: str
    port: int
    netloc: str
    paths: Paths
    cases: tuple[str, ...]
    seed: dict[str, Any]
    is_peer: bool = False
    slow: bool = False
    server: Server | None = None
    database: str = ""
    roots: tuple[int, ...] = ()

    def request(self, case: Case) -> Request:
        return case.make(self.paths, self.seed)

    def keep(self, request: Request, left: list[str]) -> None:
        request.values[:] = left

    def ask(self, case: Case, count: int = 1) -> None:
        """Ask on one connection and look at the answers."""
        connection = HTTPConnection(self.host, self.port, timeout=30)
        right = check_of(case, self.is_peer)
        for _ in range(count):
            request = self.request(case)
            value = request.values.pop(0) if request.values else ""
            body = request.body.replace("{}", value)
            connection.request(request.method, request.path, body, {"Host": self.netloc, **request.headers})
            response = connection.getresponse()
            raw = response.read()
            assert response.status == 200, (self.name, case.name, response.status, raw[:500])
            answer = json.loads(raw)
            assert right(answer), (self.name, case.name, answer)
            if request.chained:
                request.values.append(answer["refresh_token"])
        connection.close()

    def pids(self) -> list[int]:
        return self.server.pids() if self.server else processes.with_children(self.roots)


@dataclass
class Bench:
    plan: Plan
    postgres: Postgres
    peers: list[Peer]
    entrants: list[Entrant] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    cold_starts: dict[str, float] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="oauth-bench-") as directory:
            environment = {"BENCH_RSA_KEY": _rsa_key(), "PYTHONHASHSEED": "0"}
            try:
                self._start(Path(directory), environment)
                cases = [case for case in CASES if case.name in self.plan.only]
                for number in range(self.plan.rounds):
                    for case in cases:
                        for entrant in self._in_turn(number):
                            if case.name in entrant.cases:
                                self._measure(number, case, entrant)
                steady_samples = self._steady()
                statements = self._count(cases)
                profile = self._profile(Path(directory), environment)
            finally:
                for entrant in self.entrants:
                    if entrant.server:
                        entrant.server.stop()
        return {
            "machine": machine.describe(),
            "postgres": self.postgres.settings(),
            "plan": {"rounds": self.plan.rounds, "seconds": self.plan.seconds, "connections": generators.CONNECTIONS},
            "cold_starts": self.cold_starts,
            "steady": steady_samples,
            "statements": statements,
            "profile": profile,
            "rows": self.rows,
        }

    def _in_turn(self, number: int) -> list[Entrant]:
        """Another one begins each round: whatever happens to the machine meanwhile does not meet the same one every time."""
        first = number % len(self.entrants)
        return self.entrants[first:] + self.entrants[:first]

    def databases(self) -> list[str]:
        return [_database(contender.name) for contender in CONTENDERS] + [_database(f"seed_{s}") for s in _SEEDS]

    def _start(self, directory: Path, environment: dict[str, str]) -> None:
        chosen = [contender for contender in CONTENDERS if contender.name in self.plan.contenders]
        for seed in sorted({contender.seed for contender in chosen}):
            self._fill(seed, directory, environment)
        for contender in chosen:
            self._start_one(contender, directory, environment)
        for peer in self.peers:
            self.entrants.append(
                Entrant(
                    peer.name,
                    peer.host,
                    peer.port,
                    peer.netloc,
                    peer.paths,
                    peer.cases,
                    peer.seed,
                    True,
                    roots=peer.pids,
                )
            )

    def _fill(self, seed: str, directory: Path, environment: dict[str, str]) -> None:
        """A database with rows, for the contenders to be copied from."""
        print(f"{time.strftime('%X')} filling the database of {seed}", file=sys.stderr, flush=True)
        settings, program, per_second = _SEEDS[seed]
        codes, refresh_tokens = self.plan.values(per_second), min(2000, 100 * per_second)
        url = self.postgres.create(_database(f"seed_{seed}"))
        env = {**os.environ, **environment, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": f"bench.settings.{settings}"}
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        fill = [sys.executable, "-m", program, str(codes), str(refresh_tokens)]
        done = subprocess.run(fill, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
        (directory / seed).write_bytes(done.stdout)

    def _start_one(self, contender: Contender, directory: Path, environment: dict[str, str]) -> None:
        database = _database(contender.name)
        url = self.postgres.create(database, template=_database(f"seed_{contender.seed}"))
        path = directory / contender.seed
        server = Server(contender.name, url, {**environment, "BENCH_SEED": str(path)})
        entrant = Entrant(
            contender.name,
            server.address,
            server.port,
            HOST,
            contender.paths,
            contender.cases,
            json.loads(path.read_text()),
            slow=contender.slow,
            server=server,
            database=database,
        )
        self.entrants.append(entrant)
        first = entrant.request(next(case for case in CASES if case.name == "client_credentials"))
        self.cold_starts[contender.name] = server.wait(first.method, first.path, first.headers, first.body)

    def _measure(self, number: int, case: Case, entrant: Entrant) -> None:
        entrant.ask(case)
        target = entrant.host, entrant.port, entrant.netloc
        request = entrant.request(case)
        if not entrant.slow:
            entrant.keep(request, generators.load(*target, request, self.plan.warm_up)["left"])
        row: dict[str, Any] = {"round": number, "case": case.name, "contender": entrant.name}
        row["load"] = generators.name_of(request)
        with self._cpu(entrant, row):
            done = generators.load(*target, request, self.plan.seconds)
        entrant.keep(request, done.pop("left"))
        assert done.pop("wrong") == 0, (entrant.name, case.name, done["first_wrong"])
        del done["first_wrong"]
        row |= done
        row["rss"] = processes.rss(entrant.server.workers()) if entrant.server else []
        entrant.ask(case)
        count = row["requests"]
        row |= {"rate": count / row["seconds"]}
        row |= {f"{part}_ms": row[part] * 1000 / count for part in ("server", "database")}
        row["ms"] = row["server_ms"] + row["database_ms"]
        row["others_cores"] = row["others"] / row["seconds"]
        self.rows.append(row)
        print(
            f"{number + 1} {case.name:24} {entrant.name:16} {row['rate']:8.0f}/s  {row['server_ms']:7.3f} + "
            f"{row['database_ms']:.3f} = {row['ms']:7.3f} ms  p99 {row['p99']:7.1f} ms  others {row['others_cores']:.2f} cores",
            file=sys.stderr,
            flush=True,
        )

    @contextmanager
    def _cpu(self, entrant: Entrant, row: dict[str, Any]) -> Iterator[None]:
        """Seconds of CPU by whom: the server, its connections' backends, the rest of PostgreSQL, the generator, all others."""
        before, all_before = self._readings(entrant), processes.cpu_of_all()
        yield
        after, all_after = self._readings(entrant), processes.cpu_of_all()
        used = {name: processes.used(before[name], after[name]) for name in after}
        used["database_rest"] -= used["database"]
        row |= used
        row["others"] = all_after - all_before - sum(used.values())

    def _readings(self, entrant: Entrant) -> dict[str, dict[int, float]]:
        times = os.times()
        return {
            "server": processes.cpu_of(entrant.pids()),
            "database": processes.cpu_of(self.postgres.backends(entrant.database) if entrant.database else []),
            "database_rest": processes.cpu_of(self.postgres.pids()),
            "generator": {0: times.children_user + times.children_system + times.user + times.system},
        }

    def _count(self, cases: list[Case]) -> dict[str, dict[str, float | None]]:
        """Statements of a request as the server's log has them, BEGIN and COMMIT counted."""
        found: dict[str, dict[str, float | None]] = {}
        self.postgres.count_statements(True)
        for entrant in self.entrants:
            for case in cases:
                if case.name not in entrant.cases or not entrant.database:
                    continue
                count = COUNTED // 4 if entrant.slow else COUNTED
                before = self.postgres.logged(entrant.database)
                entrant.ask(case, count)
                time.sleep(0.1)
                after = self.postgres.logged(entrant.database)
                counted = None if before is None or after is None else (after - before) / count
                found.setdefault(entrant.name, {})[case.name] = counted
        self.postgres.count_statements(False)
        return found

    def _steady(self) -> list[dict[str, float]]:
        """Memory of the lane over minutes, where they are asked for."""
        entrant = next((one for one in self.entrants if one.name == "ours_lane"), None)
        if entrant is None or entrant.server is None or not self.plan.steady:
            return []
        return steady.run(entrant.server, entrant.seed, self.plan.steady)

    def _profile(self, directory: Path, environment: dict[str, str]) -> dict[str, Any]:
        if "ours_lane" not in self.plan.contenders:
            return {}
        env = {
            **os.environ,
            **environment,
            "BENCH_SEED": str(directory / "ours"),
            "DATABASE_URL": self.postgres.url_of(_database("ours_lane")),
            "DJANGO_SETTINGS_MODULE": "bench.settings.ours_lane",
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.profiled"], cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


# settings, program, codes per second
_SEEDS = {
    "dot": ("dot", "bench.seed_dot", 10),
    "dot_fast": ("dot_fast", "bench.seed_dot", 500),
    "ours": ("ours_lane", "bench.seed_ours", 1500),
}


def _database(name: str) -> str:
    return f"oauth_bench_{name}"


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()
