"""The settings of the suite, and of the servers that it starts in processes of their own (`tests/plugins`)."""

import json
import os
from typing import Any

from .base import *
from .base import INSTALLED_APPS
from .databases import database

DEBUG = False
SECRET_KEY = "only-for-the-tests-" + "0123456789abcdef" * 3
INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
OAUTH_SERVER: dict[str, Any] = {
    "ISSUER": os.environ.get("OAUTH_SERVER_ISSUER", "http://testserver"),
    "SITE_NAME": "Example ID",
    # no thread of a test writes into the database of the next one
    "COUNT_USAGE": False,
    # what a server in a process of its own is to have besides
    **json.loads(os.environ.get("OAUTH_SERVER_MORE", "{}")),
}

DATABASES = {"default": database(os.environ.get("DATABASE_URL", "sqlite://:memory:"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file and not memory, so that other processes and real parallel connections take part.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}

# which migrations are not run: by the suite, and by the servers that it starts
MIGRATION_MODULES: dict[str, str] = json.loads(os.environ.get("MIGRATION_MODULES", "{}"))

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the speed of the suite is at stake

if "EMAIL_FILE_PATH" in os.environ:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = os.environ["EMAIL_FILE_PATH"]

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Django's own would mail the stack trace of a failure to nobody; `tests/plugins/servers.py` looks for it in the log
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}
