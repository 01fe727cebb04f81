"""A program that speaks the management API over Django's test client, and checks what holds for every answer."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server import issuers
from oauth_server.api.v1.problem import RULES
from oauth_server.deeds import admin_token
from oauth_server.models import Issuer

EVERY = tuple(admin_token.SCOPES)


@dataclass
class API:
    """`api("POST", "/clients", {...})`; without a token with `token=""`."""

    issuer: Issuer
    token: str
    http: HTTP = field(default_factory=lambda: HTTP(raise_request_exception=False))

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        if_match: str = "",
        media_type: str = "application/json",
        **headers: str,
    ) -> Any:
        value = self.token if token is None else token
        if value:
            headers["authorization"] = f"Bearer {value}"
        if if_match:
            headers["if-match"] = if_match
        data = b"" if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        slug = f"/{self.issuer.slug}" if self.issuer.slug else ""
        answer = self.http.generic(method, f"{slug}/api/v1{path}", data, content_type=media_type, headers=headers)
        check(answer)
        return answer

    def make(self, path: str, **members: Any) -> Any:
        answer = self("POST", path, members)
        assert answer.status_code == 201, answer.content
        return answer.json()


def check(answer: Any) -> None:
    """What holds for every answer: never a fault, never a redirect; a refusal is a problem that names its rule and its trace."""
    assert answer.status_code < 500, answer.content
    assert answer.status_code not in range(300, 400), answer.headers
    assert len(answer["X-Trace-Id"]) == 32
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    if answer.streaming:
        return
    if answer.status_code >= 400 and answer.content:
        assert answer["Content-Type"] == "application/problem+json"
        problem = answer.json()
        rule = RULES[problem["rule"]]
        assert (problem["status"], problem["title"]) == (rule.status, rule.title)
        assert rule.status == answer.status_code
        assert problem["trace_id"] == answer["X-Trace-Id"]
        assert problem["type"].endswith(f"/api/v1/problems/{rule.rule}")
        assert problem["detail"]
    elif answer.content and answer["Content-Type"] == "application/json" and "etag" in answer.json():
        assert answer.json()["etag"] == answer["ETag"]


def api_of(issuer: Issuer, *scopes: str) -> API:
    return API(issuer, admin_token.make(issuer, scopes or EVERY, 10 * 86_400).access_token)


@pytest.fixture
def api(db: None) -> API:
    """The program of an operator who may do everything."""
    return api_of(issuers.first())
