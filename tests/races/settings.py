"""The settings of the suite, with what a race varies."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES, OAUTH_SERVER

OAUTH_SERVER |= {"REFRESH_TOKEN_GRACE": int(os.environ["REFRESH_TOKEN_GRACE"]), "DYNAMIC_REGISTRATION": "token"}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["transaction_mode"] = os.environ["SQLITE_TRANSACTIONS"]
else:
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    # the machine lane as it is at its fastest
    OAUTH_SERVER |= {"PREPARED_STATEMENTS": True}
    DATABASES["default"]["OPTIONS"]["isolation_level"] = IsolationLevel[os.environ["ISOLATION"]]
