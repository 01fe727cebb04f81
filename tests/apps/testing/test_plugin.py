"""The pytest plugin, as the entry point of the installed distribution, in the tests of a project of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "projects/minimal"
OPTIONS = ("-p", "no:randomly", "-p", "no:cacheprovider", "-q")


@pytest.mark.bar("D2")
def test_a_project_tests_its_api_with_the_plugin_and_one_without_django_is_not_disturbed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "pytest.ini").write_text(
        "[pytest]\nDJANGO_SETTINGS_MODULE = minimal.settings\ndjango_debug_mode = true\n"
    )
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare/pytest.ini").write_text("[pytest]\n")
    (tmp_path / "bare/test_it.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'oauth_server.models' not in sys.modules\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    def run(where: Path, *options: str) -> str:
        command = [sys.executable, "-m", "pytest", *OPTIONS, *options]
        done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "3 passed" in run(project)
    assert "1 passed" in run(tmp_path / "bare", "-p", "no:django")
