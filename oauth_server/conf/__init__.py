"""Every setting: one dict `OAUTH_SERVER`, typed and lazy; the reference page in the docs is generated from this package.

Each file declares those of one theme. Times are in seconds. `conf.settings.NAME` reads a value; `problems()` lists what is wrong with
the dict, for `checks/`.
"""

from dataclasses import dataclass, fields
from typing import Any, cast, get_type_hints

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from oauth_server import registry
from oauth_server.conf import problems as _problems
from oauth_server.conf.declare import DAY as DAY
from oauth_server.conf.limits import Limits
from oauth_server.conf.people import People
from oauth_server.conf.protocol import Protocol
from oauth_server.conf.record import Record
from oauth_server.conf.server import Server
from oauth_server.conf.tokens import Tokens

DEBUG_ISSUER = "http://localhost:8000"


@dataclass(frozen=True, kw_only=True)
class Values(Record, Limits, People, Protocol, Tokens, Server):
    """The dict `OAUTH_SERVER` with its defaults; the fields of the last theme come first."""


def problems() -> list[str]:
    if not isinstance(getattr(django_settings, "OAUTH_SERVER", {}), dict):
        return ["OAUTH_SERVER must be a dict"]
    return _problems.of(given(), Values)


def given() -> dict[str, Any]:
    """The dict as the project wrote it, without defaults; empty when it is none. For checks, and for what runs before them."""
    values = getattr(django_settings, "OAUTH_SERVER", {})
    return dict(values) if isinstance(values, dict) else {}


def _load() -> Values:
    wrong = problems()
    if wrong:
        raise ImproperlyConfigured("OAUTH_SERVER: " + "; ".join(wrong))
    values = given()
    if not values.get("ISSUER"):
        if not django_settings.DEBUG:
            raise ImproperlyConfigured(
                "OAUTH_SERVER['ISSUER'] is not set. It is the URL of this server, such as https://id.example.com"
            )
        values["ISSUER"] = DEBUG_ISSUER
    values["ISSUER"] = values["ISSUER"].rstrip("/")
    for name in ("DIGEST_KEYS", "ENCRYPTION_KEYS"):
        if not values.get(name):
            values[name] = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return Values(**values)


class _Lazy:
    """Reads the dict at the first use; `override_settings` makes it read again."""

    _values: Values | None = None

    def __getattr__(self, name: str) -> Any:
        if self._values is None:
            self._values = _load()
        value = getattr(self._values, name)
        setattr(self, name, value)
        return value

    def reload(self) -> None:
        self.__dict__.clear()


_lazy = _Lazy()
settings = cast(Values, _lazy)


def _reload(*, setting: str, **_: Any) -> None:
    if setting in {"OAUTH_SERVER", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DEBUG"}:
        _lazy.reload()
        registry.forget()


setting_changed.connect(_reload)


def effective() -> list[tuple[str, Any, bool]]:
    """Name and value of every setting as this process runs with it, and whether the project wrote it. Of secrets their number."""
    written = given()
    found = []
    for f in fields(Values):
        value = getattr(settings, f.name)
        if f.metadata["secret"] and value:
            value = f"{len(value)} hidden" if isinstance(value, list) else "hidden"
        found.append((f.name, value, f.name in written))
    return found


def reference() -> list[tuple[str, str, Any, str]]:
    """Name, type, default and meaning of every setting, for the docs."""
    hints = get_type_hints(Values)
    defaults = Values()
    return [
        (
            f.name,
            str(hints[f.name]).replace("<class '", "").replace("'>", ""),
            getattr(defaults, f.name),
            f.metadata["help"],
        )
        for f in fields(Values)
    ]
