"""RFC 8414 §2, OpenID Connect Discovery 1.0: which issuer a request is for, and what every issuer starts with.

By host or by path, from the settings and the rows; an unknown Host header is answered with 404, never believed.
"""

import re

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from oauth_server import copies, uris
from oauth_server.conf import settings
from oauth_server.copies import MAX_AGE, Copies
from oauth_server.keys import rotation
from oauth_server.models import Issuer, Scope

# First parts of other routes: an issuer of that name would hide them, or they it.
RESERVED_SLUGS = frozenset(
    "admin account accounts api apps connected-apps consent demo device error health healthz hydra interaction livez login logout "
    "media metrics o oauth oauth2 readyz register session sessions static token userinfo well-known".split()
)
# How the ID of an issuer is written; no slug is
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
# RFC 6749 §3.3 and OpenID Connect Core 1.0 §5.4: name, claims, required, needs no consent
STANDARD_SCOPES: tuple[tuple[str, list[str], bool], ...] = (
    ("openid", ["sub"], True),
    (
        "profile",
        [
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        False,
    ),
    ("email", ["email", "email_verified"], False),
    ("address", ["address"], False),
    ("phone", ["phone_number", "phone_number_verified"], False),
    ("offline_access", [], False),
)


_copies: "Copies[tuple[str, str], Issuer]" = Copies()


class UnknownIssuer(Exception):
    """No issuer lives at this host and path."""


def first() -> Issuer:
    """The issuer at the setting ISSUER; made by `migrate`. Raises `UnknownIssuer`."""
    found = Issuer.objects.filter(slug="", url="").first()
    if found is None:
        raise UnknownIssuer("run migrate: the first issuer is made by it")
    return found


def for_request(host: str, slug: str, *, proven: bool = False) -> Issuer:
    """The issuer that answers at this host (with its port) and first path segment. Raises `UnknownIssuer`.

    A copy, at most a second old; of any age for a caller whose statements prove it.
    """
    return _copies.get((host, slug), lambda: _load(host, slug), max_age=None if proven else MAX_AGE)


def as_stored(host: str, slug: str) -> Issuer:
    """As `for_request`, and never a copy: for what operators do, which is seldom and must not rest on what was."""
    with copies.fresh():
        return for_request(host, slug)


def _load(host: str, slug: str) -> Issuer:
    if "\x00" in slug:
        # as a part of a path can be, and no database has it
        raise UnknownIssuer(host)
    if slug:
        _require_own_host(host)
        found = Issuer.objects.filter(slug=slug, url="", enabled=True).first()
    elif _same_host(host, settings.ISSUER):
        found = Issuer.objects.filter(slug="", url="", enabled=True).first()
    else:
        # A host is compared as a name: the scheme is the issuer row's own
        urls = [f"{scheme}://{_without_port(host, scheme)}" for scheme in ("https", "http")]
        found = Issuer.objects.filter(url__in=urls, enabled=True).first()
    if found is None:
        raise UnknownIssuer(f"{host}/{slug}")
    return found


def slug_at(issuer_path: str) -> str:
    """RFC 8414 §3.1: the slug of the issuer whose URL has this path; for a path that cannot be one's, what no issuer has."""
    own = uris.split(settings.ISSUER).path.strip("/")
    if issuer_path == own:
        return ""
    if own and not issuer_path.startswith(f"{own}/"):
        return "/"
    return issuer_path.removeprefix(f"{own}/" if own else "")


def _require_own_host(host: str) -> None:
    if not _same_host(host, settings.ISSUER):
        raise UnknownIssuer(host)


def _same_host(host: str, url: str) -> bool:
    parts = uris.split(url)
    return _without_port(host, parts.scheme) == _without_port(parts.netloc, parts.scheme)


def _without_port(host: str, scheme: str) -> str:
    """In lower case, without the port that the scheme implies (RFC 9110 §4.2.3)."""
    return host.lower().removesuffix({"https": ":443", "http": ":80"}.get(scheme, ""))


def url(issuer: Issuer, path: str) -> str:
    """A URL that leaves the server: the issuer's own, never the request's."""
    return issuer.identifier + path


def slug_problem(slug: str) -> str:
    """Why a slug cannot be used; empty when it can."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        return _("Use lower-case letters, digits and hyphens, at most 63.")
    if ID.fullmatch(slug):
        return _("This is how the ID of an issuer looks.")
    if slug in RESERVED_SLUGS:
        return _("%(slug)s is the first part of another address of this server.") % {"slug": slug}
    return "" if not Issuer.objects.filter(slug=slug).exists() else _("Another issuer has this slug.")


def url_problem(url: str) -> str:
    """Why an issuer cannot have this URL as its own; empty when it can."""
    plain = _("Use a URL in lower case without path, such as https://id.example.org.")
    if uris.problem(url) or url != url.lower():
        return plain
    parts = uris.split(url)
    if parts.path or parts.query:
        return plain
    if _same_host(parts.netloc, settings.ISSUER):
        return _("The first issuer lives there.")
    return "" if not Issuer.objects.filter(url=url).exists() else _("Another issuer has this URL.")


def free_slug(name: str) -> str:
    """A slug made from a name, numbered until it is free."""
    base = slugify(name)[:50].strip("-") or "project"
    number, slug = 1, base
    while slug_problem(slug):
        number += 1
        slug = f"{base}-{number}"
    return slug


@transaction.atomic
def create(name: str, *, slug: str = "", url: str = "") -> Issuer:
    """A new issuer with its keys and the standard scopes."""
    issuer = Issuer.objects.create(name=name, slug=slug, url=url)
    rotation.provide(issuer)
    Scope.objects.bulk_create(
        Scope(issuer=issuer, name=scope, claims=claims, required=required)
        for scope, claims, required in STANDARD_SCOPES
    )
    return issuer


def provide_first() -> None:
    """After `migrate`: the first issuer, once. What a migration inserts would be gone after the flush of a transactional test."""
    if not Issuer.objects.filter(slug="", url="").exists():
        create(uris.split(settings.ISSUER).netloc or "first")
