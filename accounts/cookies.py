"""RFC 6265bis: the cookies of the accounts. HttpOnly, this site's alone, and one that says something is sealed."""

import json
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase

from oauth_server import seal


def name(base: str) -> str:
    """`__Host-` keeps subdomains from setting it, where the cookie is sent over https only."""
    return f"__Host-{base}" if django_settings.SESSION_COOKIE_SECURE else base


def put(response: HttpResponseBase, base: str, value: str, max_age: int) -> None:
    if hasattr(response, "set_cookie"):
        response.set_cookie(
            name(base),
            value,
            max_age=max_age,
            secure=bool(django_settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
            path="/",
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """Texts that a browser keeps for this server, which alone reads and writes them. What a request changes is told to its response."""

    base: str
    purpose: str

    def read(self, request: HttpRequest) -> list[str]:
        if self.base in request.META:
            return list(request.META[self.base])
        sealed = request.COOKIES.get(name(self.base), "")
        try:
            return list(json.loads(seal.from_cookie(self.purpose, sealed))) if sealed else []
        except (seal.Unreadable, ValueError):
            return []

    def write(self, request: HttpRequest, texts: list[str]) -> None:
        request.META[self.base] = texts

    def send(self, request: HttpRequest, response: HttpResponseBase, max_age: int) -> None:
        """What this request has changed."""
        texts = request.META.get(self.base)
        if texts:
            put(response, self.base, seal.to_cookie(self.purpose, json.dumps(texts).encode()), max_age)
        elif texts is not None and hasattr(response, "delete_cookie"):
            response.delete_cookie(name(self.base), path="/", samesite="Lax")
