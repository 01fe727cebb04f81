"""The door of the management API: issuer, caller, right, limit, precondition; then the act. Every refusal is a problem (RFC 9457)."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from oauth_server import audit, conflicts, counters, issuers, limits
from oauth_server.api import token
from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import Act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.caller import AtTheMachine, BySession, ByToken, Caller, Machine, Root, passed
from oauth_server.api.v1.problem import Problem
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.deeds.client import Beyond
from oauth_server.deeds.invalid import InUse, Invalid, Taken
from oauth_server.endpoints import adapter
from oauth_server.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidRequest
from oauth_server.keys.store import NoKey
from oauth_server.models import Issuer
from oauth_server.protocol import ProtocolRequest

logger = logging.getLogger("oauth_server.api")

PATH = "/api/v1"


class OnlyJSON(BaseContentNegotiation):
    """RFC 9110 §12.5.1: whatever is asked for, the one form that there is."""

    def select_parser(self, request: Any, parsers: Iterable[Any]) -> Any:
        return None

    def select_renderer(self, request: Any, renderers: Iterable[Any], format_suffix: str | None = None) -> Any:
        return JSONRenderer(), JSONRenderer.media_type


class Resource(APIView):
    """A path. Its methods (`get`, `post` …) carry an `Act` and take a `Call`. Nothing is taken from a host's settings of the framework."""

    authentication_classes = (AtTheMachine, ByToken, BySession)
    permission_classes = ()
    throttle_classes = ()
    parser_classes = ()
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OnlyJSON
    versioning_class = None
    metadata_class = None

    asked: ProtocolRequest
    issuer: Issuer
    mount: str
    caller: Caller | None = None

    @classmethod
    def acts(cls) -> dict[str, Act]:
        """By method."""
        methods = {name: getattr(cls, name, None) for name in cls.http_method_names}
        return {name.upper(): method.act for name, method in methods.items() if method and hasattr(method, "act")}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.asked = adapter.protocol_request(request, kwargs.pop("slug", ""))
        self.mount = kwargs.pop("mount", PATH)
        with audit.origin(address=self.asked.address, trace_id=self.asked.trace_id):
            response = self._whatever_happens(request, kwargs)
        for name, value in answer.headers(self.asked.trace_id).items():
            response.headers[name] = value
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response

    def _whatever_happens(self, request: HttpRequest, names: dict[str, str]) -> HttpResponseBase:
        try:
            return conflicts.repeat(lambda: self._noted(request, names))
        except Problem as problem:
            return self._refused(problem)
        except (DatabaseError, InterfaceError, NoKey, Stale) as error:
            logger.error("the database or a key is not there: %s", error)
            return self._refused(Problem("unavailable", headers={"Retry-After": "1"}))
        except Exception:
            if getattr(django_settings, "DEBUG_PROPAGATE_EXCEPTIONS", False):
                raise
            logger.exception("a fault of the server")
            return self._refused(Problem("server-error"))

    def _refused(self, problem: Problem) -> HttpResponse:
        found = getattr(self, "issuer", None)
        base = issuers.url(found, PATH) if found else self.mount
        return answer.refused(problem, base, self.asked.trace_id)

    def _noted(self, request: HttpRequest, names: dict[str, str]) -> HttpResponseBase:
        """Who did what they may not is on record, outside of the transaction that the refusal has undone."""
        try:
            return self._run(request, names)
        except Problem as problem:
            if problem.rule.status == 403:
                self._note(f"{problem.rule.rule}: {problem.detail}")
            if problem.rule.status == 429:
                counters.add("refused:too_many_attempts")
            raise

    def _note(self, why: str) -> None:
        client = self.caller.found.client if isinstance(self.caller, Machine) else None
        actor = self.caller.actor if self.caller else ""
        with audit.origin(actor=actor, address=self.asked.address, trace_id=self.asked.trace_id):
            token.note_forbidden(self.issuer, client, self.asked.path, why)

    def _run(self, request: HttpRequest, names: dict[str, str]) -> HttpResponseBase:
        """Raises `Problem`, and what the database raises."""
        try:
            return self._admitted(request, names)
        except (issuers.UnknownIssuer, ObjectDoesNotExist):
            # or it was deleted meanwhile
            raise Problem("not-found") from None
        except limits.TooManyAttempts as error:
            raise Problem("too-many-requests", headers={"Retry-After": str(error.retry_after)}) from None
        except Invalid as error:
            raise Problem("invalid-members", str(error)[:2000], errors=error.problems) from None
        except (InvalidClientMetadata, InvalidRedirectUri, InvalidRequest) as error:
            raise Problem("invalid-members", error.description) from None
        except IntegrityError:
            # somebody else was as fast
            raise Problem("taken") from None
        except Taken as error:
            raise Problem("taken", f"There is one with the name {error} already.") from None
        except InUse as error:
            raise Problem("in-use", f"These depend on it: {', '.join(error.names)}.", names=error.names) from None
        except Beyond:
            raise Problem("beyond-your-rights") from None

    def _admitted(self, request: HttpRequest, names: dict[str, str]) -> HttpResponseBase:
        self.args, self.kwargs = (), names
        self.request = self.initialize_request(request)
        self.issuer = self._issuer(request)
        method = "GET" if request.method == "HEAD" else str(request.method)
        acts = self.acts()
        caller = self.caller = self._caller()
        if method not in acts:
            allowed = sorted({*acts, *(("HEAD",) if "GET" in acts else ())})
            raise Problem("method-not-allowed", headers={"Allow": ", ".join(allowed)})
        act = acts[method]
        call = Call(self.issuer, caller, act, self.asked, self.request, self.mount)
        if act.right and not caller.may(act.right):
            raise call.forbidden(act.right)
        if act.dangerous:
            caller.require_recent(request)
        call.require_readable()
        with audit.origin(actor=caller.actor, address=self.asked.address, trace_id=self.asked.trace_id):
            return getattr(self, method.lower())(call, **names)  # type: ignore[no-any-return]

    def _issuer(self, request: HttpRequest) -> Issuer:
        """Raises `UnknownIssuer`."""
        at_the_machine = passed(request)
        return at_the_machine.issuer if at_the_machine else issuers.as_stored(self.asked.host, self.asked.slug)

    def _caller(self) -> Caller:
        """Raises `Problem`, `TooManyAttempts`."""
        self.perform_authentication(self.request)
        found = self.request.auth
        if not isinstance(found, Caller):
            raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        if not isinstance(found, Root):
            limits.take(settings.API_REQUESTS, "api", str(self.issuer.pk), found.actor)
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """`path`: names in braces are single parts of a path."""

    path: str
    resource: type[Resource]
