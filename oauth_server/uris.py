"""Redirect URIs: what may be registered, and when a requested one is a registered one.

RFC 6749 §3.1.2, RFC 8252 §7 (native apps), RFC 9700 §2.1 and §4.1 (exact comparison).
"""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from oauth_server.words import gettext_noop

# Browsers strip or rewrite these: controls, space, backslash, and whatever is not ASCII.
_FORBIDDEN = re.compile(r"[^\x21-\x7e]|\\")
_LOOPBACK_IP = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?([/?].*)?", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)
DANGEROUS = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "intent", "view-source", "filesystem"}
)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_NOTHING = SplitResult("", "", "", "", "")


def split(uri: str) -> SplitResult:
    """The parts of a URI, whoever wrote it: one that cannot be read, such as `https://[`, has none. Its port raises `ValueError` still."""
    try:
        return urlsplit(uri)
    except ValueError:
        return _NOTHING


def matches(requested: str, registered: str) -> bool:
    """RFC 9700 §2.1: equal strings; RFC 8252 §7.3: any port on a loopback IP, path and query exact."""
    if requested == registered:
        return True
    theirs, ours = _LOOPBACK_IP.fullmatch(requested), _LOOPBACK_IP.fullmatch(registered)
    if theirs is None or ours is None or not _port_is_valid(theirs[2]):
        return False
    return (theirs[1], theirs[3] or "") == (ours[1], ours[3] or "")


def is_registered(requested: str, registered: list[str]) -> bool:
    return problem(requested, public=True) == "" and any(matches(requested, uri) for uri in registered)


def problem(uri: str, *, public: bool = False) -> str:
    """Why a redirect URI is not acceptable, in words to be translated; empty when it is.

    `public`: the client has no secret, and may have a scheme of its own.
    """
    if len(uri) > 2000:
        return gettext_noop("It is longer than 2000 characters.")
    if _FORBIDDEN.search(uri):
        return gettext_noop("It contains a space, a control character, a backslash, or a character that is not ASCII.")
    if "#" in uri:
        return gettext_noop("It has a fragment (#).")
    if "*" in uri:
        return gettext_noop("It has a wildcard (*); redirect URIs are compared exactly.")
    scheme, colon, rest = uri.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        return gettext_noop("It has no scheme in lower case, such as https.")
    if not split(uri).scheme:
        return gettext_noop("Its host or port cannot be read.")
    if scheme in {"http", "https"}:
        return _web_problem(uri, rest)
    return _custom_problem(scheme, rest, public)


def _web_problem(uri: str, rest: str) -> str:
    if not rest.startswith("//"):
        return gettext_noop("After the scheme it needs // and a host.")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return gettext_noop("Its host or port cannot be read.")
    if "@" in parts.netloc:
        return gettext_noop("It contains user information (@).")
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc.rstrip(":")
    if not _HOST.fullmatch(host) or parts.netloc.endswith(":"):
        return gettext_noop("Its host or port cannot be read.")
    if port == 0:
        return gettext_noop("Port 0 is not a port.")
    if parts.scheme == "http" and host not in LOOPBACK_NAMES:
        return gettext_noop(
            "Plain http is allowed for an app on this machine only (127.0.0.1, [::1], localhost); use https."
        )
    return _path_problem(parts.path, parts.query)


def _path_problem(path: str, query: str) -> str:
    segments = re.split(
        r"[/;]", path.lower().replace("%2e", ".").replace("%252e", ".").replace("%2f", "/").replace("%5c", "/")
    )
    if ".." in segments or "." in segments:
        return gettext_noop("It contains a dot segment (/./ or /../).")
    names = {name for name, _value in parse_qsl(query, keep_blank_values=True)}
    if names & {"code", "state", "error", "iss", "id_token", "access_token", "response"}:
        return gettext_noop("Its query contains what the response itself carries, such as code or state.")
    return ""


def _custom_problem(scheme: str, rest: str, public: bool) -> str:
    if scheme in DANGEROUS:
        return gettext_noop("Its scheme is dangerous in a browser.")
    # RFC 8252 §7.1: a domain name under the app's control, in reverse order
    if "." not in scheme:
        return gettext_noop("A private-use scheme must be a reversed domain name, such as com.example.app.")
    if not public:
        return gettext_noop("A private-use scheme is for clients without a secret only.")
    if "@" in rest:
        return gettext_noop("It contains user information (@).")
    return ""


def _port_is_valid(port: str | None) -> bool:
    return port is None or 0 < int(port) < 65_536


def difference(requested: str, registered: Iterable[str]) -> str:
    """In words, for the audit log: in which part the nearest registered URI differs."""
    found = [(_differing(requested, uri), uri) for uri in registered]
    if not found:
        return "none is registered"
    parts, nearest = min(found, key=lambda pair: len(pair[0]))
    # the query is named and not told: clients put anything into it
    return f"{', '.join(parts)} differ{'s' * (len(parts) == 1)} from {nearest}"


def _differing(requested: str, registered: str) -> list[str]:
    try:
        ours, theirs = urlsplit(registered), urlsplit(requested)
        pairs = {
            "scheme": (ours.scheme, theirs.scheme),
            "host": (ours.hostname, theirs.hostname),
            "port": (ours.port, theirs.port),
            "path": (ours.path, theirs.path),
            "query": (ours.query, theirs.query),
            "fragment": (ours.fragment, theirs.fragment),
        }
    except ValueError:
        return ["the whole of it, which cannot be read,"]
    names = [name for name, (one, other) in pairs.items() if one != other]
    if names == ["path"] and ours.path.rstrip("/") == theirs.path.rstrip("/"):
        return ["path (a slash at the end)"]
    if names == ["path"] and ours.path.lower() == theirs.path.lower():
        return ["path (small and capital letters)"]
    return names or ["writing"]


def origin(uri: str) -> str:
    """Scheme and authority, `https://app.example`; for a private-use scheme the scheme with its colon."""
    parts = split(uri)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def is_loopback(uri: str) -> bool:
    """Whether the browser will be sent to an app on the person's own device."""
    parts = split(uri)
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
