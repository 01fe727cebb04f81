"""What the README and the pages say about the code is true."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from django.core.management import get_commands

from oauth_server.cli.tree import oauth
from tests.docs.markdown import DOCS, ROOT, commands, fences, pages

README = ROOT / "README.md"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def generated() -> Any:
    spec = importlib.util.spec_from_file_location("generated", DOCS / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_specifications_is_that_of_the_code() -> None:
    text = README.read_text()
    assert generated().specs_in_short() in text, "run `python docs/generated.py`"
    assert generated().readme(text) == text


def test_the_figures_of_the_readme_are_those_of_the_last_run() -> None:
    rows = [line.split(" | ") for line in (DOCS / "performance.md").read_text().splitlines()]
    published = {
        row[1]: row[2].partition("**")[2].strip("*")
        for row in rows
        if row[0] == "| Client credentials, opaque token" and len(row) > 7
    }
    asked = (
        "Ours, Django's handler",
        "Ours, lane, prepared cursor",
        "django-oauth-toolkit, as it comes",
        "django-oauth-toolkit, fast secret hash",
    )
    told = re.findall(r"(\d+\.\d{3}) ms", README.read_text())
    assert told == [published[name] for name in asked], "put the figures of docs/performance.md into README.md"


def test_the_readme_and_the_page_about_projects_say_the_same() -> None:
    def code(page: Path) -> list[str]:
        """Without comments and empty lines, and as Python reads it."""
        lines = [re.sub(r"\s+#.*|^#.*", "", fence.text, flags=re.MULTILINE).split() for fence in fences(page, "python")]
        return ["".join(line).replace(",}", "}") for line in lines]

    page = DOCS / "how-to/add-to-a-project.md"
    assert code(README) == code(page)[:4]
    assert fences(README, "shell") == fences(page, "shell")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_documented_command_is_there(page: Path) -> None:
    assert [problem for line in commands(page) if (problem := wrong(line))] == []


def wrong(line: str) -> str:
    """What a command line asks for that is not there."""
    words = shlex.split(line, comments=True)
    if words[:1] == ["python"]:
        del words[0]
    if words[:2] == ["manage.py", "oauth"]:
        del words[0]
    if words[:1] == ["oauth"]:
        return wrong_options(words[1:], line)
    if words[:1] == ["manage.py"]:
        return "" if words[1] in get_commands() or words[1] == "…" else line
    if words[:1] == ["make"]:
        return ", ".join(word for word in words[1:] if "=" not in word and word not in TARGETS)
    return ""


def wrong_options(words: list[str], line: str) -> str:
    command: click.Command = oauth
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if isinstance(command, click.Group) and words and not words[0].startswith(("-", "…")):
        return line
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    return ", ".join(word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known)


def test_the_check_of_commands_sees_what_is_not_there() -> None:
    for line in ("oauth create thing", "oauth create project --nam X", "python manage.py migrat", "make tost"):
        assert wrong(line), line


@pytest.mark.parametrize("page", [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_the_pages_of_the_repository_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
