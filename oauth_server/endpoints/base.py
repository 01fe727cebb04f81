"""The gate in front of every endpoint for machines, and the only place where a refusal becomes HTTP.

Method, sizes, bytes, media type and duplicate parameters are checked here, once. RFC 6749 §5.2, RFC 6750 §3, RFC 9110 §15.
"""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError

from oauth_server import audit, conflicts, copies, counters, issuers, limits, metrics, refusals, tracing
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.endpoints import cors
from oauth_server.errors import (
    InsufficientScope,
    InvalidAuthorizationDetails,
    InvalidClient,
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidScope,
    InvalidSoftwareStatement,
    InvalidTarget,
    InvalidToken,
    IssuingStopped,
    OAuthError,
    ServerError,
    TemporarilyUnavailable,
    UnapprovedSoftwareStatement,
    UnauthorizedClient,
)
from oauth_server.keys.store import NoKey
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse

logger = logging.getLogger("oauth_server")

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_STATUS: dict[type[OAuthError], int] = {
    InvalidClient: 401,
    InvalidToken: 401,
    InsufficientScope: 403,
    TemporarilyUnavailable: 503,
    IssuingStopped: 503,
    ServerError: 503,
}
# What a client may have is read from copies, so a refusal of it is checked once more before it is given
_DECIDED_BY_COPIES = (InvalidScope, InvalidTarget, InvalidAuthorizationDetails, UnauthorizedClient, IssuingStopped)
# RFC 7591 §3.2.2: about what the bearer of a good token says, not about the token
_ABOUT_METADATA = (InvalidRedirectUri, InvalidClientMetadata, InvalidSoftwareStatement, UnapprovedSoftwareStatement)
_TRIES = 3
# Made once: json.dumps makes an encoder for every call that names an option
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_LONGEST_REASON = 400
# kind of refusal → window, and how many of it this process has recorded in it
_recorded: dict[str, tuple[int, int]] = {}


class WrongMediaType(InvalidRequest):
    default = "The body has another media type than this endpoint takes."


class TooLarge(InvalidRequest):
    default = "The request is too large."


_STATUS |= {WrongMediaType: 415, TooLarge: 413}

# Only hosts and paths of our issuers get in: what is unknown is answered with 404
_last_public: dict[tuple[str, str, str], ProtocolResponse] = {}

