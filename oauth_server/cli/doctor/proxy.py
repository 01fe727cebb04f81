"""RFC 9110 §7.2 Host, RFC 7239: that nobody can make the server believe that it lives elsewhere."""

from collections.abc import Iterator
from typing import Any

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import STRANGER, Site

_AREA = Area("proxy")
_IN_DEBUG = b"<code>DEBUG = True</code>"  # of Django's own error page
_FORGED: tuple[tuple[str, dict[str, str], str], ...] = (
    (
        "Host",
        {"Host": STRANGER},
        "Answer unknown hosts with 404 in the proxy, and name only your own in ALLOWED_HOSTS.",
    ),
    (
        "X-Forwarded-Host",
        {"X-Forwarded-Host": STRANGER},
        "Set USE_X_FORWARDED_HOST = False, or let the proxy overwrite the header.",
    ),
    ("Forwarded", {"Forwarded": f"host={STRANGER};proto=http"}, "Let the proxy drop the header Forwarded of visitors."),
)


def check(site: Site) -> Iterator[Finding]:
    found = [finding for name, headers, change in _FORGED if (finding := _forged(site, name, headers, change))]
    if site.scheme == "https" and (finding := _scheme(site)):
        found.append(finding)
    yield from found
    if not found:
        yield _AREA.ok("forged Host and X-Forwarded headers change nothing")


def _forged(site: Site, name: str, headers: dict[str, str], change: str) -> Finding | None:
    urls = [site.discovery_url, str(site.metadata.get("authorization_endpoint") or site.url)]
    for url in urls:
        try:
            answer = site.get(url, headers)
        except fetch.Unreachable:
            # a proxy that hangs up on a stranger
            continue
        if _IN_DEBUG in answer.body:
            # its error page repeats what came, and shows much more
            return _AREA.error("DEBUG is on: error pages show settings and source code", "Set DEBUG = False.")
        if believes(answer.body, answer.headers):
            return _AREA.error(
                f"a forged {name} header comes back in an answer: links and redirects can lead elsewhere", change
            )
        if answer.status >= 500:
            return _AREA.warning(f"a forged {name} header is answered with {answer.status}", change)
    return None


def believes(body: bytes, headers: Any) -> bool:
    """Whether the name that nobody has came back."""
    return STRANGER.encode() in body or any(STRANGER in value for value in headers.values())


def _scheme(site: Site) -> Finding | None:
    """A visitor who says http must not be believed: cookies would lose their mark, or every page redirect to itself."""
    plain = site.get(site.discovery_url)
    try:
        told = site.get(site.discovery_url, {"X-Forwarded-Proto": "http"})
    except fetch.Unreachable:
        return None
    if told.status == plain.status:
        return None
    return _AREA.warning(
        f"X-Forwarded-Proto of a visitor reaches the server: with `http` it answers {told.status} instead of {plain.status}",
        "Let the proxy overwrite X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme).",
    )
