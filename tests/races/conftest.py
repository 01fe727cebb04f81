"""Real workers on the database of the run: eight processes, on PostgreSQL or on one SQLite file."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from tests import factories
from tests.flows import App
from tests.plugins.servers import Server, database_url, no_stack_trace

WORKERS, THREADS = 8, 2
APPLICATION, PRELOADED = "tests.races.wsgi:application", "tests.plugins.preloaded"


@pytest.fixture(scope="session")
def _racers() -> Iterator[dict[tuple[str, ...], Server]]:
    running: dict[tuple[str, ...], Server] = {}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture
def workers(transactional_db: None, _racers: dict[tuple[str, ...], Server]) -> Iterator[Callable[..., Server]]:
    """A server of several processes, started once for the run. The test fails when it makes the server log a stack trace.

    `grace`: REFRESH_TOKEN_GRACE; `sqlite`: how a transaction begins there, DEFERRED being Django's own way; `isolation`: PostgreSQL's;
    `threads`: of each worker.
    """
    before: dict[Server, int] = {}

    def start(
        grace: int = 10, sqlite: str = "IMMEDIATE", isolation: str = "READ_COMMITTED", threads: int = THREADS
    ) -> Server:
        database = database_url(connection.settings_dict)
        env = {"REFRESH_TOKEN_GRACE": str(grace), "SQLITE_TRANSACTIONS": sqlite, "ISOLATION": isolation}
        kind = (database, str(threads), *env.values())
        if kind not in _racers:
            env["DJANGO_SETTINGS_MODULE"] = "tests.races.settings"
            _racers[kind] = Server(database, WORKERS, threads, env, application=APPLICATION, granian=PRELOADED)
        server = _racers[kind]
        before[server] = len(server.log)
        return server

    yield start
    for server, length in before.items():
        no_stack_trace(server.log[length:])


@pytest.fixture
def app(transactional_db: None) -> App:
    return factories.app()
