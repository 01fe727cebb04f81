"""What the templates of all three apps ask for: the site's name, initials, hosts that stay readable."""

from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from django import template

from oauth_server import pages
from oauth_server.conf import settings

register = template.Library()

LONGEST_HOST = 48


@register.simple_tag
def site() -> dict[str, str]:
    """`name`, `privacy_url`, `help_url` of this server, from its settings."""
    name = settings.SITE_NAME or urlsplit(settings.ISSUER).hostname or ""
    return {"name": name, "privacy_url": settings.PRIVACY_URL, "help_url": settings.HELP_URL}


@register.simple_tag(takes_context=True)
def logo_of(context: template.Context, client: Any) -> str:
    """The address of a client's logo where this page may load it; empty: show its initials."""
    request, url = getattr(context, "request", None), str(getattr(client, "logo_uri", "") or "")
    return url if request is not None and pages.shows_image(request, url) else ""


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
