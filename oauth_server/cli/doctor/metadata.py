"""RFC 8414 and OpenID Connect Discovery 1.0: what is published, whether it agrees with itself, and whether everything in it answers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from oauth_server import fetch, uris
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("metadata")
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

# How each is asked without anything, and what it may answer to that
ENDPOINTS: dict[str, tuple[str, tuple[int, ...]]] = {
    "authorization_endpoint": ("GET", (200, 302, 303, 400)),
    "token_endpoint": ("POST", (400, 401)),
    "jwks_uri": ("GET", (200,)),
    "userinfo_endpoint": ("GET", (401,)),
    "introspection_endpoint": ("POST", (400, 401)),
    "revocation_endpoint": ("POST", (400, 401)),
    "pushed_authorization_request_endpoint": ("POST", (400, 401)),
    "device_authorization_endpoint": ("POST", (400, 401)),
    "registration_endpoint": ("POST", (400, 401)),
    "end_session_endpoint": ("GET", (200, 302, 303, 400)),
    "check_session_iframe": ("GET", (200,)),
}
_PROXY = "Let the proxy pass this path on, and look into the server's log."


def check(site: Site) -> Iterator[Finding]:
    answer = site.get(site.discovery_url)
    if answer.status != 200 or not site.metadata:
        yield _AREA.error(
            f"{site.discovery_url} answers with {answer.status} and no metadata",
            "Give the issuer's URL as `oauth list projects` prints it. If it is right, let the proxy pass Host and this path on.",
        )
        return
    yield issuer(site.url, site.metadata)
    yield from _second(site)
    yield from rules(site.metadata)
    for name, (method, good) in ENDPOINTS.items():
        if url := site.metadata.get(name):
            yield _endpoint(site, name, str(url), method, good)


def issuer(url: str, metadata: Mapping[str, Any]) -> Finding:
    """Discovery 1.0 §4.3: exactly the URL that was asked."""
    told = metadata.get("issuer")
    if told == url:
        return _AREA.ok(f"issuer is {url}")
    return _AREA.error(
        f"issuer is {told!r}, and clients were given {url!r}: every one of them must refuse it",
        "Make the setting ISSUER (or the project's URL) exactly the URL that clients use, or give clients that one.",
    )


def _second(site: Site) -> Iterator[Finding]:
    """RFC 8414 §3: other clients look here."""
    try:
        answer = site.get(site.metadata_url)
    except fetch.Unreachable as error:
        yield _AREA.error(str(error), _PROXY)
        return
    if answer.status != 200:
        yield _AREA.warning(
            f"{site.metadata_url} answers with {answer.status}",
            "Mount `oauth_server.urls.metadata_urlpatterns` at the root of the host, and let the proxy pass /.well-known/ on.",
        )
        return
    other = answer.json()
    names = sorted(name for name in other.keys() & site.metadata.keys() if other[name] != site.metadata[name])
    if names:
        yield _AREA.error(
            f"the two metadata documents disagree about {', '.join(names)}",
            "Both come from the same server: look for a cache in front, or a second deployment behind the same host.",
        )
    else:
        yield _AREA.ok("both metadata documents agree")


def _lists(name: str, value: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda metadata: value in (metadata.get(name) or ())


# Is it wrong, and how bad; what is told, and what to change
_RULES: tuple[tuple[Callable[[Mapping[str, Any]], bool], str, str, str], ...] = (
    (
        lambda metadata: "S256" not in (metadata.get("code_challenge_methods_supported") or ()),
        "error",
        "PKCE with S256 is not offered",
        "Offer S256: RFC 9700 §2.1.1 asks every client to use it.",
    ),
    (
        _lists("code_challenge_methods_supported", "plain"),
        "warning",
        "PKCE is offered as `plain`",
        "Offer S256 alone (RFC 9700 §2.1.1).",
    ),
    (
        _lists("id_token_signing_alg_values_supported", "none"),
        "error",
        "ID tokens without a signature are offered",
        "Take `none` out of the algorithms.",
    ),
    (
        lambda metadata: any("token" in value.split() for value in metadata.get("response_types_supported") or ()),
        "warning",
        "access tokens in URLs are offered (implicit or hybrid)",
        "Switch IMPLICIT_GRANT and HYBRID_FLOW off once no client needs them (RFC 9700 §2.1.2).",
    ),
    (
        _lists("grant_types_supported", "password"),
        "warning",
        "the password grant is offered",
        "Switch PASSWORD_GRANT off once no client needs it (RFC 9700 §2.4).",
    ),
    (
        lambda metadata: (
            _lists("grant_types_supported", _DEVICE)(metadata) != ("device_authorization_endpoint" in metadata)
        ),
        "error",
        "the device grant and its endpoint are not offered together",
        "Look for a proxy or a template that changes the metadata.",
    ),
    (
        lambda metadata: (
            bool(metadata.get("require_pushed_authorization_requests"))
            and "pushed_authorization_request_endpoint" not in metadata
        ),
        "error",
        "pushed requests are required and there is no endpoint for them",
        "Look for a proxy or a template that changes the metadata.",
    ),
    (
        lambda metadata: not metadata.get("authorization_response_iss_parameter_supported"),
        "warning",
        "answers do not name their issuer (RFC 9207)",
        "Use a version of the server that does; clients of several servers need it.",
    ),
)


def rules(metadata: Mapping[str, Any]) -> Iterator[Finding]:
    """What the document says by itself."""
    found = [(level, what, change) for is_wrong, level, what, change in _RULES if is_wrong(metadata)]
    for level, what, change in found:
        yield (_AREA.error if level == "error" else _AREA.warning)(what, change)
    if not found:
        yield _AREA.ok("its members agree with each other")


def _endpoint(site: Site, name: str, url: str, method: str, good: tuple[int, ...]) -> Finding:
    where = uris.split(url)
    if where.scheme != "https" and not site.is_local:
        return _AREA.error(f"{name} is {url}, without TLS", "Make ISSUER an https URL: every endpoint follows it.")
    try:
        answer = site.ask(method, url)
    except fetch.Unreachable as error:
        return _AREA.error(f"{name}: {error}", _PROXY)
    if answer.status not in good:
        told = f"{name} answers an empty {method} with {answer.status}"
        return _AREA.error(told, _PROXY)
    return _AREA.ok(f"{name} answers")
