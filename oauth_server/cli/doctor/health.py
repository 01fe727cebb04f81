"""The server's own word on itself: `/readyz`."""

from collections.abc import Iterator

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("health")
_CHANGES = {
    "database": "See that the database runs, and what DATABASE_URL says.",
    "migrations": "Run `manage.py migrate`.",
    "cache": "See that the cache runs, and what CACHE_URL says; for the database's own run `manage.py createcachetable`.",
    "active_key": "Run `manage.py rotate_keys`, and see whether ENCRYPTION_KEYS is the one that the keys were stored under.",
    "outbox": "Keep `manage.py deliver_logouts --watch 5` running.",
}


def check(site: Site) -> Iterator[Finding]:
    try:
        answer = site.get(f"{site.root}/readyz")
    except fetch.Unreachable as error:
        yield _AREA.error(str(error), "See that the server runs.")
        return
    told = answer.json().get("checks")
    if not isinstance(told, dict):
        # a proxy may keep the probes to itself
        return
    found = [(name, word) for name, word in told.items() if word != "ok"]
    for name, word in found:
        how = _AREA.warning if name == "outbox" else _AREA.error
        yield how(f"{name} is {word}", _CHANGES.get(name, "Look into the server's log."))
    if not found:
        yield _AREA.ok("database, migrations, cache, keys and outbox are in order")
