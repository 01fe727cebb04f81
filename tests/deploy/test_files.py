"""The files of `deploy/`, Dockerfile and compose.yaml: what they call is there, and what they set is read."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFEST = list(yaml.safe_load_all((DEPLOY / "kubernetes/oauth-server.yaml").read_text()))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
HOUSEKEEPING = {"rotate_keys", "clear_expired", "finish_factor_resets"}
# of granian, compose and Docker, not of the settings
ELSEWHERE = {"GRANIAN_WORKERS", "DJANGO_SETTINGS_MODULE", "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def managed(text: str) -> set[str]:
    """The commands of manage.py in a text."""
    return set(re.findall(r"manage\.py[\s,\"]+([a-z_]+)", text))


@pytest.mark.bar("D5.1")
def test_every_deployment_keeps_house_and_delivers_with_commands_that_are_there() -> None:
    texts = {
        "systemd": "".join(unit.read_text() for unit in UNITS),
        "kubernetes": (DEPLOY / "kubernetes/oauth-server.yaml").read_text(),
        "compose": (ROOT / "compose.yaml").read_text(),
    }
    for name, text in texts.items():
        assert managed(text) >= {*HOUSEKEEPING, "deliver_logouts"}, name
        assert managed(text) <= {*get_commands()}, name
    for text in (*texts.values(), (ROOT / "Dockerfile").read_text()):
        for option in re.findall(r"--(?:blocking|respawn|workers|interface)[a-z-]*", text):
            assert option in granian(), option


def granian() -> str:
    if not _help:
        done = subprocess.run([sys.executable, "-m", "granian", "--help"], capture_output=True, text=True, check=True)
        _help.append(done.stdout)
    return _help[0]


_help: list[str] = []


@pytest.mark.bar("D5.1")
def test_every_variable_that_a_deployment_sets_is_read_by_the_settings() -> None:
    read = set(re.findall(r'env\.\w+\("(\w+)"', (ROOT / "config/settings/production.py").read_text()))
    needed = {
        "OAUTH_SERVER_ISSUER",
        "DATABASE_URL",
        "SECRET_KEY",
        "DIGEST_KEYS",
        "ENCRYPTION_KEYS",
        "EMAIL_URL",
        "TRUSTED_PROXIES",
    }
    config = next(part for part in MANIFEST if part["kind"] == "ConfigMap")
    secrets = set(re.findall(r"--from-literal=(\w+)", (DEPLOY / "kubernetes/oauth-server.yaml").read_text()))
    given = {
        "systemd": set(re.findall(r"^(\w+)=", (DEPLOY / "systemd/oauth-server.env").read_text(), re.MULTILINE)),
        "kubernetes": {*config["data"], *secrets},
        "compose": set(COMPOSE["services"]["server"]["environment"]),
    }
    page = (ROOT / "docs/operations/production.md").read_text()
    told = {
        name for line in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`([A-Z_]+)`", line)
    }
    assert told == read
    assert {name: needed - found for name, found in given.items()} == {key: set() for key in given}
    assert {name: found - read - ELSEWHERE for name, found in given.items()} == {key: set() for key in given}


def test_no_container_runs_as_root_or_writes_to_its_disk() -> None:
    for part in MANIFEST:
        for pod in pods(part):
            assert pod["securityContext"]["runAsNonRoot"]
            for container in pod["containers"]:
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    ours = [service for service in COMPOSE["services"].values() if service.get("build")]
    assert len(ours) == 4
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours)
    # a name would not do: an orchestrator cannot tell whether it is root's
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user
    for pod in [pod for part in MANIFEST for pod in pods(part)]:
        own = pod["securityContext"]
        assert (own["runAsUser"], own["runAsGroup"]) == (int(user[1]), int(user[2])) > (0, 0)


def test_compose_waits_for_the_database_that_others_reach() -> None:
    """The image of PostgreSQL makes its first tables with a server that listens on its socket alone."""
    test = COMPOSE["services"]["database"]["healthcheck"]["test"]
    assert "--host=127.0.0.1" in test


def pods(part: Any) -> list[Any]:
    """Each pod template in an object of the manifest."""
    if not isinstance(part, dict):
        return []
    found = [part["spec"]] if "containers" in part.get("spec", {}) else []
    return found + [pod for name, value in part.items() if name != "containers" for pod in pods(value)]


@pytest.mark.long
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").glob("oauth-server*.[st]*r*"):
        (tmp_path / unit.name).write_text(
            unit.read_text().replace("/srv/oauth-server/.venv/bin", str(Path(sys.executable).parent))
        )
    names = shlex.join(sorted(file.name for file in tmp_path.iterdir()))
    checked = subprocess.run(
        ["sh", "-c", f"systemd-analyze verify --man=no {names}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert len(names.split()) == 4


@pytest.mark.long
@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="compose is not here")
def test_compose_takes_the_file_with_the_secrets_that_its_first_lines_name(tmp_path: Path) -> None:
    text = (ROOT / "compose.yaml").read_text()
    secrets = dict.fromkeys(re.findall(r"([A-Z_]+)=…", text), "x" * 40)
    assert len(secrets) == 4
    (tmp_path / "none").touch()
    command = ["docker-compose", "--env-file", str(tmp_path / "none"), "--file", str(ROOT / "compose.yaml")]
    for missing in (None, *secrets):
        env = {"PATH": "/usr/local/bin:/usr/bin", **{name: value for name, value in secrets.items() if name != missing}}
        checked = subprocess.run([*command, "config", "--quiet"], env=env, capture_output=True, text=True, check=False)
        assert (checked.returncode == 0) == (missing is None), checked.stderr
        assert f"set {missing} in .env" in checked.stderr if missing else not checked.stderr


@pytest.mark.long
@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not here")
def test_kubernetes_knows_every_member_of_the_manifest(tmp_path: Path) -> None:
    program = tmp_path / "manifests"
    build = ["go", "build", "-C", str(Path(__file__).parent / "kubernetes"), "-buildvcs=false", "-o", str(program), "."]
    subprocess.run(build, check=True, env={**os.environ, "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"})

    def read(text: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program], input=text, capture_output=True, text=True, check=False)

    text = (DEPLOY / "kubernetes/oauth-server.yaml").read_text()
    taken = read(text)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert [line.rpartition("Kind=")[2] for line in taken.stdout.splitlines()] == [part["kind"] for part in MANIFEST]
    wrong = read(text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"))
    assert (wrong.returncode, "readOnlyRootFileSystem" in wrong.stderr) == (1, True)
