"""System checks: each id fires on its own fault and on nothing else, and a bad deployment exits non-zero."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core import checks as django_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_server import checks, conf
from oauth_server.checks import database, deploy
from oauth_server.dot import settings as dot_settings
from oauth_server.dot.validator import Validator
from oauth_server.models import StorageKey

ROOT = Path(__file__).parents[3]
RULES = {rule.id: rule for rule in checks.RULES}
ISSUER = "https://id.example.com"


class Narrower(Validator):
    """A host's own bridge."""


def ids(*, deploy: bool = False) -> set[str]:
    return {
        message.id
        for message in checks.run(rule for rule in checks.RULES if rule.deploy == deploy and not rule.database)
        if message.id
    }


def issuer(**values: Any) -> dict[str, Any]:
    return {"OAUTH_SERVER": {"ISSUER": ISSUER, **values}}


def provider(**values: Any) -> dict[str, Any]:
    return {"OAUTH2_PROVIDER": {**dot_settings.OAUTH2_PROVIDER, **values}}


def provider_without(name: str) -> dict[str, Any]:
    return {"OAUTH2_PROVIDER": {key: value for key, value in dot_settings.OAUTH2_PROVIDER.items() if key != name}}


# id, the settings that are wrong, whether the rule is one of `check --deploy`
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("oauth_server.E001", {"OAUTH_SERVER": ["x"]}),
    ("oauth_server.E001", issuer(ISSUR="x")),
    ("oauth_server.E001", issuer(TRUSTED_PROXIES=["proxy"])),
    ("oauth_server.E002", {"OAUTH_SERVER": {}}),
    ("oauth_server.E002", {"OAUTH_SERVER": {"ISSUER": ""}}),
    ("oauth_server.E003", issuer(ISSUER="id.example.com")),
    ("oauth_server.E003", issuer(ISSUER="https://id.example.com?x=1")),
    ("oauth_server.E003", issuer(ISSUER="ftp://id.example.com")),
    ("oauth_server.E013", issuer(AUDIT_WEBHOOK_URL="https://siem.example", AUDIT_WEBHOOK_SECRET="short")),
    ("oauth_server.E013", issuer(AUDIT_WEBHOOK_URL="http://siem.example", AUDIT_WEBHOOK_SECRET="s" * 40)),
    ("oauth_server.E004", {"OAUTH2_PROVIDER_APPLICATION_MODEL": "oauth2_provider.Application"}),
    ("oauth_server.E004", {"OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": None}),
    ("oauth_server.E005", provider_without("OAUTH2_VALIDATOR_CLASS")),
    ("oauth_server.E005", provider(OAUTH2_VALIDATOR_CLASS="oauth2_provider.oauth2_validators.OAuth2Validator")),
    ("oauth_server.E005", provider(SCOPES_BACKEND_CLASS="no.such.module.Scopes")),
    ("oauth_server.E005", provider(RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR=None)),
    ("oauth_server.W001", {"ROOT_URLCONF": f"{__name__}_urls_of_dot"}),
    ("oauth_server.W002", {"ROOT_URLCONF": f"{__name__}_no_urls"}),
    ("oauth_server.W002", issuer(ISSUER="https://id.example.com/elsewhere")),
    ("oauth_server.W003", {"ALLOWED_HOSTS": ["other.example.com"]}),
    ("oauth_server.W004", provider(REFRESH_TOKEN_GRACE_PERIOD_SECONDS=10)),
    ("oauth_server.W005", issuer(KEY_PUBLICATION=60)),
    ("oauth_server.E014", issuer(HYDRA_LOGIN_URL="http://login.example/login")),
    ("oauth_server.E014", issuer(HYDRA_CONSENT_URL="javascript:alert(1)")),
    ("oauth_server.W008", {**issuer(SESSION_MANAGEMENT=True), "MIDDLEWARE": []}),
]
DEPLOYED: list[tuple[str, dict[str, Any]]] = [
    ("oauth_server.E101", issuer(ISSUER="http://id.example.com")),
    ("oauth_server.E101", {"OAUTH_SERVER": None}),
    ("oauth_server.E102", {"DEBUG": True}),
    ("oauth_server.E103", {"SECRET_KEY": "short"}),
    ("oauth_server.E103", {"SECRET_KEY": "x" * 60}),
    ("oauth_server.E103", {"SECRET_KEY": "django-insecure-" + "0123456789abcdefghij" * 3}),
    ("oauth_server.E103", issuer(DIGEST_KEYS=["short"], ENCRYPTION_KEYS=["0123456789abcdef" * 3])),
    ("oauth_server.E104", {"ALLOWED_HOSTS": ["id.example.com", "*"]}),
    ("oauth_server.E105", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}),
    ("oauth_server.E105", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}),
    *(("oauth_server.W103", issuer(**{name: True})) for name in deploy.LEGACY),
    ("oauth_server.W104", issuer(DYNAMIC_REGISTRATION="open", FETCH_PRIVATE_HOSTS=["intranet.example"])),
    ("oauth_server.W101", issuer(DIGEST_KEYS=["0123456789abcdef" * 3], ENCRYPTION_KEYS=[])),
]


