"""RFC 7591 §5, RFC 9101 §10.4: which addresses that a client chose this server may call: https, a web port, the internet.

Neither Django nor settings; `fetch.py` asks, and what registers an address.
"""

import ipaddress
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from oauth_server.words import gettext_noop

PORTS = frozenset({443, 8443})


class Forbidden(Exception):
    """The guarded door does not lead there; nothing was connected. The message is to be translated."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that a client chose, as far as it can be judged without asking a name server."""

    scheme: str
    host: str
    port: int
    netloc: str
    path: str
    is_allowed: bool


def target(url: str, allowed: Collection[str] = ()) -> Target:
    """Where the guarded door would lead; no name is resolved. Raises `Forbidden`."""
    if len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden(gettext_noop("the URL holds characters that no URL has, or is too long"))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        port = {"https": 443, "http": 80}.get(parts.scheme, 0) if port is None else port
    except ValueError as error:
        raise Forbidden(gettext_noop("the host or port of the URL cannot be read")) from error
    is_allowed = host in allowed
    if parts.scheme != "https" and not (is_allowed and parts.scheme == "http"):
        raise Forbidden(gettext_noop("the URL is not https"))
    if "@" in parts.netloc or not host or not port:
        raise Forbidden(gettext_noop("the URL has no host, or it has user information"))
    if not is_allowed and port not in PORTS:
        raise Forbidden(gettext_noop("its port is neither 443 nor 8443"))
    with suppress(ValueError):
        if not is_allowed and not is_public(ipaddress.ip_address(host)):
            raise Forbidden(gettext_noop("the address is not public"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, parts.netloc, path, is_allowed)


# RFC 6890 §2.2.2, RFC 7526: some versions of Python take these for the internet, and some clouds have their metadata in the first
_SPECIAL = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNELS = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "2001::/32", "2002::/16", "3fff::/20", "fec0::/10", "::/96"))
)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the internet, also by what it carries inside."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if any(address in network for network in _TUNNELS):
            return False
    elif any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
