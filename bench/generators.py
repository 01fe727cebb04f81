"""Load on a server: `wrk` for requests that are all the same where it is installed, else `bench.load`."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.cases import Request
from bench.processes import ROOT

CONNECTIONS = 16
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def name_of(request: Request) -> str:
    return "wrk" if not request.values and shutil.which("wrk") else "bench.load"


def load(host: str, port: int, netloc: str, request: Request, seconds: float) -> dict[str, Any]:
    """requests, wrong, first_wrong, seconds, p50, p99, left."""
    with_wrk = name_of(request) == "wrk" and seconds >= 1
    return (_wrk if with_wrk else _own)(host, port, netloc, request, seconds)


def _own(host: str, port: int, netloc: str, request: Request, seconds: float) -> dict[str, Any]:
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    order = {
        "host": host,
        "port": port,
        "head": "\r\n".join([*lines, ""]),
        "body": request.body,
        "values": request.values,
        "chained": request.chained,
        "seconds": seconds,
        "connections": CONNECTIONS,
    }
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(order), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _wrk(host: str, port: int, netloc: str, request: Request, seconds: float) -> dict[str, Any]:
    headers = {"Host": netloc, **request.headers}
    script = [f"wrk.method = {json.dumps(request.method)}", f"wrk.body = {json.dumps(request.body)}"]
    script += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "request.lua")
        path.write_text("\n".join(script))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "--latency", "--timeout", "20s"]
        command += ["-s", str(path), f"http://{host}:{port}{request.path}"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count = re.search(r"(\d+) requests in ([\d.]+)(\w+)", printed)
    assert count is not None, printed
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    return {
        "requests": int(count[1]),
        "wrong": int(wrong[1]) if wrong else 0,
        "first_wrong": printed if wrong else "",
        "seconds": float(count[2]) * _UNITS[count[3]] / 1000,
        "p50": _percentile(printed, "50"),
        "p99": _percentile(printed, "99"),
        "left": [],
    }


def _percentile(printed: str, which: str) -> float:
    found = re.search(rf"^\s+{which}%\s+([\d.]+)(\w+)", printed, re.MULTILINE)
    assert found is not None, printed
    return float(found[1]) * _UNITS[found[2]]
