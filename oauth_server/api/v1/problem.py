"""RFC 9457 problem details: every refusal of the management API, by the name of the rule that failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to fail. `rule` is the last part of its `type`, a URL that describes it."""

    rule: str
    status: int
    title: str


RULES: dict[str, Rule] = {
    rule.rule: rule
    for rule in (
        Rule("invalid-request", 400, "The request cannot be read."),
        Rule("invalid-members", 400, "A member is unknown, missing, or has a value that it cannot have."),
        Rule("unauthenticated", 401, "A live access token of this issuer with a manage: scope is needed."),
        Rule("forbidden", 403, "The caller may not do this."),
        Rule("beyond-your-rights", 403, "It would give more rights than the caller has."),
        Rule("reauthentication-required", 403, "The sign-in of the browser was too long ago for this."),
        Rule("csrf-failed", 403, "A browser has to send the CSRF token with what it changes."),
        Rule("not-found", 404, "There is no such object."),
        Rule("method-not-allowed", 405, "The method is not allowed here."),
        Rule("taken", 409, "Another object has this name."),
        Rule("in-use", 409, "Something else depends on it."),
        Rule("not-yet", 409, "It can be done later, not now."),
        Rule("stale", 412, "The object has changed since it was read."),
        Rule("too-large", 413, "The body is too large."),
        Rule("unsupported-media-type", 415, "The body has to be JSON."),
        Rule("precondition-required", 428, "If-Match is needed, with the ETag of the object as it was read."),
        Rule("too-many-requests", 429, "Too many requests. Try again later."),
        Rule("server-error", 500, "The server met an unexpected condition."),
        Rule("unavailable", 503, "The server cannot reach what it has stored. Try again later."),
    )
}


class Problem(Exception):
    """Raised anywhere inside a call. `errors`: member → what is wrong with it; `more`: further members of the answer."""

    def __init__(
        self,
        rule: str,
        detail: str = "",
        *,
        errors: Mapping[str, Iterable[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.rule = RULES[rule]
        self.detail = detail or self.rule.title
        self.errors = [{"member": name, "detail": text} for name, texts in (errors or {}).items() for text in texts]
        self.headers = dict(headers or {})
        self.more = more
        super().__init__(f"{rule}: {self.detail}")

    def body(self, base: str, trace_id: str) -> dict[str, Any]:
        """`base`: the URL at which this API is mounted."""
        found: dict[str, Any] = {
            "type": f"{base}/problems/{self.rule.rule}",
            "title": self.rule.title,
            "status": self.rule.status,
            "detail": self.detail,
            "rule": self.rule.rule,
            "trace_id": trace_id,
            **self.more,
        }
        return {**found, "errors": self.errors} if self.errors else found


def invalid(errors: Mapping[str, Iterable[str]]) -> Problem:
    """Members that cannot be had as they are."""
    listed = {name: list(texts) for name, texts in errors.items()}
    detail = " ".join(f"{name}: {text}" for name, texts in listed.items() for text in texts)
    return Problem("invalid-members", detail[:2000], errors=listed)


def missing(what: str) -> Problem:
    return Problem("not-found", f"There is no such {what} at this issuer.")
