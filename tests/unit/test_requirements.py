"""The exact versions in `.ci/` and what `pyproject.toml` asks for."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FILES = ["build.txt", "requirements.txt", "standalone.txt"]


def pins(name: str) -> dict[str, str]:
    lines = re.findall(r"^([\w.-]+)==([^ ]+)", (ROOT / ".ci" / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in lines}


@pytest.mark.parametrize("extra", ["", *PROJECT["optional-dependencies"]])
def test_every_dependency_has_a_version_that_it_allows(extra: str) -> None:
    asked = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    pinned = pins("requirements.txt")
    for requirement in map(Requirement, asked):
        if requirement.name != PROJECT["name"]:
            assert pinned.get(canonicalize_name(requirement.name), "none") in requirement.specifier, requirement


@pytest.mark.parametrize("name", FILES)
def test_versions_agree_and_name_no_index(name: str) -> None:
    everything = pins("requirements.txt")
    assert {package: version for package, version in pins(name).items() if everything.get(package) != version} == {}
    text = (ROOT / ".ci" / name).read_text()
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("name", FILES)
def test_every_version_has_its_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / ".ci" / name).read_text().split("#    make requirements\n")[1])
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_of_the_third_party_clients_have_hashes_and_name_no_index() -> None:
    clients = ROOT / "tests" / "clients"
    python = (clients / "python" / "requirements.txt").read_text()
    assert "://" not in python
    entries = re.split(r"\n(?=\S)", python.split("#    make requirements\n")[1])
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    packages = json.loads((clients / "node" / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert [name for name, entry in packages.items() if "integrity" not in entry or "resolved" in entry] == []
