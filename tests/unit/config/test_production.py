"""The production settings, each time in a process of its own: they are read once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPLETE = {
    "OAUTH_SERVER_ISSUER": "https://id.example.com",
    "DATABASE_URL": "sqlite://:memory:",
    "SECRET_KEY": "s" * 30 + "0123456789abcdefghijklmnopqrstuv",
    "DIGEST_KEYS": "d" * 30 + "0123456789abcdefghijklmnopqrstuv",
    "ENCRYPTION_KEYS": "e" * 30 + "0123456789abcdefghijklmnopqrstuv",
    "ALLOWED_HOSTS": "id.example.com",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
}


def manage(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production", **env}
    # a checkout has collected no static files
    command = [sys.executable, "-W", "error", "-W", "ignore:No directory at", "manage.py", *args]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_check_deploy_is_silent() -> None:
    checked = manage(COMPLETE, "check", "--deploy", "--fail-level", "DEBUG")
    assert "System check identified no issues (0 silenced)." in checked.stdout + checked.stderr
    assert checked.returncode == 0


@pytest.mark.parametrize("name", ["OAUTH_SERVER_ISSUER", "DATABASE_URL", "SECRET_KEY", "EMAIL_URL"])
def test_a_missing_variable_is_named(name: str) -> None:
    refused = manage({key: value for key, value in COMPLETE.items() if key != name}, "check")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_secret_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-" + "x" * 50)
    env = {key: value for key, value in COMPLETE.items() if key != "SECRET_KEY"}
    code = (
        "from django.conf import settings; print(settings.SECRET_KEY[:11], settings.EMAIL_HOST, settings.ALLOWED_HOSTS)"
    )
    done = manage({**env, "SECRET_KEY_FILE": str(tmp_path / "key")}, "shell", "--no-imports", "-c", code)
    assert done.stdout.strip() == "from-a-file mail.example.com ['id.example.com']", done.stderr


@pytest.mark.bar("O14.3")
@pytest.mark.threat(100)
def test_a_log_line_is_json_with_its_trace_and_without_secrets() -> None:
    code = (
        "import logging; log = logging.getLogger('oauth_server.token')\n"
        "from oauth_server import audit; audit.origin(trace_id='a' * 32).__enter__()\n"
        "log.warning('refused %s', 'oas_rt_abcdefghijkl', extra={'client_id': 'shop', 'code': 'abcdefgh'})\n"
        "try: raise ValueError('Bearer abcdefghijkl')\n"
        "except ValueError: log.exception('broken')\n"
        "from django.test import Client\n"
        "told = {'traceparent': '00-' + 'b' * 32 + '-' + 'c' * 16 + '-01'}\n"
        "Client().get('/account/', headers={**told, 'host': 'id.example.com'})\n"
        "Client().get('/account/', headers={'host': 'elsewhere.example', 'x-forwarded-proto': 'https'})"
    )
    done = manage(COMPLETE, "shell", "--no-imports", "-c", code)
    warning, error, *requests = (json.loads(line) for line in done.stderr.splitlines())
    assert (warning["level"], warning["logger"], warning["client_id"]) == ("warning", "oauth_server.token", "shop")
    assert warning["trace_id"] == error["trace_id"] == "a" * 32
    assert "ValueError" in error["exception"]
    assert "abcdefgh" not in done.stderr
    # what Django writes of a page has the trace too; a Host that is not ours is a line, and no stack trace
    assert [line["trace_id"] for line in requests[:2]] == ["b" * 32] * 2
    (strange,) = (line for line in requests if line["logger"] == "django.security.DisallowedHost")
    assert "elsewhere.example" in strange["event"]
    assert "exception" not in strange


def test_every_cookie_belongs_to_this_host_alone() -> None:
    code = (
        "from django.conf import settings as s\n"
        "for kind in ('SESSION', 'CSRF', 'LANGUAGE'):\n"
        "    get = lambda name: getattr(s, f'{kind}_COOKIE_{name}')\n"
        "    print(get('NAME')[:7], get('SECURE'), get('HTTPONLY'), get('DOMAIN'), get('PATH'), get('SAMESITE'))"
    )
    done = manage(COMPLETE, "shell", "--no-imports", "-c", code)
    assert done.stdout.splitlines() == ["__Host- True True None / Lax"] * 3, done.stderr
