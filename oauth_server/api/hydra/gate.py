"""Ory Hydra's contract: the door of the admin half. Who asks, with which right, for which route; and every answer is JSON.

Hydra itself asks nobody who they are. Here a token of the management API is needed, as `Authorization: Bearer` or as `X-Admin-Token`,
which leaves Basic alone.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict

from oauth_server import audit, conflicts, issuers, strict_json
from oauth_server.api import token
from oauth_server.api.hydra import wire
from oauth_server.api.hydra.wire import Refusal
from oauth_server.api.token import SCOPES
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.endpoints import adapter
from oauth_server.errors import (
    InsufficientScope,
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidToken,
    TemporarilyUnavailable,
)
from oauth_server.keys.store import NoKey
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens.lookup import Found

logger = logging.getLogger("oauth_server.api")

_ABOUT_METADATA = (InvalidClientMetadata, InvalidRedirectUri, InvalidRequest)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the admin half, by somebody who may make it. `path` is the URL's own, without a slash at the end."""

    issuer: Issuer
    caller: Found
    query: QueryDict
    body: bytes = field(repr=False)
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def rights(self) -> frozenset[str]:
        return frozenset(self.caller.scope.split()) & set(SCOPES)

    def require(self, *rights: str) -> None:
        """Raises `Refusal` where the token has none of these rights."""
        if not self.rights.intersection(rights):
            raise forbidden(*rights)

    def json(self) -> Any:
        """Raises `Refusal`."""
        try:
            return strict_json.parse(self.body)
        except ValueError:
            raise Refusal(400, "invalid_request", "The body is not JSON, or nested too deeply.") from None

    def object(self, *, empty: bool = False) -> dict[str, Any]:
        """The members of a JSON object. `empty`: no body and the value null are as good as {}."""
        found = {} if empty and not self.body.strip() else self.json()
        if empty and found is None:
            return {}
        if not isinstance(found, dict):
            raise Refusal(400, "invalid_request", "The body must be a JSON object.")
        return found

    def form(self) -> Parameters:
        try:
            return Parameters.parse(self.body)
        except InvalidRequest as error:
            raise Refusal(400, "invalid_request", error.description) from None

    def argument(self, *names: str) -> str:
        """A query parameter, under whichever of its names. Raises `Refusal` when it is missing."""
        value = next((str(self.query[name]) for name in names if self.query.get(name)), "")
        if not value or "\x00" in value:
            raise Refusal(400, "invalid_request", f"The parameter {names[0]} is missing.")
        return value


Act = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Route:
    """`acts`: by method, what is done and which rights allow it, of which any will do."""

    pattern: re.Pattern[str]
    acts: Mapping[str, tuple[Act, tuple[str, ...]]]


def route(pattern: str, **acts: tuple[Act, tuple[str, ...]]) -> Route:
    return Route(re.compile(f"(?:{pattern})/?", re.DOTALL), {method.upper(): act for method, act in acts.items()})


def forbidden(*rights: str) -> Refusal:
    scope = " ".join(rights)
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return Refusal(
        403, InsufficientScope.error, f"The token lacks the scope {rights[0]}.", {"WWW-Authenticate": challenge}
    )


def unauthorized(value: str) -> Refusal:
    # RFC 6750 §3.1: no error code in the challenge when no token was sent
    challenge = 'Bearer error="invalid_token"' if value else "Bearer"
    text = InvalidToken.default if value else "An access token with a manage: scope is needed."
    return Refusal(401, InvalidToken.error, text, {"WWW-Authenticate": challenge})


def presented(request: ProtocolRequest) -> str:
    """The admin token of a request; empty when there is none."""
    return request.headers.get("x-admin-token", "").strip() or token.bearer(request)


def caller(request: ProtocolRequest, issuer: Issuer) -> Found:
    """Who asks. Raises `Refusal`."""
    value = presented(request)
    found = token.holder(value, issuer)
    if found is None:
        raise unauthorized(value)
    return found


def serve(request: HttpRequest, slug: str, path: str, routes: tuple[Route, ...]) -> HttpResponse:
    """From a request below `/hydra/admin/` to its answer, whatever happens."""
    response = _whatever_happens(request, slug, path, routes)
    if request.method == "HEAD":
        response.content = b""
    return response


def _whatever_happens(request: HttpRequest, slug: str, path: str, routes: tuple[Route, ...]) -> HttpResponse:
    asked = adapter.protocol_request(request, slug)
    with audit.origin(address=asked.address, trace_id=asked.trace_id):
        try:
            return conflicts.repeat(lambda: _answer(request, asked, path, routes))
        except Refusal as refusal:
            return wire.refused(refusal)
        except (issuers.UnknownIssuer, ObjectDoesNotExist):
            # the object was deleted meanwhile
            return wire.refused(wire.not_found())
        except _ABOUT_METADATA as error:
            return wire.refused(Refusal(400, error.error, error.description))
        except (DatabaseError, NoKey, Stale, TemporarilyUnavailable) as error:
            logger.error("the database or a key is not there: %s", error)
            return wire.refused(Refusal(503, TemporarilyUnavailable.error, TemporarilyUnavailable.default))
        except Exception:
            # a page would be of no use to a program: its client prints "undefined response type"
            logger.exception("a fault of the server")
            return wire.refused(Refusal(500, "server_error", "The server met an unexpected condition."))


def _answer(request: HttpRequest, asked: ProtocolRequest, path: str, routes: tuple[Route, ...]) -> HttpResponse:
    issuer = issuers.as_stored(asked.host, asked.slug)
    try:
        found = caller(asked, issuer)
    except Refusal:
        token.note_bad(asked, issuer)
        raise
    act, rights, values = _act(request.method or "", path, routes)
    here = request.path.removesuffix("/")
    call = Call(issuer, found, request.GET, asked.body, here, asked.headers)
    with audit.origin(actor=f"client:{found.client.client_id}", address=asked.address, trace_id=asked.trace_id):
        try:
            call.require(*rights)
            if len(asked.body) > settings.MAX_BODY:
                raise Refusal(413, "invalid_request", "The request is too large.")
            return act(call, **values)
        except Refusal as refusal:
            if refusal.status == 403:
                token.note_forbidden(issuer, found.client, asked.path, str(refusal.body["error_description"]))
            raise


def _act(method: str, path: str, routes: tuple[Route, ...]) -> tuple[Act, tuple[str, ...], dict[str, str]]:
    """Raises `Refusal`: 404 for an unknown path, 405 for another method."""
    method = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for one in routes:
        match = one.pattern.fullmatch(path)
        if match is None:
            continue
        if method in one.acts:
            act, rights = one.acts[method]
            return act, rights, {name: value or "" for name, value in match.groupdict().items()}
        allowed += [name for name in one.acts if name not in allowed]
    if not allowed:
        raise wire.not_found()
    raise Refusal(405, "invalid_request", "The method is not allowed here.", {"Allow": ", ".join(sorted(allowed))})
