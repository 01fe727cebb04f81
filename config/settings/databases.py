"""A database from its URL, with the options that this server needs on it."""

from typing import Any

import environ


def database(url: str) -> dict[str, Any]:
    """Connections that stay open: opening one costs more than a token. On SQLite a write takes its lock at once."""
    found: dict[str, Any] = environ.Env.db_url_config(url)
    found["CONN_MAX_AGE"] = None
    found["CONN_HEALTH_CHECKS"] = True
    if found["ENGINE"].endswith("sqlite3"):
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        # a database that does not answer is one that is away: 503 at once, and the worker is free again
        found["OPTIONS"] = {"connect_timeout": 2, **found.get("OPTIONS", {})}
    return found
