"""The sessions of the standalone project: Django's in the database, asked only for keys that it can have made."""

import re

from django.contrib.sessions.backends import db

# A cookie can hold any bytes, in octal too; PostgreSQL refuses a NUL
_KEY = re.compile(r"[a-z0-9]{32}", re.ASCII)


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
