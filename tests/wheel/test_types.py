"""The types of the wheel, as a project of somebody else sees them: mypy in strict mode on code that uses what is public."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wheel.test_wheel import ROOT, _install
from tests.wheel.test_wheel import python as python
from tests.wheel.test_wheel import wheel as wheel

pytestmark = [pytest.mark.wheel, pytest.mark.long]

# Each line is wrong in one way; were the name untyped, nothing would be found and the word beside it would be unused, which is an error too
WRONG = """
from typing import Any
from uuid import UUID

from oauth_server.grants.base import Grant, Subject, TokenRequest
from oauth_server.policy.issuing import Asked
from oauth_server.resource_server.verifier import Verifier
from oauth_server.signals import family_revoked

Verifier("https://auth.example.com")  # type: ignore[call-arg]
Verifier("https://auth.example.com", audience="x").verify("x", scopes=1)  # type: ignore[arg-type]
number: int = Verifier("https://auth.example.com", audience="x").verify("x").scope  # type: ignore[assignment]


class Barter(Grant):
    def validate(self, request: TokenRequest) -> str:  # type: ignore[override]
        return ""


def policy(asked: Asked) -> int:
    return asked.scopes  # type: ignore[return-value]


@family_revoked.receiver  # type: ignore[arg-type]
def forget(sender: Any, *, authorization_id: str, reason: UUID, **kwargs: Any) -> None: ...
"""


@pytest.mark.bar("D9")
def test_a_project_that_uses_what_is_public_passes_mypy_in_strict_mode(python: Path, tmp_path: Path) -> None:
    _install(python, "django-stubs", "djangorestframework-stubs")
    shop = tmp_path / "shop"
    shutil.copytree(ROOT / "tests/extended", shop, ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    (shop / "wrong.py").write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-executable", str(python), "shop"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stdout.startswith("Success: no issues found in"), done.stdout + done.stderr