@pytest.fixture
def good(settings: Any) -> Any:
    """The settings of a deployment at which no rule fires."""
    settings.DEBUG = False
    settings.SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz-of-a-test"
    settings.ALLOWED_HOSTS = ["id.example.com"]
    settings.OAUTH_SERVER = {
        "ISSUER": ISSUER,
        "DIGEST_KEYS": ["digest-0123456789abcdefghijklmnopqrstuvwxyz"],
        "ENCRYPTION_KEYS": ["encryption-0123456789abcdefghijklmnopqrstuvwxyz"],
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    settings.ROOT_URLCONF = f"{__name__}_urls"
    return settings


@pytest.fixture(autouse=True)
def _urlconfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three projects: with our addresses, with none, and with DOT's beside ours."""
    from django.urls import include, path

    ours = path("", include("oauth_server.urls"))
    for name, patterns in {
        "urls": [ours],
        "no_urls": [],
        "urls_of_dot": [ours, path("o/", include("oauth2_provider.urls", namespace="dot"))],
    }.items():
        module = ModuleType(f"{__name__}_{name}")
        module.urlpatterns = patterns  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)


def test_a_good_deployment_is_silent(good: Any):
    assert ids() == set()
    assert ids(deploy=True) <= {"oauth_server.W102"}


def change(settings: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is None and name.endswith("_MODEL"):
            delattr(settings, name)
        elif name == "OAUTH_SERVER" and isinstance(value, dict) and "ISSUER" in value and value["ISSUER"]:
            setattr(settings, name, {**settings.OAUTH_SERVER, **value})
        else:
            setattr(settings, name, value)


@pytest.mark.threat(103)
@pytest.mark.parametrize(("fault", "values"), FAULTS)
def test_each_fault_has_its_id(good: Any, fault: str, values: dict[str, Any]):
    change(good, values)
    assert fault in ids()
    # a broken issuer is also one that is not mounted or allowed
    assert ids() <= {fault, "oauth_server.W002", "oauth_server.W003", "oauth_server.E002"}
    assert RULES[fault].hint


@pytest.mark.threat(103)
@pytest.mark.parametrize(("fault", "values"), DEPLOYED)
def test_each_fault_of_a_deployment_has_its_id(good: Any, fault: str, values: dict[str, Any]):
    change(good, values)
    assert fault in ids(deploy=True)
    assert ids(deploy=True) <= {fault, "oauth_server.W101", "oauth_server.W102"}


def test_connections_that_are_not_kept_are_told(good: Any, monkeypatch: pytest.MonkeyPatch):
    databases: dict[str, Any] = {
        "default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0},
        "kept": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None},
        "pooled": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}},
        "lite": {"ENGINE": "django.db.backends.sqlite3"},
    }
    monkeypatch.setattr(deploy, "django_settings", SimpleNamespace(DATABASES=databases))
    (message,) = checks.run([RULES["oauth_server.W102"]])
    assert message.msg == "CONN_MAX_AGE is 0 for default: each request opens a connection."


@pytest.mark.threat(110)
def test_an_isolation_level_that_ends_the_losers_of_a_race_is_told(good: Any, monkeypatch: pytest.MonkeyPatch):
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    engine = "django.db.backends.postgresql"
    databases: dict[str, Any] = {
        "default": {"ENGINE": engine, "OPTIONS": {"isolation_level": IsolationLevel.SERIALIZABLE}},
        "b": {
            "ENGINE": engine,
            "OPTIONS": {"options": r"-c default_transaction_isolation=repeatable\ read -c jit=off"},
        },
        "c": {"ENGINE": engine, "OPTIONS": {"isolation_level": IsolationLevel.READ_COMMITTED}},
        "d": {"ENGINE": engine, "OPTIONS": {"options": "-c lock_timeout=2000"}},
        "lite": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"isolation_level": IsolationLevel.SERIALIZABLE}},
    }
    monkeypatch.setattr(database, "django_settings", SimpleNamespace(DATABASES=databases))
    (message,) = checks.run([RULES["oauth_server.W006"]])
    assert message.msg == "default runs under SERIALIZABLE, b runs under REPEATABLE READ."


def test_a_sqlite_without_returning_is_told(good: Any, monkeypatch: pytest.MonkeyPatch):
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    monkeypatch.setattr(database, "django_settings", SimpleNamespace(DATABASES=databases))
    for version, told in ((3, 34, 1), ["SQLite 3.34.1 has no RETURNING."]), ((3, 35, 0), []):
        text = ".".join(map(str, version))
        found = SimpleNamespace(sqlite_version_info=version, sqlite_version=text)
        monkeypatch.setattr(database, "sqlite3", found)
        assert [message.msg for message in checks.run([RULES["oauth_server.E008"]])] == told