Run = Callable[[ProtocolRequest, Parameters, Issuer], ProtocolResponse]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`bearer`: refusals are told as RFC 6750 tells them. `public`: any origin may read the answer, without credentials.

    `proves`: its statements prove the copies that it was answered from, however old they are. `media_type`: of the body that it takes.
    """

    run: Run
    methods: tuple[str, ...]
    bearer: bool = False
    public: bool = False
    cors: bool = True
    proves: bool = False
    media_type: str = FORM


def answer(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    """From the request to the response, whatever happens."""
    if tracing.is_on():
        return tracing.traced(_name(endpoint), request, partial(_timed, endpoint))
    return _timed(endpoint, request)


def _name(endpoint: Endpoint) -> str:
    return endpoint.run.__module__.rpartition(".")[2]


def _timed(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    started = time.perf_counter()
    with audit.origin(address=request.address, trace_id=request.trace_id):
        response = _answer(endpoint, request)
    if metrics.is_on():
        metrics.observe(_name(endpoint), response.status, time.perf_counter() - started)
    headers = {"X-Content-Type-Options": "nosniff", **response.headers, "X-Trace-Id": request.trace_id}
    return ProtocolResponse(response.status, headers, response.body)


def _answer(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    if request.method == "OPTIONS" and endpoint.cors:
        return _guarded(lambda: _preflight(endpoint, request))
    if request.method not in endpoint.methods and not (request.method == "HEAD" and "GET" in endpoint.methods):
        allowed = (*endpoint.methods, "OPTIONS") if endpoint.cors else endpoint.methods
        return ProtocolResponse(405, {"Allow": ", ".join(allowed), **NO_STORE})
    response = _guarded(lambda: _run(endpoint, request))
    return _remembered(request, response) if endpoint.public else response


def _remembered(request: ProtocolRequest, response: ProtocolResponse) -> ProtocolResponse:
    """Clients may keep a public document for JWKS_MAX_AGE, so what was last made is still good while the database is away."""
    key = (request.host.lower(), request.slug, request.path)
    if response.status == 200:
        _last_public[key] = response
    return _last_public.get(key, response) if response.status == 503 else response


def _guarded(run: Callable[[], ProtocolResponse]) -> ProtocolResponse:
    try:
        return conflicts.repeat(run)
    except issuers.UnknownIssuer:
        return ProtocolResponse(404, NO_STORE)
    except (OperationalError, InterfaceError, NoKey) as error:
        logger.error("the database or a key is not there: %s", error)
        return unavailable()
    except DatabaseError:
        logger.exception("the database refused a statement")
        return unavailable()


def _preflight(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    issuer = issuers.for_request(request.host, request.slug)
    return cors.preflight(request, issuer, endpoint.methods, endpoint.public)


def _run(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    issuer = issuers.for_request(request.host, request.slug, proven=endpoint.proves)
    try:
        response = _answer_from_copies(endpoint, request, _form(endpoint, request), issuer)
    except OAuthError as error:
        if error.is_recorded:
            record_refusal(error, issuer=issuer, target=request.path, address=request.address)
        response = refusal(error, issuer, bearer=endpoint.bearer)
    except limits.TooManyAttempts as too_many:
        counters.add("refused:too_many_attempts")
        response = _too_many(too_many)
    return cors.allow(response, request, issuer, public=endpoint.public) if endpoint.cors else response


def _answer_from_copies(
    endpoint: Endpoint, request: ProtocolRequest, form: Parameters, issuer: Issuer
) -> ProtocolResponse:
    """A copy that proves stale, or that alone led to a refusal, is loaded anew and the request starts over."""
    try:
        return endpoint.run(request, form, issuer)
    except (Stale, *_DECIDED_BY_COPIES) as error:
        if not endpoint.proves and not isinstance(error, Stale):
            raise
        logger.debug("starting over with fresh copies: %s", type(error).__name__)
    for _ in range(_TRIES):
        with copies.fresh(), contextlib.suppress(Stale):
            return endpoint.run(request, form, issuers.for_request(request.host, request.slug))
    raise TemporarilyUnavailable


def _too_many(error: limits.TooManyAttempts) -> ProtocolResponse:
    body = refusals.members(InvalidClient, "Too many failed attempts. Try again later.")
    return json_response(body, status=429, headers={"Retry-After": str(error.retry_after), **NO_STORE})


def _form(endpoint: Endpoint, request: ProtocolRequest) -> Parameters:
    """The form of a POST. A query on a POST is refused: credentials there end in logs (RFC 6749 §2.3.1, §3.2)."""
    if request.method not in {"POST", "PUT"}:
        return Parameters({})
    if len(request.body) > settings.MAX_BODY:
        raise TooLarge
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != endpoint.media_type and (media_type or request.body):
        raise WrongMediaType
    if request.query:
        raise InvalidRequest("Parameters belong into the body, not into the URL.")
    return Parameters.parse(request.body) if endpoint.media_type == FORM else Parameters({})


def json_response(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] = NO_STORE
) -> ProtocolResponse:
    raw = _encode(body).encode()
    return ProtocolResponse(status, {"Content-Type": "application/json", **headers}, raw)


def status_of(kind: type[OAuthError]) -> int:
    return _STATUS.get(kind, 400)


def refusal(error: OAuthError, issuer: Issuer, *, bearer: bool = False) -> ProtocolResponse:
    """RFC 6749 §5.2, or RFC 6750 §3.1 for `bearer` endpoints."""
    status = status_of(type(error))
    body = refusals.members(error)
    headers = dict(NO_STORE)
    if bearer and not isinstance(error, _ABOUT_METADATA):
        headers["WWW-Authenticate"] = _challenge(error, body, issuer)
    elif status == 401:
        headers["WWW-Authenticate"] = f'Basic realm="{issuer.identifier}", charset="UTF-8"'
    elif status == 503:
        headers["Retry-After"] = "60" if isinstance(error, IssuingStopped) else "1"
    return json_response(body, status=status, headers=headers)


def _challenge(error: OAuthError, members: Mapping[str, str], issuer: Issuer) -> str:
    challenge = f'Bearer realm="{issuer.identifier}"'
    # RFC 6750 §3.1: a request without authentication gets no error code
    if isinstance(error, NoToken):
        return challenge
    challenge += "".join(f', {name}="{value}"' for name, value in members.items())
    return f'{challenge}, scope="openid"' if isinstance(error, InsufficientScope) else challenge


class NoToken(InvalidToken):
    default = "An access token is needed."


_STATUS[NoToken] = 401


def unavailable() -> ProtocolResponse:
    body = refusals.members(TemporarilyUnavailable)
    return json_response(body, status=503, headers={"Retry-After": "1", **NO_STORE})


def broken(request: ProtocolRequest) -> ProtocolResponse:
    """A fault of this server: the client learns where to find it in the log."""
    return json_response(
        refusals.members(ServerError), status=500, headers={**NO_STORE, "X-Trace-Id": request.trace_id}
    )


def record_refusal(
    error: OAuthError, *, issuer: Issuer | None, target: str, address: str, client: Client | None = None
) -> None:
    """To the log and the counters always, to the audit log so often only that nobody can fill it.

    At most REFUSALS_RECORDED of one kind from one address, and REFUSALS_RECORDED_IN_ALL of one kind by one process, in LIMIT_WINDOW.
    """
    logger.info(
        "refused",
        extra={"error": error.error, "reason": audit.told(error.reason), "trace_id": audit.current().trace_id},
    )
    client = client or audit.asking_client()
    counters.add(f"refused:{error.error}", client.client_id if client else "")
    metrics.count(f"refused:{error.error}")
    most, reason = settings.REFUSALS_RECORDED, f"{error.error}: {error.reason}"
    number = limits.count("audit", error.error, address)
    if number > most or _is_flood(error.error):
        return
    if number == most:
        reason = f"{audit.told(reason)[:_LONGEST_REASON]} (more of this kind from here are counted, not recorded)"
    event = audit.Event.CLIENT_REFUSED if isinstance(error, InvalidClient) else audit.Event.REQUEST_REFUSED
    audit.record(event, issuer=issuer, client=client, target=target, reason=reason)


def _is_flood(kind: str) -> bool:
    """From many addresses at once, as far as this process sees. Kept in memory: a flood must not cost a statement more."""
    window, recorded = _recorded.get(kind, (0, 0))
    this = int(time.monotonic()) // max(1, settings.LIMIT_WINDOW)
    recorded = recorded + 1 if window == this else 1
    _recorded[kind] = (this, recorded)
    return recorded > settings.REFUSALS_RECORDED_IN_ALL
