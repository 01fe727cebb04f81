"""Each Django that the package is for, with the oldest Python that it runs on: the tables are those of the migrations."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wheel.test_wheel import ROOT, run
from tests.wheel.test_wheel import wheel as wheel

pytestmark = [pytest.mark.wheel, pytest.mark.long, pytest.mark.bar("D12")]


def _interpreter(version: str) -> str:
    """The first of this version that answers: a version shim can stand for a Python that is not there."""
    shims = Path.home() / ".pyenv/versions"
    for found in [shutil.which(f"python{version}"), *sorted(shims.glob(f"{version}.*/bin/python"))]:
        if found and subprocess.run([found, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return str(found)
    return pytest.fail(
        f"Python {version} is needed (Debian, Ubuntu: apt-get install python{version}-venv)", pytrace=False
    )


@pytest.mark.parametrize(("django", "python"), [("5.2", "3.11"), ("6.0", "3.12")])
def test_the_models_are_those_of_the_migrations(django: str, python: str, wheel: Path, tmp_path: Path) -> None:
    own = tmp_path / "env/bin/python"
    run(_interpreter(python), "-m", "venv", tmp_path / "env")
    run(own, "-m", "pip", "install", "--quiet", f"{wheel}[accounts]", f"django~={django}.0")
    project = tmp_path / "project"
    shutil.copytree(ROOT / "tests/projects/minimal", project, ignore=shutil.ignore_patterns("__pycache__"))
    env = {"PATH": os.environ["PATH"], "HOME": str(project)}

    def manage(*words: str) -> str:
        return run(own, "manage.py", *words, cwd=project, env=env).stdout

    assert manage("version").startswith(f"{django}.")
    assert manage("makemigrations", "--check", "--dry-run").strip() == "No changes detected"
    manage("migrate", "--verbosity", "0")
    manage("check")
    # and back: a project that goes on without the server is left with its own tables
    manage("migrate", "oauth_server", "zero", "--verbosity", "0")
    manage("migrate", "--verbosity", "0")
