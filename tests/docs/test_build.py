"""The documentation as it is built."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.seed("S-63")
def test_every_page_shows_the_version_of_the_package(tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", "-d", str(tmp_path / "trees")]
    built = subprocess.run([*command, str(ROOT / "docs"), str(tmp_path / "html")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = [tmp_path / "html" / source.relative_to(ROOT / "docs").with_suffix(".html") for source in sources()]
    assert pages
    assert [page.name for page in pages if f"django-oauth-server {version}" not in page.read_text()] == []


def sources() -> list[Path]:
    return [page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts]
