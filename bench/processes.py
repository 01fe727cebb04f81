"""Processes and what they cost, read from /proc (Linux)."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bench.cases import HOST

ROOT = Path(__file__).parents[1]
TICK = os.sysconf("SC_CLK_TCK")
WORKERS, THREADS = 2, 2


def _fields(pid: int | str) -> list[str]:
    """/proc/PID/stat from the third field on; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_of(pids: Iterable[int]) -> dict[int, float]:
    """utime + stime of each of these processes so far, in seconds."""
    found = {pid: _fields(pid) for pid in pids}
    return {pid: (int(fields[11]) + int(fields[12])) / TICK for pid, fields in found.items() if fields}


def used(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds in between, by those that were there at the end."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def group(leader: int) -> list[int]:
    """The processes of a process group."""
    every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in every if (fields := _fields(pid)) and int(fields[2]) == leader]


def with_children(roots: Iterable[int]) -> list[int]:
    found = list(roots)
    parents = {int(p.name): int(f[1]) for p in Path("/proc").iterdir() if p.name.isdigit() and (f := _fields(p.name))}
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid and child not in found]
    return found


def parent_of(pid: int) -> int | None:
    fields = _fields(pid)
    return int(fields[1]) if fields else None


def cpu_of_all() -> float:
    """What the whole machine used so far, in seconds: user, nice, system, irq, softirq."""
    with Path("/proc/stat").open() as stat:
        user, nice, system, _, _, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICK


def rss(pids: Iterable[int]) -> list[float]:
    """Resident memory of each process in MB, largest first."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000)
    return sorted(found, reverse=True)


class Server:
    """granian with one contender's settings."""

    def __init__(self, settings: str, database: str, environment: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.address = "127.0.0.1"
        self.log = Path(tempfile.mkstemp(prefix="oauth-bench-", suffix=".log")[1])
        command = [sys.executable, "-W", "ignore", "-m", "granian", "--interface", "wsgi", "--host", self.address]
        command += ["--port", str(self.port), "--workers", str(WORKERS), "--blocking-threads", str(THREADS)]
        # a thread that ends takes its connection with it; contenders wait for each other
        command += ["--blocking-threads-idle-timeout", "600"]
        self.started = time.perf_counter()
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [*command, "--log-level", "warning", "bench.wsgi:application"],
                cwd=ROOT,
                env={
                    **os.environ,
                    **environment,
                    "DATABASE_URL": database,
                    "DJANGO_SETTINGS_MODULE": f"bench.settings.{settings}",
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, method: str, path: str, headers: dict[str, str], body: str) -> float:
        """Seconds from the start of the process to the first 200."""
        while self._process.poll() is None and time.perf_counter() - self.started < 60:
            connection = http.client.HTTPConnection(self.address, self.port, timeout=20)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request(method, path, body, {"Host": HOST, **headers})
                if connection.getresponse().status == 200:
                    return time.perf_counter() - self.started
            connection.close()
            time.sleep(0.02)
        raise RuntimeError(f"no answer 200 from the server:\n{self.log.read_text()[-3000:]}")

    def pids(self) -> list[int]:
        return group(self._process.pid)

    def workers(self) -> list[int]:
        return [pid for pid in with_children([self._process.pid]) if pid != self._process.pid]

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.log.unlink(missing_ok=True)
