"""What a trial of a client shows: each request with its answer, what is in it, and every rule with how it came out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oauth_server.keys import jose

PASSED, FAILED, UNTESTED = "passed", "failed", "untested"
# What opens something: enough of it is shown to tell one from another
_SECRET = frozenset("code code_verifier access_token refresh_token id_token client_secret".split())
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that the client, or this server, keeps; `told` says what was compared, or why it was not tried."""

    name: str
    outcome: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `parts`: what is in the answer, decoded: title and JSON."""

    title: str
    line: str
    sent: Sequence[tuple[str, str]]
    status: str
    answer: str
    checks: Sequence[Check]
    parts: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Report:
    exchanges: Sequence[Exchange]

    @property
    def outcome(self) -> str:
        return FAILED if any(check.outcome == FAILED for check in self.checks) else PASSED

    @property
    def checks(self) -> list[Check]:
        return [check for exchange in self.exchanges for check in exchange.checks]

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if check.outcome == FAILED]


def check(name: str, holds: bool, told: str = "") -> Check:
    return Check(name, PASSED if holds else FAILED, told)


def shown(members: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters for a page: what opens something is cut."""
    return [(name, masked(name, str(value))) for name, value in members.items()]


def masked(name: str, value: str) -> str:
    return f"{value[:_SHOWN]}…" if name in _SECRET and value else value


def pretty(members: Mapping[str, Any]) -> str:
    cut = {name: masked(name, value) if isinstance(value, str) else value for name, value in members.items()}
    return json.dumps(cut, indent=2, ensure_ascii=False)


def decoded(title: str, token: str) -> list[tuple[str, str]]:
    """Header and claims of a JWT, without its signature; nothing for what is none."""
    try:
        parts = {"header": jose.unverified_header(token), "claims": jose.unverified_claims(token)}
    except jose.InvalidJWT:
        return []
    return [(title, json.dumps(parts, indent=2, ensure_ascii=False))]
