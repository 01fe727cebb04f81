"""The two values of every endpoint for machines: what came in and what goes out. No Django, so that any adapter can make them."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# W3C Trace Context: version "-" trace-id "-" parent-id "-" flags
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """An HTTP request. `headers` has lower-case names; `query` is the raw query string; `path` is below the mount point."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    host: str
    address: str
    trace_id: str
    slug: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolResponse:
    """An HTTP response; header names as they are sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def trace_id_of(traceparent: str) -> str:
    """The trace id of a `traceparent` header, or a fresh random one: 32 hex digits."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match and match[1] != "0" * 32:
        return match[1]
    return secrets.token_hex(16)


def address_of(peer: str, forwarded_for: str, trusted_proxies: Sequence[str]) -> str:
    """Who sent a request: the hop nearest to us that is no trusted proxy. Empty when nobody can say (a Unix socket).

    `peer`: REMOTE_ADDR; `forwarded_for`: the X-Forwarded-For header, of which only what trusted proxies added is believed.
    """
    networks = [ip_network(proxy, strict=False) for proxy in trusted_proxies]
    sender = _address(peer)
    for hop in reversed(forwarded_for.split(",")):
        believed = any(sender in network for network in networks) if sender else bool(networks)
        told = _address(hop)
        if not believed or told is None:
            break
        sender = told
    return str(sender) if sender else ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    host, _, port = text.rpartition(":")
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif "." in host and port.isdigit():
        text = host
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
