"""Where a person goes after a form: only ever back into this server (CWE-601)."""

import re

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

# Browsers drop tabs and line ends, and read a backslash as a slash: only plain printable ASCII is looked at any further.
_PLAIN = re.compile(r"[!-\[\]-~]+")


def is_own(request: HttpRequest, url: str) -> bool:
    """Whether a URL leads to the host that is being talked to, for every browser."""
    return _PLAIN.fullmatch(url) is not None and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def of(request: HttpRequest) -> str:
    """The `next` of a request; empty when there is none or it leads elsewhere."""
    url = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    return url if is_own(request, url) else ""


def passed_on(request: HttpRequest, url: str) -> str:
    """`url` with the `next` of the request."""
    return with_next(url, of(request))


def with_next(url: str, following: str) -> str:
    if not following:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({REDIRECT_FIELD_NAME: following})}"
