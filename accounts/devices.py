"""Browsers: which of them a person has signed in with before (E13.5), and how one is described to its person (E13.2)."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from oauth_server.conf import settings
from oauth_server.models import Session

from . import cookies

# It opens nothing: it only keeps a mail from being sent
COOKIE = cookies.Kept("oauth_accounts_known", "known_browser")
# So many people of one browser are known to it; what a browser keeps at most (RFC 6265bis §5.5)
_MOST = 10
_AGE = 400 * 86_400

# The first that fits: Edge and Opera name Chrome, and Chrome names Safari
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone|iPad", "iOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def is_known(request: HttpRequest, user: Any) -> bool:
    return str(user.pk) in COOKIE.read(request)


def remember(request: HttpRequest, user: Any) -> None:
    COOKIE.write(request, list(dict.fromkeys([str(user.pk), *COOKIE.read(request)]))[:_MOST])


def send_cookie(request: HttpRequest, response: HttpResponse) -> None:
    COOKIE.send(request, response, _AGE)


def describe(session: Session) -> dict[str, str]:
    """In the person's words: `browser` and `place`."""
    return {"browser": browser(session.user_agent), "place": place(session.address or "")}


def browser(user_agent: str) -> str:
    """RFC 9110 §10.1.5 in two words; empty words are left out."""
    name, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("Unknown browser")


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, user_agent)), "")


def place(address: str) -> str:
    """What PLACE_HOOK says of an address, else its network."""
    if not address:
        return ""
    if settings.PLACE_HOOK:
        hook: Callable[[str], str] = import_string(settings.PLACE_HOOK)
        if found := hook(address):
            return found
    network = ipaddress.ip_network(f"{address}/{24 if '.' in address else 48}", strict=False)
    return str(network)
