"""An existing django-oauth-toolkit database, made by its own migrations and models in a process of its own, becomes ours.

`tests/projects/host_with_dot` is the host: its code imports nothing of ours, and its own tests run before and after.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth.hashers import make_password
from django.db import connection

from oauth_server import clock, copies, digest
from oauth_server.client_auth.authenticate import ALSO_POST
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, ClientSecret, RefreshToken
from oauth_server.tokens import foreign
from tests import factories
from tests.docs.markdown import fences
from tests.flows import App
from tests.plugins.figures import Figure, counted
from tests.plugins.servers import database_url

pytestmark = [pytest.mark.django_db, pytest.mark.bar("D13")]

ROOT = Path(__file__).parents[3]
HOST = ROOT / "tests/projects/host_with_dot"
ROUNDS = 6
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}
PAGE = ROOT / "docs/reference/compatibility.md"
INTRODUCTION = """\
# Compatibility with django-oauth-toolkit

What code that imports only `oauth2_provider` can rely on, asked of a project (`tests/projects/host_with_dot`) with the tokens that it
had: on django-oauth-toolkit 3.4.1 alone, and after {doc}`the takeover </how-to/take-over-django-oauth-toolkit>`. This page is written
by that run.

Bare decorators take opaque tokens alone, because they do not ask `OAUTH2_VALIDATOR_CLASS`; give them
`validator_cls=oauth_server.dot.validator.Validator` for JWTs. Its pages for applications and `contrib.ninja` are not in the table.

