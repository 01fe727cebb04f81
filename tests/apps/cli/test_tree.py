"""One tree of commands, two ways to it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from oauth_server.cli.main import run
from oauth_server.cli.tree import oauth as tree
from tests.apps.cli.conftest import Oauth

ROOT = Path(__file__).parents[3]
SCRIPT = Path(sys.executable).parent / "oauth"
VALUES = {"integer range": "7", "integer": "7", "choice": "", "text": "a-value", "length": "7d", "path": "a-file"}


def commands(group: click.Group = tree, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}".strip(), command


JSON = {"metadata", "client_jwks", "jwks", "schema", "words"}
ALL = dict(commands())


def call(*arguments: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={**inherited, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.seed("S-02")
def test_help_lists_every_verb(oauth: Oauth) -> None:
    told = oauth("--help")
    assert told.code == 0
    verbs = (
        "create get list update delete import rotate export apply perform introspect revoke decode doctor completion"
    )
    for verb in verbs.split():
        assert f"\n  {verb} " in told.out


@pytest.mark.seed("S-02")
@pytest.mark.bar("D1.1")
@pytest.mark.parametrize("arguments", [["--help"], ["create", "oauth2-client", "--help"], ["perform", "--help"]])
def test_the_console_script_and_manage_py_reach_the_same_tree(arguments: list[str]) -> None:
    script = call(SCRIPT, *arguments)
    manage = call(sys.executable, "manage.py", "oauth", *arguments)
    assert script.returncode == manage.returncode == 0, script.stderr + manage.stderr
    without_program = [text.replace("manage.py oauth", "oauth").split() for text in (script.stdout, manage.stdout)]
    assert without_program[0] == without_program[1]


def test_django_shows_the_commands_in_its_own_help() -> None:
    assert "create oauth2-client" not in call(sys.executable, "manage.py", "help").stdout
    assert "Usage: manage.py oauth" in call(sys.executable, "manage.py", "help", "oauth").stdout


@pytest.mark.seed("S-02")
def test_outside_a_project_the_script_says_what_it_needs(tmp_path: Path) -> None:
    ran = call(SCRIPT, "list", "projects", cwd=tmp_path)
    assert ran.returncode == 2
    assert "manage.py" in ran.stderr


def test_the_script_takes_the_settings_that_the_manage_py_here_names(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "host.settings")\n')
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "settings.py").write_text("raise SystemExit('the settings of the host')\n")
    assert "the settings of the host" in call(SCRIPT, "list", "projects", cwd=tmp_path).stderr


def test_an_empty_database_is_no_stack_trace(tmp_path: Path) -> None:
    env = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    ran = call(SCRIPT, "list", "projects", env=env)
    assert ran.returncode == 1
    assert "migrate" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("incomplete", "Error: Set the SECRET_KEY environment variable"),
        ("config.settings.none", "Error: DJANGO_SETTINGS_MODULE names config.settings.none, which is not here."),
        ("nowhere.settings", "Error: DJANGO_SETTINGS_MODULE names nowhere.settings, which is not here."),
    ],
)
def test_settings_that_cannot_be_read_are_no_stack_trace(module: str, told: str, tmp_path: Path) -> None:
    # as the production settings say it of a variable that is not set
    text = "from django.core.exceptions import ImproperlyConfigured as No\nraise No('Set the SECRET_KEY environment variable')\n"
    (tmp_path / "incomplete.py").write_text(text)
    ran = call(SCRIPT, "list", "projects", cwd=tmp_path, env={"DJANGO_SETTINGS_MODULE": module})
    assert (ran.returncode, ran.stderr.splitlines()) == (2, [told])


def test_settings_without_an_issuer_are_no_stack_trace(settings: Any, db: None) -> None:
    settings.OAUTH_SERVER = {}
    with pytest.raises(SystemExit) as ended:
        run(["create", "project", "--name", "X"], "oauth")
    assert ended.value.code == 2


@pytest.mark.seed("S-10")
@pytest.mark.bar("D1.4")
@pytest.mark.parametrize("path", ALL)
def test_every_flag_takes_its_value_after_a_space_and_after_an_equals_sign(path: str) -> None:
    command = ALL[path]
    arguments = [_value(param) for param in command.params if isinstance(param, click.Argument)]
    options = [param for param in command.params if isinstance(param, click.Option)]
    flags = [option for option in options if not option.is_flag]
    switches = ["--yes"] if any("--yes" in option.opts for option in options) else []
    values = {flag.name: _value(flag) for flag in flags}
    spaced = [word for flag in flags for word in (flag.opts[0], values[flag.name])]
    joined = [f"{flag.opts[0]}={values[flag.name]}" for flag in flags]
    pairs = [spaced[place : place + 2] for place in range(0, len(spaced), 2)]
    mixed = [word for number, pair in enumerate(pairs) for word in (pair if number % 2 else ["=".join(pair)])]
    parsed = [command.make_context("x", [*form, *switches, *arguments]).params for form in (spaced, joined, mixed)]
    assert parsed[0] == parsed[1] == parsed[2]
    assert all(parsed[0][flag.name] not in (None, ()) for flag in flags if flag.name)


def _value(flag: click.Parameter) -> str:
    if isinstance(flag.type, click.Choice):
        return str(next(iter(flag.type.choices)))
    if flag.name in JSON:
        return "{}"
    return VALUES[flag.type.name]


@pytest.mark.parametrize("path", ALL)
def test_every_command_and_flag_says_what_it_is(path: str) -> None:
    command = ALL[path]
    assert command.help
    unexplained = [p.opts[0] for p in command.params if isinstance(p, click.Option) and not p.help]
    assert unexplained == []


def test_wrong_use_is_exit_2_and_creates_nothing(oauth: Oauth) -> None:
    for arguments in (["create"], ["create", "project"], ["create", "oauth2-client", "--colour"], ["paint"]):
        assert oauth(*arguments).code == 2
