"""A call of the management API by somebody who may make it: what it asks, and how its answer is made."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from oauth_server import strict_json
from oauth_server.api.v1 import answer, etag, paging
from oauth_server.api.v1.act import Act
from oauth_server.api.v1.caller import Caller, Machine
from oauth_server.api.v1.problem import Problem, invalid
from oauth_server.conf import settings
from oauth_server.models import Issuer
from oauth_server.policy import roles
from oauth_server.protocol import ProtocolRequest

_JSON = frozenset({"application/json", "application/merge-patch+json"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

Row = TypeVar("Row")


@dataclass(frozen=True)
class Call:
    """`mount`: the path at which this API is mounted."""

    issuer: Issuer
    caller: Caller
    act: Act
    asked: ProtocolRequest
    request: Request
    mount: str

    def require_readable(self) -> None:
        """Raises `Problem`."""
        if self.act.conditional and "if-match" not in self.asked.headers:
            # RFC 6585 §3
            raise Problem("precondition-required")
        given = [name for name, values in self.request.GET.lists() if len(values) > 1]
        known = paging.names(self.act)
        wrong = {name: ["It is given twice."] for name in given}
        wrong |= {name: ["It is empty."] for name in self.request.GET if not self.request.GET[name]}
        wrong |= {name: ["It is unknown."] for name in self.request.GET if name not in known}
        if wrong:
            raise Problem("invalid-request", "The query names what is unknown, or something twice.", errors=wrong)
        if self.asked.method in _WITH_BODY and not self.act.receives:
            self._require_json()

    def _require_json(self) -> None:
        if len(self.asked.body) > settings.MAX_BODY:
            raise Problem("too-large")
        media_type = self.asked.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.asked.body and media_type not in _JSON:
            raise Problem("unsupported-media-type", headers={"Accept": "application/json"})

    # What comes in

    def json(self) -> dict[str, Any]:
        """The members that were sent; no body is an empty object. Raises `Problem`."""
        if not self.asked.body.strip():
            return {}
        try:
            found = strict_json.parse(self.asked.body)
        except ValueError:
            raise Problem("invalid-request", "The body is not JSON, or nested too deeply.") from None
        if not isinstance(found, dict):
            raise Problem("invalid-request", "The body must be a JSON object.")
        if wrong := [name for name, value in found.items() if not _is_storable([name, value])]:
            raise invalid(
                {name.replace("\x00", "?"): ["It holds a NUL, or a number that is too large."] for name in wrong}
            )
        return found

    def members(self, stored: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What was sent, as the act takes it. `stored`: the object as it is, whose lasting members stay. Raises `Problem`."""
        kind = self.act.takes
        if kind is None:
            raise TypeError("the act takes no members")
        given = self.json()
        if stored is not None:
            given = _without_lasting(kind, given, stored)
        reader = kind(data=given, partial=self.act.partial)
        if stored is not None:
            for name in getattr(kind, "lasting", ()):
                reader.fields.pop(name)
        if not reader.is_valid():
            raise invalid(_flat(reader.errors))
        return dict(reader.validated_data)

    def precondition(self, describe: Callable[[Row], Mapping[str, Any]]) -> Callable[[Row], None]:
        """For a deed, which calls it with the row that nobody can change any more. It raises `Problem`."""
        return lambda row: etag.require(self.asked.headers.get("if-match", ""), describe(row))

    # What goes out

    @staticmethod
    def tag(members: Mapping[str, Any]) -> str:
        return etag.of(members)

    def forbidden(self, right: str) -> Problem:
        """Of whoever may not do this."""
        if not isinstance(self.caller, Machine):
            return Problem("forbidden", right=right)
        scope = roles.scope_of(right)
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        text = f"The token lacks the scope {scope}."
        return Problem("forbidden", text, headers={"WWW-Authenticate": challenge}, scope=scope)

    def object(
        self, members: Mapping[str, Any], *, status: int = 200, once: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """`once`: what is told in this answer alone."""
        tag = etag.of(members)
        return answer.body({**members, **(once or {}), "etag": tag}, status, {"ETag": tag})

    def made(self, path: str, members: Mapping[str, Any], *, once: Mapping[str, Any] | None = None) -> HttpResponse:
        response = self.object(members, status=201, once=once)
        response.headers["Location"] = f"{self.mount}{path}"
        return response

    def page(
        self, rows: "QuerySet[Any]", describe: Callable[[Any], Mapping[str, Any]], *, tagged: bool = True
    ) -> HttpResponse:
        """A page of a list that the query filters and orders."""
        found, following = paging.page(self, rows)
        listed = [{**members, "etag": etag.of(members)} if tagged else members for members in map(describe, found)]
        response = answer.body({"items": listed, "next": following or None})
        if following:
            response.headers["Link"] = f'<{paging.link(self, following)}>; rel="next"'
        return response


def _is_storable(value: Any) -> bool:
    """Whether every database keeps it."""
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_storable(name) and _is_storable(one) for name, one in value.items())
    return all(map(_is_storable, value)) if isinstance(value, list) else True


def _without_lasting(kind: Any, given: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """An object may be sent back as it was read. Raises `Problem` for another name."""
    lasting = set(getattr(kind, "lasting", ()))
    if wrong := [name for name in sorted(lasting & set(given)) if given[name] != stored.get(name)]:
        raise invalid({name: ["It never changes."] for name in wrong})
    return {name: value for name, value in given.items() if name not in lasting}


def _flat(errors: Any, before: str = "") -> dict[str, list[str]]:
    """Path of a member → messages."""
    if isinstance(errors, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in errors.items():
            path = before if name == "non_field_errors" else f"{before}.{name}" if before else str(name)
            found |= _flat(inner, path)
        return found
    if all(isinstance(one, str) for one in errors):
        return {before: [str(one) for one in errors]}
    found = {}
    for number, inner in enumerate(errors):
        if inner:
            found |= _flat(inner, f"{before}.{number}")
    return found
