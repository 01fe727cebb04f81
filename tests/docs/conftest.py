"""The documentation, built once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as HTML. What Sphinx warns about is an error."""
    directory = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", "-d", str(directory / "trees")]
    built = subprocess.run([*command, str(DOCS), str(directory / "html")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return directory / "html"
