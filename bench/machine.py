"""On what a run ran."""

import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.processes import ROOT, THREADS, WORKERS

_PACKAGES = ("django", "django-oauth-toolkit", "granian", "psycopg", "cryptography", "joserfc")


def describe() -> dict[str, Any]:
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(),
        "server": f"granian, WSGI, {WORKERS} workers × {THREADS} blocking threads",
        "wrk": shutil.which("wrk") is not None,
        "load": os.getloadavg(),
    }


def _commit() -> str:
    git = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
