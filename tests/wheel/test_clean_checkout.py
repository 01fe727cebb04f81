"""`make demo` on a clean checkout, with uv and without it: an environment, the database, keys, clients, and a first token."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.servers import free_port
from tests.wheel.test_wheel import ROOT, run

pytestmark = [pytest.mark.wheel, pytest.mark.long]

# Seconds of processor time: what else the machine does meanwhile does not count
MOST = 300
PATIENCE = 1800


def _tools(directory: Path, installer: str) -> str:
    """A PATH with uv, or without it wherever it is."""
    if installer == "uv":
        run(sys.executable, "-m", "venv", directory)
        run(directory / "bin/python", "-m", "pip", "install", "--quiet", "uv")
        (directory / "only").mkdir()
        (directory / "only/uv").symlink_to(directory / "bin/uv")
        return f"{directory / 'only'}{os.pathsep}{os.environ['PATH']}"
    directory.mkdir()
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for file in Path(place).glob("*") if place else ():
            if file.name not in {"uv", "uvx"} and os.access(file, os.X_OK):
                (directory / file.name).unlink(missing_ok=True)
                (directory / file.name).symlink_to(file)
    return str(directory)


def _used() -> float:
    """The processor time of all processes that were started here and have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


@pytest.mark.bar("D7")
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_clean_checkout_shows_a_first_token_in_five_minutes(tmp_path: Path, installer: str) -> None:
    checkout = tmp_path / "checkout"
    run("git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", checkout)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE", "VIRTUAL"))}
    env["PATH"] = _tools(tmp_path / "tools", installer)
    command = ["make", "demo", "ONCE=1", f"PORT={free_port()}"]
    before = _used()
    done = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    told, seconds = done.stdout, _used() - before
    assert done.returncode == 0, told + done.stderr
    print(f"{installer}: {seconds:.0f} seconds")
    assert seconds < MOST
    assert "ACCESS TOKEN \toas_at_" in told
    assert "ACTIVE   \ttrue" in told
    assert (checkout / ".venv/bin/oauth").exists()
