"""Fetch Standard §3.2 CORS: what a script of any web page may read, and what it may not."""

from collections.abc import Iterator

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import STRANGER, Site

_AREA = Area("cors")
_ORIGIN = {"Origin": f"https://{STRANGER}"}
_CHANGE = (
    "The server sets these headers itself: take them out of the proxy, and of a CORS middleware that covers every path."
)
# What clients of every origin have to read, and what only the origins of a client, or nobody, may
_PUBLIC = ("jwks_uri",)
_GUARDED = {"token_endpoint": "POST", "userinfo_endpoint": "GET", "revocation_endpoint": "POST"}
_CLOSED = {"authorization_endpoint": "GET", "introspection_endpoint": "POST", "end_session_endpoint": "GET"}


def check(site: Site) -> Iterator[Finding]:
    asked = [("the metadata", "GET", site.discovery_url)]
    asked += [(name, "GET", str(site.metadata[name])) for name in _PUBLIC if name in site.metadata]
    found = [finding for name, method, url in asked if (finding := _judged(site, name, method, url, public=True))]
    kept = [(name, method) for name, method in {**_GUARDED, **_CLOSED}.items() if name in site.metadata]
    found += [
        finding
        for name, method in kept
        if (finding := _judged(site, name, method, str(site.metadata[name]), public=False))
    ]
    yield from found
    if not found:
        yield _AREA.ok("scripts of every page read the metadata and the keys, and nothing else")


def _judged(site: Site, name: str, method: str, url: str, *, public: bool) -> Finding | None:
    try:
        answer = site.ask(method, url, _ORIGIN)
    except fetch.Unreachable:
        return None
    return judge(
        name,
        answer.headers.get("access-control-allow-origin", ""),
        answer.headers.get("access-control-allow-credentials", ""),
        public=public,
    )


def judge(name: str, origin: str, credentials: str, *, public: bool) -> Finding | None:
    """`origin`, `credentials`: what an origin that nobody has is answered. None: as it should be."""
    if credentials.lower() == "true":
        return _AREA.error(f"{name} lets any web page read it with the person's cookies", _CHANGE)
    if public:
        return None if origin else _AREA.warning(f"{name} cannot be read by apps in the browser", _CHANGE)
    if origin:
        return _AREA.error(f"{name} can be read by scripts of any web page ({origin})", _CHANGE)
    return None
