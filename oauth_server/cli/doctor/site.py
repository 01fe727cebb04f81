"""A deployment as a visitor meets it: its answers, each asked for once, and the metadata that it publishes."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from oauth_server import fetch, uris

# A host that nobody has (RFC 6761 §6.4)
STRANGER = "doctor.invalid"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Site:
    """`url`: the issuer's, without a slash at the end."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        parts = uris.split(self.url)
        self.scheme, self.host, self.path = parts.scheme, parts.hostname or "", parts.path
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.root = f"{parts.scheme}://{parts.netloc}"
        self._answers: dict[tuple[Any, ...], fetch.Response] = {}

    @property
    def is_local(self) -> bool:
        """On this machine, where nothing travels."""
        return self.host in _LOOPBACK or self.host.endswith(".localhost")

    def ask(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> fetch.Response:
        """The answer to a request without a body; for POST an empty form. Raises `fetch.Unreachable`."""
        sent = dict(headers or {})
        key = (method, url, *sorted(sent.items()))
        if key not in self._answers:
            if method == "POST":
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            self._answers[key] = fetch.send(method, url, headers=sent)
        return self._answers[key]

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> fetch.Response:
        """Raises `fetch.Unreachable`."""
        return self.ask("GET", url, headers)

    @property
    def discovery_url(self) -> str:
        """OpenID Connect Discovery 1.0 §4: behind the path of the issuer."""
        return f"{self.url}/.well-known/openid-configuration"

    @property
    def metadata_url(self) -> str:
        """RFC 8414 §3.1: before it."""
        return f"{self.root}/.well-known/oauth-authorization-server{self.path}"

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What is published; empty when nothing is. Raises `fetch.Unreachable`."""
        answer = self.get(self.discovery_url)
        return answer.json() if answer.status == 200 else {}

    @property
    def seen(self) -> "list[fetch.Response]":
        """Every answer so far."""
        return list(self._answers.values())
