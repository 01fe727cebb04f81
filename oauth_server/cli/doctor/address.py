"""RFC 8414 §2: the URL of the issuer, and that nothing answers beside it without TLS."""

from collections.abc import Iterator

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("address")
_REDIRECTS = (301, 302, 303, 307, 308)


def check(site: Site) -> Iterator[Finding]:
    if site.scheme == "https":
        yield _AREA.ok(f"{site.url} is https")
        if site.port == 443:
            yield _without_tls(site)
    elif site.is_local:
        yield _AREA.ok(f"{site.url} is http, on this machine alone")
    else:
        yield _AREA.error(
            f"{site.url} is http: passwords and tokens travel in clear",
            "Put a proxy that ends TLS in front, and make ISSUER its https URL.",
        )


def _without_tls(site: Site) -> Finding:
    try:
        answer = fetch.send("GET", f"http://{site.host}{site.path}/.well-known/openid-configuration")
    except fetch.Unreachable:
        return _AREA.ok("nothing answers on port 80")
    if answer.status in _REDIRECTS and answer.headers.get("location", "").startswith("https://"):
        return _AREA.ok("port 80 leads to https")
    if answer.status >= 400:
        return _AREA.ok(f"port 80 answers with {answer.status} only")
    return _AREA.error(
        "port 80 answers without TLS", "Let the proxy redirect every http request to https, or close port 80."
    )
