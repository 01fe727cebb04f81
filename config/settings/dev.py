"""Development and the demo: SQLite, DEBUG, mails printed to the terminal."""

import json
from typing import Any

from .base import *
from .base import BASE_DIR, INSTALLED_APPS, MIDDLEWARE

DEBUG = True
SECRET_KEY = "only-for-development-and-the-demo-never-for-production"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]
MIDDLEWARE = ["config.demo.middleware.to_localhost", *MIDDLEWARE]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
    }
}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# `make demo` writes down where it listens, so that `oauth` in a second terminal finds it.
_demo_file = BASE_DIR / ".demo.json"
# Apps that are being developed are on this machine
OAUTH_SERVER: dict[str, Any] = {"SITE_NAME": "Example ID", "FETCH_PRIVATE_HOSTS": ["localhost", "127.0.0.1"]}
if _demo_file.exists():
    OAUTH_SERVER["ISSUER"] = json.loads(_demo_file.read_text())["issuer"]
