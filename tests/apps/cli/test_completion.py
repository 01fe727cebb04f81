"""What a shell offers while a command is typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from oauth_server.cli.tree import oauth as tree
from tests.apps.cli.conftest import Oauth
from tests.factories import ClientFactory, ScopeFactory


def offered(typed: str) -> set[str]:
    *words, incomplete = typed.split(" ")
    return {
        item.value for item in ShellComplete(tree, {}, "oauth", "_OAUTH_COMPLETE").get_completions(words, incomplete)
    }


@pytest.mark.bar("D1.4")
def test_verbs_nouns_flags_and_the_names_of_what_is_here_are_completed(oauth: Oauth) -> None:
    ClientFactory(client_id="photo-book")
    ScopeFactory(name="photos.read")
    oauth("create", "project", "--name", "Staff")
    assert offered("i") == {"import", "introspect"}
    assert offered("get oauth2") == {"oauth2-client"}
    assert "--format" in offered("list scopes --f")
    assert offered("list scopes --format ") == {"table", "json", "yaml"}
    for verb in ("get", "update", "delete"):
        assert offered(f"{verb} oauth2-client photo") == {"photo-book"}
    assert offered("rotate secret ph") == {"photo-book"}
    assert offered("get scope photos") == {"photos.read"}
    assert offered("list scopes --project st") == {"staff"}
    assert offered("get oauth2-client nothing") == set()


@pytest.mark.bar("D1.4")
def test_bash_completes_where_no_project_is_and_offers_no_names_there(oauth: Oauth, tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = oauth("completion", shell)
        assert (script.code, f"_OAUTH_COMPLETE={shell}_complete" in script.out) == (0, True)
    (tmp_path / "script").write_text(oauth("completion", "bash").out)
    typed = """. ./script; COMP_WORDS=(oauth get oauth2-client --pro); COMP_CWORD=3; _oauth_completion oauth; echo "${COMPREPLY[@]}"
    COMPREPLY=(); COMP_WORDS=(oauth get oauth2-client p); _oauth_completion oauth; echo "${COMPREPLY[@]}" """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", typed],
        cwd=tmp_path,
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("--project\n\n", "")