"""
STOCK, OURS = "host.settings", "host.settings_taken_over"


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass
class Host:
    """The host project on one database."""

    database: str
    journal: Path
    keys: dict[str, str]

    def run(self, settings: str, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            **self.keys,
            "DATABASE_URL": self.database,
            "JOURNAL": str(self.journal),
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=HOST,
            env=env,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
        return done

    def manage(self, settings: str, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run(settings, "-W", "error", "manage.py", *command, check=check)

    def take_over(self, *options: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.manage(OURS, "oauth", "takeover-dot", *options, check=check)

    def report(self) -> dict[str, Any]:
        items = json.loads(self.take_over("--format", "json").stdout)["items"]
        return {item["what"]: item["count"] for item in items}

    def promises(self, settings: str) -> dict[str, bool]:
        """What the host relies on, by the name of the part of django-oauth-toolkit, and whether it holds."""
        done = self.run(settings, "-m", "orders.tests", check=False)
        assert done.stdout, done.stderr
        print(done.stderr)
        found: dict[str, bool] = json.loads(done.stdout)
        return found

    def dump(self) -> dict[str, int]:
        """Every table with its number of rows."""
        with closing(self._connect()) as connected:
            names = [name for (name,) in connected.execute(TABLES[connection.vendor]).fetchall()]
            return {name: connected.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}

    def _connect(self) -> Any:
        if connection.vendor == "sqlite":
            return sqlite3.connect(self.database.removeprefix("sqlite:///"))
        import psycopg

        where = {name: connection.settings_dict[name.upper()] for name in ("host", "port", "user", "password")}
        name = self.database.rpartition("/")[2]
        return psycopg.connect(dbname=name, **{key: value for key, value in where.items() if value})


class Databases:
    """Fresh ones, and copies of one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made: list[str] = []
        self.is_postgresql = connection.vendor == "postgresql"

    def make(self, of: str = "") -> str:
        name = f"takeover_{uuid4().hex}"
        if not self.is_postgresql:
            path = self.directory / name
            if of:
                shutil.copy(of.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        template = f' TEMPLATE "{of.rpartition("/")[2]}"' if of else ""
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"{template}')
        self.made.append(name)
        return database_url({**connection.settings_dict, "NAME": name})

    def drop(self) -> None:
        with connection._nodb_cursor() as cursor:
            for name in self.made:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def databases(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Databases]:
    with django_db_blocker.unblock():
        found = Databases(tmp_path_factory.mktemp("databases"))
        yield found
        if found.is_postgresql:
            found.drop()


@pytest.fixture(scope="module")
def former(databases: Databases, tmp_path_factory: Any) -> Host:
    """The host as it ran on DOT alone."""
    journal = tmp_path_factory.mktemp("journal") / "journal.json"
    host = Host(databases.make(), journal, {"HOST_KEY": pem(), "HOST_FORMER_KEY": pem()})
    host.manage(STOCK, "migrate", "--verbosity", "0")
    host.manage(STOCK, "generate", host.journal, "--rounds", ROUNDS)
    return host


@pytest.fixture
def host(former: Host, databases: Databases) -> Host:
    """A copy of its database."""
    return Host(databases.make(former.database), former.journal, former.keys)


@pytest.fixture(scope="module")
def taken_over(former: Host, databases: Databases) -> Host:
    found = Host(databases.make(former.database), former.journal, former.keys)
    found.take_over("--apply", "--batch", 7)
    return found


@pytest.fixture
def ours(taken_over: Host, databases: Databases) -> Host:
    """A copy of it."""
    return Host(databases.make(taken_over.database), taken_over.journal, taken_over.keys)


def test_plain_migrate_would_not_do(host: Host):
    done = host.manage(OURS, "migrate", check=False)
    assert "InconsistentMigrationHistory" in done.stderr


def test_the_report_counts_each_class_and_writes_nothing(host: Host):
    before = host.dump()
    found = host.report()
    assert host.dump() == before
    expected = {
        "applications": 9,
        "secrets, slow hash": 6,
        "secrets, clear and generated": 1,
        "signing keys": 2,
        "foreign keys to applications": 1,
        "access tokens, live": 11 * ROUNDS,
        "access tokens, expired": 4 * ROUNDS,
        "access tokens without application": ROUNDS,
        "refresh tokens, live": 9 * ROUNDS,
        "refresh tokens, exchanged": 4 * ROUNDS,
        "refresh tokens of dead families": 2 * ROUNDS,
        "refresh tokens, expired": ROUNDS,
        "refresh tokens without access token": ROUNDS,
        "refresh tokens, duplicates": ROUNDS,
        # each live refresh token, the person's lone access tokens, and all tokens of the machine together
        "families": 11 * ROUNDS + 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert {name for name, count in found.items() if count is None} == {
        "application web",
        "application short-clear",
        "application legacy",
        "application spa",
        "application hybrid",
        "setting ALLOW_URI_WILDCARDS",
    }


def test_the_host_goes_on_as_it_was(ours: Host, former: Host, databases: Databases):
    left = ours.dump()
    for name, count in former.dump().items():
        assert left[name] == count or not name.startswith("oauth2_provider"), name
    now = ours.promises(OURS)
    assert [name for name, kept in now.items() if not kept] == []
    before = Host(databases.make(former.database), former.journal, former.keys).promises(STOCK)
    page = INTRODUCTION + table(before, now)
    if os.environ.get("TABLE") == "write":
        PAGE.write_text(page)
    assert PAGE.read_text() == page, (
        f"write {PAGE.name} anew: TABLE=write pytest tests/apps/dot/test_takeover.py -k goes_on"
    )


def table(before: dict[str, bool], now: dict[str, bool]) -> str:
    """Markdown, with columns of one width."""
    words = {True: "yes", False: "no"}
    lines = [(f"`{name}`" if "." in name else name, words[before[name]], words[now[name]]) for name in sorted(before)]
    rows = [("Part of django-oauth-toolkit", "Alone", "With this server"), *lines]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts) + "\n"


def test_migrations_and_checks_are_clean_afterwards(taken_over: Host):
    taken_over.manage(OURS, "makemigrations", "--check", "--dry-run")
    assert "No migrations to apply" in taken_over.manage(OURS, "migrate").stdout
    assert "no issues" in taken_over.manage(OURS, "check").stdout


def test_the_settings_and_urls_of_the_page_are_what_the_project_needs(taken_over: Host, tmp_path: Path):
    settings, urls = (fence.text for fence in fences(ROOT / "docs/how-to/take-over-django-oauth-toolkit.md", "python"))
    settings = settings.replace("https://example.com/o", "http://testserver/o")
    (tmp_path / "page_urls.py").write_text(urls)
    (tmp_path / "page_settings.py").write_text(f"from host.settings import *\n{settings}\nROOT_URLCONF = 'page_urls'\n")
    checked = "import django; django.setup(); from django.core.management import call_command; call_command('check')"
    found = taken_over.run("page_settings", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {checked}")
    assert "no issues" in found.stdout


def test_a_second_run_does_nothing(taken_over: Host):
    before = taken_over.dump()
    assert "already" in taken_over.take_over("--apply").stderr
    assert taken_over.dump() == before


def test_clients_go_on_with_their_secrets_and_refresh_tokens(ours: Host):
    ours.run(OURS, "-m", "unittest", "orders.clients")
    kinds = "from oauth_server.models import ClientSecret as S; print(sorted(S.objects.values_list('client__client_id', 'kind')))"
    told = ours.run(OURS, "-c", f"import django; django.setup(); {kinds}").stdout
    digested = ["clear", "hybrid", "legacy", "machine", "web"]
    assert told.strip() == str(
        sorted([(name, "digest") for name in digested] + [(n, "hash") for n in ("short", "short-clear")])
    )


DIES = """
import os, sys, django
django.setup()
from oauth_server.cli.main import run
from oauth_server.dot import takeover, takeover_sql
where, times = sys.argv[1], int(sys.argv[2])
come_to, seen = takeover_sql.come_to, []
def dying(name, place=0):
    seen.append(name)
    if seen.count(where) == times:
        os._exit(9)
    come_to(name, place)
takeover_sql.come_to = dying
if where == "migrate":
    takeover.call_command = lambda *a, **k: os._exit(9)
run(["takeover-dot", "--apply", "--batch", "20"], "oauth")
"""
PLACES = [("migrate", 1), ("clients", 1), ("families", 1), ("refresh tokens", 2), ("access tokens", 2), ("finished", 1)]


def test_a_takeover_whose_process_dies_anywhere_goes_on_from_there(host: Host, taken_over: Host):
    for where, times in PLACES:
        assert host.run(OURS, "-W", "error", "-c", DIES, where, times, check=False).returncode == 9, where
    host.take_over("--apply")
    assert host.dump() == taken_over.dump()
    opens = ("test_every_live_token_opens_the_api", "test_no_dead_token_opens_the_api")
    host.run(OURS, "-m", "unittest", *(f"orders.tests.Promises.{name}" for name in opens))


def test_new_rows_do_not_collide_with_old_ones(ours: Host):
    made = "from oauth_server.models import Client; from oauth_server import issuers; "
    made += "print(Client.objects.create(issuer=issuers.first()).pk)"
    assert int(ours.run(OURS, "-c", f"import django; django.setup(); {made}").stdout) > 9


def refused(host: Host) -> str:
    done = host.take_over("--apply", check=False)
    assert done.returncode == 1
    return done.stderr


def test_a_database_without_django_oauth_toolkit_is_refused(databases: Databases, former: Host):
    empty = Host(databases.make(), former.journal, former.keys)
    assert "There is no table oauth2_provider_application" in refused(empty)
    assert empty.dump() == {}


def test_a_database_that_was_ours_from_the_start_is_refused(databases: Databases, former: Host):
    fresh = Host(databases.make(), former.journal, former.keys)
    fresh.manage(STOCK, "migrate", "oauth2_provider", "--verbosity", "0")
    statement = (
        "INSERT INTO django_migrations (app, name, applied) VALUES ('oauth_server', '0001_initial', CURRENT_TIMESTAMP)"
    )
    fresh.run(
        STOCK,
        "-c",
        f"import django; django.setup(); from django.db import connection as c; c.cursor().execute({statement!r})",
    )
    assert "no takeover has begun" in refused(fresh)


def test_an_older_django_oauth_toolkit_is_refused(databases: Databases, former: Host):
    older = Host(databases.make(), former.journal, former.keys)
    older.manage(STOCK, "migrate", "oauth2_provider", "0021", "--verbosity", "0")
    before = older.dump()
    assert "Migrate django-oauth-toolkit to 3.4.1 first" in refused(older)
    assert older.dump() == before


# Which tokens of the journal are active after all: exactly those that lived
ACTIVE = """
import django, json, os
django.setup()
from oauth_server import digest
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, RefreshToken
from oauth_server.tokens import lookup
journal = json.load(open(os.environ["JOURNAL"]))
for kind, name, model in ((Kind.ACCESS_TOKEN, "access", AccessToken), (Kind.REFRESH_TOKEN, "refresh", RefreshToken)):
    rows = model.objects.select_related(*lookup._JOINS).iterator(chunk_size=2000)
    active = {str(row.token_checksum) for row in rows if not lookup.why(row)}
    lived = {str(digest.digest(kind, entry["token"])) for entry in journal[name]["live"]}
    assert active == lived, (name, len(lived - active), len(active - lived))
    print(len(lived))
"""


@pytest.mark.long
@pytest.mark.goal("R20")
def test_a_hundred_thousand_tokens(databases: Databases, former: Host, tmp_path: Path, figure: Figure):
    host = Host(databases.make(), tmp_path / "journal.json", former.keys)
    host.manage(STOCK, "migrate", "--verbosity", "0")
    host.manage(STOCK, "generate", host.journal, "--rounds", counted(3000))
    tokens = sum(host.dump()[f"oauth2_provider_{name}"] for name in ("accesstoken", "refreshtoken"))
    straight = Host(databases.make(host.database), host.journal, host.keys)
    began = time.monotonic()
    straight.take_over("--apply")
    seconds = time.monotonic() - began
    dying = DIES.replace('"20"', '"5000"')
    for where, times in PLACES:
        assert host.run(OURS, "-c", dying, where, times, check=False).returncode == 9, where
    host.take_over("--apply")
    assert host.dump() == straight.dump()
    live, refreshable = host.run(OURS, "-c", ACTIVE).stdout.split()
    whole = json.loads(host.journal.read_text())
    for kind in ("access", "refresh"):
        chains = [entry["successor"] for entry in whole["refresh"]["old"][::1000]]
        kept = {name: entries[::501] for name, entries in whole[kind].items()}
        if kind == "refresh":
            kept["old"] = whole[kind]["old"][::1000]
            kept["live"] += [e for e in whole[kind]["live"] if e["token"] in chains and e not in kept["live"]]
        whole[kind] = kept
    host.journal.write_text(json.dumps(whole))
    host.run(OURS, "-m", "unittest", "orders.clients")
    text = f"{tokens:,} tokens of DOT taken over, uninterrupted and with {len(PLACES)} deaths of the process: {live} access tokens "
    figure("R20", f"{text}and {refreshable} refresh tokens live, 0 lost, 0 revived", seconds)


# What the core does for tokens and secrets of a foreign form


@pytest.fixture
def foreigner(app: App) -> Callable[[str], Any]:
    """Stores a token of another form."""

    def make(value: str) -> Any:
        row = factories.RefreshTokenFactory(application=app.row, authorization__client=app.row)
        AccessToken.objects.create(
            application=app.row,
            user=row.user,
            authorization=row.authorization,
            token_checksum=digest.digest(Kind.ACCESS_TOKEN, value),
            scope="openid",
            resource=[app.row.issuer.identifier],
            created=clock.now(),
            expires=row.expires,
        )
        RefreshToken.objects.filter(pk=row.pk).update(token_checksum=digest.digest(Kind.REFRESH_TOKEN, value))
        return row

    return make


@pytest.mark.parametrize("value", ["MVLeS2ZoCKzLQbIOlqq1DwUmFKGYVY", "a.b.c", "x", "~" * 4096])
def test_a_foreign_token_is_found_while_any_may_live(
    app: App, foreigner: Callable[[str], Any], moving_clock: Any, value: str
):
    foreigner(value)
    assert not app.is_active(value)
    foreign.expect(moving_clock.now())
    copies.clear()
    assert not app.is_active(value)
    foreign.expect(moving_clock.now() + timedelta(seconds=60))
    copies.clear()
    assert app.is_active(value)
    assert app.userinfo(value).status_code == 200
    moving_clock.move(61)
    assert not app.is_active(value)
    assert app.refresh(value).json()["error"] == "invalid_grant"


def test_a_foreign_refresh_token_works_once(app: App, foreigner: Callable[[str], Any], moving_clock: Any):
    foreigner("MVLeS2ZoCKzLQbIOlqq1DwUmFKGYVY")
    foreign.expect(clock.now() + timedelta(days=1))
    answer = app.refresh("MVLeS2ZoCKzLQbIOlqq1DwUmFKGYVY")
    assert answer.status_code == 200
    moving_clock.move(60)
    assert app.refresh("MVLeS2ZoCKzLQbIOlqq1DwUmFKGYVY").json()["error"] == "invalid_grant"
    assert not app.is_active(answer.json()["access_token"])


@pytest.mark.parametrize(
    "value", ["oas_at_1" + "x" * 53, "", "é", "a b", "x" * 4097, "x\x00", "MVLeS2ZoCKzLQbIOlqq1DwUmFKGYVY"]
)
def test_garbage_costs_no_query_once_none_lives(django_assert_num_queries: Any, value: str):
    assert not foreign.is_possible("the-first-asks")
    with django_assert_num_queries(0):
        assert not foreign.is_possible(value)


@pytest.mark.parametrize(
    ("value", "kind"), [("k3JyQ9wZ" * 2 + "hT6bVr1m" * 2, "digest"), ("x" * 40, "hash"), ("hunter2 and more", "hash")]
)
def test_an_imported_secret_that_was_generated_loses_its_slow_hash_at_the_first_use(app: App, value: str, kind: str):
    app.row.secrets.all().delete()
    app.row.secrets.create(kind=ClientSecret.Kind.HASH, verifier=make_password(value))
    app.secret = "wrong" + value
    assert app.client_credentials().status_code == 401
    assert app.row.secrets.get().kind == "hash"
    app.secret = value
    for _ in range(2):
        assert app.client_credentials().status_code == 200
        row = app.row.secrets.get()
        assert (row.kind, row.hint) == (kind, value[-4:] if kind == "digest" else "")
    app.secret = value + "x"
    assert app.client_credentials().status_code == 401


def test_a_client_that_was_taken_over_may_send_its_secret_either_way_until_it_is_narrowed(app: App):
    def status(method: str) -> int:
        row = copy(app.row)
        row.token_endpoint_auth_method = method
        status: int = App(row, app.secret).introspect("x").status_code
        return status

    assert (status("client_secret_basic"), status("client_secret_post")) == (200, 401)
    app.row.metadata = {ALSO_POST: True}
    app.row.save()
    assert (status("client_secret_basic"), status("client_secret_post")) == (200, 200)
    app.row.token_endpoint_auth_method = "client_secret_post"
    app.row.save()
    assert (status("client_secret_basic"), status("client_secret_post")) == (401, 200)
    app.row.token_endpoint_auth_method = "none"
    app.row.save()
    assert (status("client_secret_basic"), status("client_secret_post")) == (401, 401)
