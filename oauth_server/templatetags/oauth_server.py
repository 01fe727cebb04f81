"""What the templates of all three apps ask for: the site's name, initials, hosts that stay readable."""

from typing import Any
from zlib import crc32

from django import template
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from oauth_server import brand, issuers, languages, pages, uris
from oauth_server.conf import settings

register = template.Library()

LONGEST_HOST = 48


@register.simple_tag
def site() -> dict[str, str]:
    """`name`, `privacy_url`, `help_url` of this server, from its settings."""
    name = settings.SITE_NAME or uris.split(settings.ISSUER).hostname or ""
    return {"name": name, "privacy_url": settings.PRIVACY_URL, "help_url": settings.HELP_URL}


def _request(context: template.Context) -> HttpRequest | None:
    request = getattr(context, "request", None) or context.get("request")
    return request if isinstance(request, HttpRequest) else None


@register.simple_tag(takes_context=True)
def nonce(context: template.Context) -> str:
    """For the `nonce` attribute of a script file or a style of a page; without it the page's policy refuses them."""
    request = _request(context)
    return pages.nonce(request) if request is not None else ""


@register.simple_tag(takes_context=True)
def time_left(context: template.Context) -> dict[str, Any]:
    """`until`, `seconds`, `url` where more is asked for; empty for a page behind which no app's request waits."""
    request = _request(context)
    return pages.time_left(request) if request is not None else {}


@register.simple_tag(takes_context=True)
def branded(context: template.Context) -> dict[str, str]:
    """`style` and `logo` of the page: of its issuer, and the colours of the client that people are on their way to."""
    request, client = _request(context), context.get("client")
    own = dict(_issuer_brand(request) or {}) if request is not None else {}
    if client and not getattr(client, "is_a_strangers", True) and client.brand:
        own |= {name: value for name, value in client.brand.items() if name != "logo"}
    return {"style": brand.style(own), "logo": _static(own.get("logo", ""))}


def _issuer_brand(request: HttpRequest) -> dict[str, str]:
    """Empty for a page of no issuer, and while the database is away."""
    if request.resolver_match is None:
        return {}
    try:
        found: dict[str, str] = issuers.for_request(
            request.get_host(), request.resolver_match.kwargs.get("slug", "")
        ).brand
    except (issuers.UnknownIssuer, DatabaseError, InterfaceError):
        return {}
    return found


def _static(name: str) -> str:
    """Empty for a file that is not among the static files."""
    try:
        return static(name) if name else ""
    except ValueError:
        return ""


@register.simple_tag(takes_context=True)
def appearance(context: template.Context) -> dict[str, Any]:
    """How the page looks, and what can be chosen: `language` (a tag), `direction`, `theme`, `languages`, `themes`, `url`."""
    request, language = _request(context), translation.get_language() or "en"
    theme = pages.theme(request) if request is not None else ""
    return {
        "language": languages.tag(language),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "theme": theme,
        "languages": [
            {"code": code, "tag": languages.tag(code), "name": name, "is_chosen": code == language}
            for code, name in languages.offered().items()
        ],
        "themes": [
            {"code": code, "name": name, "is_chosen": code == (theme or "auto")} for code, name in _THEMES.items()
        ],
        "url": _appearance_url(),
    }


_THEMES = {"auto": _("As on this device"), "light": _("Light"), "dark": _("Dark")}


def _appearance_url() -> str:
    """Empty where a project has not mounted our addresses."""
    try:
        return reverse("oauth2_provider:appearance")
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def logo_of(context: template.Context, client: Any) -> str:
    """The address of a client's logo: the one that an operator uploaded, or its own where this page may load it. Empty: initials."""
    if getattr(client, "logo", ""):
        return reverse("oauth2_provider:client-logo", args=[client.logo])
    request, url = getattr(context, "request", None), str(getattr(client, "logo_uri", "") or "")
    return url if request is not None and pages.shows_image(request, url) else ""


@register.simple_tag
def my_applications() -> str:
    """The page on which people register apps of their own; empty where there is none."""
    if settings.MY_APPLICATIONS == "closed":
        return ""
    try:
        return reverse("oauth_consent:applications")
    except NoReverseMatch:
        return ""


@register.filter
def initials(name: object) -> str:
    """One or two letters for a picture that is missing."""
    words = [word for word in str(name or "").split("@")[0].replace(".", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def hue(name: object) -> int:
    """Which of the six colours a mark without a picture has: always the same for the same name."""
    return crc32(str(name).encode()) % 6


@register.filter
def host(domain: object) -> str:
    """A domain of which the end, the part that says who it is, is always in sight."""
    text = str(domain or "")
    return text if len(text) <= LONGEST_HOST else "…" + text[-LONGEST_HOST:]


@register.filter
def person_name(person: Any) -> str:
    """The name of a user of any user model; the log-in name where there is no other."""
    full_name = getattr(person, "get_full_name", str)()
    return str(full_name or "").strip() or str(person.get_username())


@register.filter
def person_address(person: Any) -> str:
    """The e-mail address of a user of any user model, unless it is what `person_name` shows."""
    email_field = getattr(person, "get_email_field_name", str)()
    address = str(getattr(person, email_field, "") or "") if email_field else ""
    return "" if address == person_name(person) else address
