"""The shell blocks of the two guides of the source documents, run as they are pasted, with `ory` as a shell function for our command.

Only `{set to … from output}` is filled in, by what `--format json` says. 000 is the rendered page, its run-together lines split; 001 is the
page's source: it sets `project_id` and uses `$PROJECT_ID`, which is empty.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.cli.test_authorization_code import Browser
from tests.flows import _Forms
from tests.plugins.servers import ROOT, Server, free_port

CREATE_PROJECT = """
ory create project --name "Ory OAuth2 Example"
project_id="{set to the project ID from output}"
"""
MACHINE_000 = (
    CREATE_PROJECT
    + r"""
ory create oauth2-client --project $project_id \
--name "Client Credentials Demo" \
--grant-type client_credentials
client_id="{set to CLIENT ID from output}"
client_secret="{set to CLIENT SECRET from output}"
ory perform client-credentials \
--client-id=$client_id \
--client-secret=$client_secret \
--project $project_id
# Export 'access_token'
access_token="{set to ACCESS TOKEN from output}"
# Perform token introspection
ory introspect token $access_token --project $project_id
"""
)
PERSON_000 = (
    CREATE_PROJECT
    + r"""
ory create oauth2-client --project $project_id \
--name "Authorization Code Grant with OpenID Connect Demo" \
--grant-type authorization_code,refresh_token \
--response-type code \
--redirect-uri http://127.0.0.1:4446/callback
code_client_id="{set to CLIENT ID from output}"
code_client_secret="{set to CLIENT SECRET from output}"
ory perform authorization-code \
--project $project_id \
--client-id $code_client_id \
--client-secret $code_client_secret
# Export 'access_token'
code_access_token="{set to ACCESS TOKEN from output}"
# Perform token introspection
ory introspect token $code_access_token --project $project_id
"""
)
MACHINE_001 = (
    CREATE_PROJECT
    + r"""
   ory create oauth2-client --project "$PROJECT_ID" \
     --name "Client Credentials Demo" \
     --grant-type client_credentials
   client_id="{set to CLIENT ID from output}"
   client_secret="{set to CLIENT SECRET from output}"
   ory perform client-credentials \
     --client-id="$client_id" \
     --client-secret="$client_secret" \
     --project "$PROJECT_ID"
   # Export 'access_token'
   access_token="{set to ACCESS TOKEN from output}"

   # Perform token introspection
   ory introspect token $access_token --project "$PROJECT_ID"
"""
)
PERSON_001 = (
    CREATE_PROJECT
    + r"""
   ory create oauth2-client --project "$PROJECT_ID" \
     --name "Authorization Code Grant with OpenID Connect Demo" \
     --grant-type authorization_code,refresh_token \
     --response-type code \
     --redirect-uri http://127.0.0.1:4446/callback
   code_client_id="{set to CLIENT ID from output}"
   code_client_secret="{set to CLIENT SECRET from output}"
   ory perform authorization-code \
     --project "$PROJECT_ID" \
     --client-id "$code_client_id" \
     --client-secret "$code_client_secret"
   # Export 'access_token'
   code_access_token="{set to ACCESS TOKEN from output}"

   # Perform token introspection
   ory introspect token $code_access_token --project "$PROJECT_ID"
"""
)

# The sample app: no browser of this machine, a port that is free, and no waiting for a click
FUNCTIONS = r"""
ory() {
  local more=()
  if [ "$1 $2" = "perform authorization-code" ]; then more=(--no-open --port "$PORT" --linger 0); fi
  "$PYTHON" -W ignore manage.py oauth "$@" "${more[@]}" --format json >"$OUTPUT/next"
  mv "$OUTPUT/next" "$OUTPUT/last"
  cat "$OUTPUT/last"
}
value() { "$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$OUTPUT/last" "$1"; }
"""
MEMBERS = {
    "the project ID": "id",
    "CLIENT ID": "client_id",
    "CLIENT SECRET": "client_secret",
    "ACCESS TOKEN": "access_token",
}


class Shell:
    """`bash -e` on a pasted script."""

    def __init__(self, server: Server, directory: Path, blocks: str) -> None:
        self.directory = directory
        self.port = free_port()
        script = re.sub(r"\{set to (.+) from output\}", lambda found: f"$(value {MEMBERS[found[1]]})", blocks)
        env = {**server.env, "PYTHON": sys.executable, "OUTPUT": str(directory), "PORT": str(self.port)}
        env.pop("PROJECT_ID", None)
        self._err = (directory / "err").open("w")
        self.process = subprocess.Popen(
            ["bash", "-e", "-c", FUNCTIONS + script], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=self._err
        )

    def end(self) -> int:
        code = self.process.wait(timeout=240)
        self._err.close()
        return code

    @property
    def err(self) -> str:
        return (self.directory / "err").read_text()

    @property
    def last(self) -> Any:
        return json.loads((self.directory / "last").read_text())

    def sample_app(self) -> str:
        """The address of the sample app, once it is there."""
        end = time.monotonic() + 180  # a shared machine can be slow
        while f":{self.port}/" not in self.err and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.1)
        assert f":{self.port}/" in self.err, self.err
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
def paste(server: Server, tmp_path: Path) -> Iterator[Callable[[str], Shell]]:
    started: list[Shell] = []

    def start(blocks: str) -> Shell:
        started.append(Shell(server, tmp_path, blocks))
        return started[-1]

    yield start
    for shell in started:
        shell.process.kill()
        shell.process.wait()


Paste = Callable[[str], Shell]


@pytest.mark.seed("S-04", "S-11", "S-13")
@pytest.mark.parametrize(
    "blocks",
    [
        # the first part of "the whole of 000"
        pytest.param(MACHINE_000, id="000", marks=pytest.mark.long),
        pytest.param(MACHINE_001, id="001"),
    ],
)
def test_the_blocks_about_client_credentials_run_as_pasted(paste: Paste, blocks: str) -> None:
    shell = paste(blocks)
    assert shell.end() == 0, shell.err
    assert shell.last["active"]
    assert shell.last["sub"] == shell.last["client_id"]


@pytest.mark.seed("S-03", "S-04", "S-14", "S-15", "S-17", "S-19")
@pytest.mark.parametrize("blocks", [MACHINE_000 + PERSON_000, PERSON_001], ids=["the whole of 000", "001"])
def test_the_blocks_about_a_person_run_as_pasted(paste: Paste, person: Any, blocks: str) -> None:
    shell = paste(blocks)
    visitor = Browser()
    visitor.sign_in(person)
    start = visitor.open(shell.sample_app())
    link = re.search(r'id="authorize" href="([^"]+)"', start.text)
    assert link
    question = visitor.open(link[1].replace("&amp;", "&"))
    assert "Authorization Code Grant with OpenID Connect Demo" in question.text
    fields = next(fields for _, fields in _Forms(question.text).forms if dict(fields).get("csrfmiddlewaretoken"))
    answer = [*fields, ("decision", "allow")]
    origin = "/".join(question.url.split("/", 3)[:3])
    assert "access_token" in visitor.open(question.url, answer, Origin=origin).text
    assert shell.end() == 0, shell.err
    assert shell.last["active"]
    assert shell.last["sub"] == str(person.pk)


@pytest.mark.seed("S-04")
def test_the_second_project_of_001_makes_the_empty_variable_ambiguous(paste: Paste) -> None:
    shell = paste(MACHINE_001 + PERSON_001)
    assert shell.end() == 2
    assert "counts as not given" in shell.err
    assert shell.err.count("ory-oauth2-example") >= 2
