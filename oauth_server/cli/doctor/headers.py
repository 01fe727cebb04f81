"""RFC 6797, RFC 6265bis and Content Security Policy: what protects the pages for people, and their cookies."""

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from oauth_server import fetch, uris
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("headers")
_HALF_A_YEAR = 15_552_000
_HOPS = 4
# The address that leads to the sign-in page of whatever accounts a server has (W3C, A Well-Known URL for Changing Passwords)
_PASSWORD = "/.well-known/change-password"
_PROXY = "The server sets it itself: let the proxy pass it on and add none of its own."


def check(site: Site) -> Iterator[Finding]:
    url = str(site.metadata.get("authorization_endpoint") or "")
    found: list[Finding] = []
    try:
        if url:
            found += page("the authorization page", site.get(url).headers)
        if sign_in := _sign_in(site):
            found += page("the sign-in page", sign_in.headers)
        if site.scheme == "https":
            found += transport(site.get(site.discovery_url).headers)
        found += _not_stored(site)
    except fetch.Unreachable as error:
        found.append(_AREA.error(str(error), "Let the proxy pass this path on."))
    found += [finding for answer in site.seen for finding in cookies(answer.cookies, secure=site.scheme == "https")]
    yield from dict.fromkeys(found)
    if not found:
        yield _AREA.ok("pages, answers with tokens and cookies are protected")


def _sign_in(site: Site) -> fetch.Response | None:
    """The page that somebody who is not signed in is led to; None where there is none."""
    url = site.root + _PASSWORD
    for _ in range(_HOPS):
        answer = site.get(url)
        location = answer.headers.get("location", "")
        if answer.status == 200:
            return answer
        if not 300 <= answer.status < 400 or not location:
            return None
        url = urljoin(url, location)
        if uris.split(url).netloc != uris.split(site.root).netloc:
            return None
    return None


def page(name: str, headers: Mapping[str, str]) -> Iterator[Finding]:
    policy = headers.get("content-security-policy", "")
    if "frame-ancestors" not in policy and headers.get("x-frame-options", "").upper() not in ("DENY", "SAMEORIGIN"):
        yield _AREA.error(f"{name} can be shown inside other sites: people can be made to click on it unseen", _PROXY)
    if not policy:
        yield _AREA.warning(f"{name} has no Content-Security-Policy", _PROXY)
    elif "unsafe-inline" in policy or "unsafe-eval" in policy:
        yield _AREA.warning(f"the Content-Security-Policy of {name} allows inline scripts or styles", _PROXY)
    if headers.get("x-content-type-options", "").lower() != "nosniff":
        yield _AREA.warning(f"{name} has no X-Content-Type-Options: nosniff", _PROXY)
    if not headers.get("referrer-policy"):
        yield _AREA.warning(f"{name} has no Referrer-Policy: its URL goes to other sites", _PROXY)


def transport(headers: Mapping[str, str]) -> Iterator[Finding]:
    """RFC 6797 §6.1."""
    told = headers.get("strict-transport-security", "")
    age = next(
        (
            part.partition("=")[2].strip('"')
            for part in told.replace(" ", "").lower().split(";")
            if part.startswith("max-age=")
        ),
        "",
    )
    if not age.isdecimal() or int(age) < _HALF_A_YEAR:
        text = f"Strict-Transport-Security is {told!r}" if told else "there is no Strict-Transport-Security"
        yield _AREA.warning(text, "Set SECURE_HSTS_SECONDS = 31536000, or let the proxy set the header.")


def _not_stored(site: Site) -> Iterator[Finding]:
    """RFC 6749 §5.1."""
    url = str(site.metadata.get("token_endpoint") or "")
    if url and "no-store" not in site.ask("POST", url).headers.get("cache-control", ""):
        yield _AREA.error("answers of the token endpoint may be stored by caches", _PROXY)


def cookies(lines: tuple[str, ...], *, secure: bool) -> Iterator[Finding]:
    """`lines`: the values of Set-Cookie. A cookie without SameSite is Lax in some browsers only."""
    for line in lines:
        first, *rest = line.split(";")
        name, marks = first.partition("=")[0].strip(), {part.partition("=")[0].strip().lower() for part in rest}
        change = f"Set the flags of {name} in the settings (SESSION_COOKIE_…, CSRF_COOKIE_…), and let the proxy leave Set-Cookie alone."
        if secure and "secure" not in marks:
            yield _AREA.error(f"the cookie {name} is sent over http as well", change)
        if "samesite" not in marks:
            yield _AREA.warning(f"the cookie {name} does not say SameSite", change)
        if "session" in name.lower() and "httponly" not in marks:
            yield _AREA.error(f"scripts can read the cookie {name}", change)
