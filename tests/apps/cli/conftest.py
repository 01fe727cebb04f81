"""The commands in the process of the test, and against a running server."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from oauth_server.cli.tree import oauth as tree
from tests.plugins.servers import Server
from tests.ran import Ran as Ran

Oauth = Callable[..., Ran]


def run(*arguments: str, env: dict[str, str] | None = None, input: str | None = None) -> Ran:
    result = CliRunner().invoke(tree, list(arguments), env=env, input=input)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def oauth(db: None, monkeypatch: pytest.MonkeyPatch) -> Oauth:
    """`oauth("create", "project", "--name", "X")`."""
    for name in (
        "OAUTH2_CLIENT_ID",
        "OAUTH2_CLIENT_SECRET",
        "OAUTH_ENDPOINT",
        "OAUTH_TOKEN",
        "OAUTH_TOKEN_FILE",
        "OAUTH_PROJECT",
    ):
        monkeypatch.delenv(name, raising=False)
    return run


@pytest.fixture
def at_server(server: Server, settings: Any, oauth: Oauth) -> Server:
    """The commands speak to the running server, whose database is the test's."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    return server
