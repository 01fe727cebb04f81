"""What a test does on the database of a server that is not its own: run by `manage.py shell` of that server."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests import factories
from tests.invariants import Journal, problems
from tests.plugins.servers import Server
from tests.races import stock


def run(server: Server, deed: str, *arguments: Any) -> Any:
    """Call a function of this module there; what it returned."""
    path = server.directory / "stage.json"
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(arguments))
    done = server.manage(
        "shell", "-v0", "-c", f"from tests.faults import stage; stage._run({str(path)!r}, stage.{deed})"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text())


def _run(name: str, deed: Any) -> None:
    path = Path(name)
    path.write_text(json.dumps(deed(*json.loads(path.read_text()))))


def prepare(url: str, count: int) -> dict[str, Any]:
    """A client with codes and refresh tokens."""
    app = factories.app()
    there: Any = SimpleNamespace(url=url)
    return {
        "client_id": app.client_id,
        "secret": app.secret,
        "verifier": app.verifier,
        "codes": stock.codes(app, there, count),
        "refresh_tokens": stock.refresh_tokens(app, there, count),
    }


def judge(journal: dict[str, Any]) -> list[str]:
    return problems(Journal(**journal))