def test_the_order_of_the_apps_is_told(good: Any, monkeypatch: pytest.MonkeyPatch):
    configs = list(apps.get_app_configs())
    monkeypatch.setattr(apps, "get_app_configs", lambda: reversed(configs))
    assert "oauth_server.E006" in ids()
    monkeypatch.setattr(apps, "get_app_configs", lambda: [c for c in configs if c.name != "oauth2_provider"])
    assert "oauth_server.E006" in ids()


def test_a_hosts_own_app_in_the_place_of_ours_is_told(good: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(apps.get_app_config("oauth_consent"), "label", "consent")
    assert "oauth_server.E007" in ids()


def test_a_subclass_of_the_bridge_is_ours(good: Any):
    good.OAUTH2_PROVIDER = {**dot_settings.OAUTH2_PROVIDER, "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Narrower"}
    sys.modules.setdefault(__name__, sys.modules[Narrower.__module__])
    assert "oauth_server.E005" not in ids()


def test_development_without_an_issuer_is_fine(good: Any):
    good.DEBUG = True
    good.OAUTH_SERVER = {}
    good.ALLOWED_HOSTS = []
    assert ids() == set()
    assert conf.settings.ISSUER == "http://localhost:8000"


@pytest.mark.django_db
def test_before_its_tables_are_there_the_database_is_asked_for_none_of_them():
    """What it cannot answer it logs as an error, which whoever installs the server reads first."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{StorageKey._meta.db_table}" RENAME TO "elsewhere"')
    with CaptureQueriesContext(connection) as asked:
        assert django_checks.run_checks(tags=["database"], databases=["default"]) == []
    assert asked.captured_queries
    assert not any("oauth_server_" in query["sql"] for query in asked.captured_queries)


def test_every_rule_has_an_id_of_its_kind_and_a_test():
    assert len(RULES) == len(checks.RULES)
    for rule in checks.RULES:
        kind, number = rule.id.removeprefix("oauth_server.")[0], rule.id[-3:]
        assert {"E": django_checks.Error, "W": django_checks.Warning}[kind] is rule.level
        assert (number[0] == "1") == rule.deploy
    alone = {f"oauth_server.{number}" for number in ("E006", "E007", "E008", "W006", "W102")}
    tested = {name for name, _ in FAULTS + DEPLOYED} | alone
    # those that ask the database: tests/apps/cli/test_storage_keys.py
    assert tested == {rule.id for rule in checks.RULES if not rule.database}


SCRIPT = """
import os
from config.settings.test import *
ALLOWED_HOSTS = ["id.example.com"]
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz-of-a-test"
OAUTH_SERVER = {"ISSUER": "https://id.example.com", "DIGEST_KEYS": [SECRET_KEY], "ENCRYPTION_KEYS": [SECRET_KEY]}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
"""


@pytest.mark.seed("S-01")
@pytest.mark.threat(103)
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("", ""),
        ("OAUTH_SERVER.pop('ISSUER')", "E002"),
        ("DEBUG = True", "E102"),
        # what each rule finds is in DEPLOYED; a process for each is for those who have time
        *(
            pytest.param(line, fault, marks=pytest.mark.long)
            for line, fault in (
                ("OAUTH_SERVER['ISSUER'] = 'http://id.example.com'", "E101"),
                ("SECRET_KEY = 'secret'", "E103"),
                ("ALLOWED_HOSTS = ['*']", "E104"),
                ("CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}", "E105"),
            )
        ),
    ],
)
def test_check_deploy_exits_with_the_fault(tmp_path: Path, line: str, fault: str):
    (tmp_path / "deployed.py").write_text(f"{SCRIPT}{line}\n")
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "deployed", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    # set in this process by what drives the browser; Django's own checks do not want it in a deployment
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    command = [sys.executable, "-m", "django", "check", "--deploy"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) == (fault == ""), done.stderr
    assert f"oauth_server.{fault}" in done.stderr if fault else "oauth_server.E" not in done.stderr


def test_added_grants_and_methods_are_loaded(settings: Any, monkeypatch: pytest.MonkeyPatch):
    from oauth_server import apps as our_apps
    from oauth_server.client_auth.registry import METHODS
    from oauth_server.grants.registry import GRANTS

    for registry in (GRANTS, METHODS):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER,
        "GRANT_TYPES": ["tests.extended.barter.Barter"],
        "CLIENT_AUTH_METHODS": ["tests.extended.handshake.Handshake"],
    }
    our_apps._extend()
    assert GRANTS.names()[-1] == "urn:example:barter"
    assert METHODS.names()[-1] == "handshake"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "GRANT_TYPES": ["no.such.Grant"]}
    with pytest.raises(ImportError):
        our_apps._extend()
