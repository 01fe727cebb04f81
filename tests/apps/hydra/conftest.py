"""A program that speaks Hydra's contract over Django's test client, and the exact models of its command-line client."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server import issuers
from oauth_server.deeds import admin_token
from oauth_server.models import Issuer

EVERY = tuple(admin_token.SCOPES)


@dataclass
class Hydra:
    """`hydra("POST", "/admin/clients", {...})`; by X-Admin-Token with `own_header`, without a token with `token=""`."""

    issuer: Issuer
    token: str
    http: HTTP = field(default_factory=lambda: HTTP(raise_request_exception=False))

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        form: str | None = None,
        token: str | None = None,
        own_header: bool = False,
        **headers: str,
    ) -> Any:
        value = self.token if token is None else token
        if value:
            headers["x-admin-token" if own_header else "authorization"] = value if own_header else f"Bearer {value}"
        data: Any = form if form is not None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        if form is None and body is None:
            data = b""
        kind = "application/x-www-form-urlencoded" if form is not None else "application/json"
        slug = f"/{self.issuer.slug}" if self.issuer.slug else ""
        answer = self.http.generic(method, f"{slug}/hydra{path}", data, content_type=kind, headers=headers)
        self.check(answer)
        return answer

    def check(self, answer: Any) -> None:
        """What holds for every answer: JSON or nothing, never a redirect, never a fault, and it names its trace."""
        assert answer.status_code < 500, answer.content
        assert answer.status_code not in {301, 302, 307, 308}, answer["Location"]
        assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Trace-Id"])
        if answer.status_code >= 400:
            assert answer.content, answer.status_code
        if answer.content:
            assert answer["Content-Type"].startswith("application/json")
            body = answer.json()
            if answer.status_code >= 400 and answer.status_code != 410:
                assert set(body) == {"error", "error_description"}, body
                assert all(isinstance(text, str) and text.isascii() for text in body.values())

    def make(self, **members: Any) -> Any:
        answer = self("POST", "/admin/clients", members)
        assert answer.status_code == 201, answer.content
        return answer.json()


def hydra_of(issuer: Issuer, *scopes: str) -> Hydra:
    return Hydra(issuer, admin_token.make(issuer, scopes or EVERY, 10 * 86_400).access_token)


@pytest.fixture
def hydra(db: None) -> Hydra:
    """The program of an operator who may do everything."""
    return hydra_of(issuers.first())
