"""The OpenAPI 3.1 document of the management API, from its acts and members (`oauth_server/api/v1`).

`python docs/openapi.py` writes it into the package, which serves it as it is; a test holds it true.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "oauth_server" / "api" / "v1" / "openapi.json"
# What may come from every act; of those with a body, and of those that change an object
_ALWAYS = ("invalid-request", "unauthenticated", "forbidden", "not-found", "too-many-requests", "unavailable")
_WITH_BODY = ("invalid-members", "too-large", "unsupported-media-type", "csrf-failed")
_CONDITIONAL = ("stale", "precondition-required")
_HEADERS = {
    "ETag": "The state of the object, for If-Match.",
    "Location": "Where the new object is.",
    "Link": 'The next page, with rel="next"; none on the last.',
    "WWW-Authenticate": "RFC 6750 §3: what is wrong with the token.",
    "Retry-After": "Seconds.",
}
_INFO = (
    "What an operator does in the console, for programs. By an access token of this issuer with `manage:` scopes, or by the session of a "
    "member of staff in a browser, who has to send the CSRF token with what they change. Every refusal is a problem (RFC 9457)."
)


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.settings import patched_settings

    settings = {
        "OAS_VERSION": "3.1.1",
        "COMPONENT_SPLIT_REQUEST": True,
        "COMPONENT_NO_READ_ONLY_REQUIRED": False,
        "POSTPROCESSING_HOOKS": [],
        "SCHEMA_PATH_PREFIX": "",
        "TITLE": "Management API",
        "VERSION": "1",
        "DESCRIPTION": _INFO,
        "DISABLE_ERRORS_AND_WARNINGS": False,
    }
    with patched_settings(settings):
        found: dict[str, Any] = SchemaGenerator(patterns=list(_patterns())).get_schema(request=None, public=True)
    found["servers"] = [{"url": "/api/v1"}]
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }
    shared: dict[str, Any] = {}
    for operations in found["paths"].values():
        for operation in operations.values():
            _add_headers(operation)
            _share_problems(operation, shared)
    found["components"]["responses"] = dict(sorted(shared.items()))
    for schema in found["components"]["schemas"].values():
        schema.pop("description", None)
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def _patterns() -> Iterator[Any]:
    from django.urls import path

    from oauth_server.api.v1.resource import Resource
    from oauth_server.api.v1.routes import ROUTES

    Resource.schema = _schema()
    for route in ROUTES:
        if route.path != "openapi.json":
            yield path(route.path.replace("{", "<str:").replace("}", ">"), route.resource.as_view())


def _schema() -> Any:
    from drf_spectacular.openapi import AutoSchema

    class Described(AutoSchema):  # type: ignore[misc]
        @property
        def act(self) -> Any:
            return self.view.acts()[self.method]

        def get_operation_id(self) -> str:
            parts = [part.strip("{}").replace("-", "_") for part in self.path.strip("/").split("/")]
            return "_".join([self.method.lower(), *parts])

        def get_serializer_name(self, serializer: Any, direction: str) -> str:
            return str(super().get_serializer_name(serializer, direction)).removesuffix("Members")

        def get_summary(self) -> str:
            return str(self.act.says)

        def get_description(self) -> str:
            return told(self.act)

        def get_tags(self) -> list[str]:
            return [self.path.strip("/").split("/")[0]]

        def get_auth(self) -> list[dict[str, Any]]:
            from oauth_server.policy import roles

            return [{"token": [roles.scope_of(self.act.right)] if self.act.right else []}, {"session": []}]

        def get_override_parameters(self) -> list[Any]:
            return list(_parameters(self.path, self.act))

        def map_parsers(self) -> list[str]:
            patch = ["application/merge-patch+json"] if self.method == "PATCH" else []
            return [self.act.receives] if self.act.receives else ["application/json", *patch]

        def get_request_serializer(self) -> Any:
            from drf_spectacular.types import OpenApiTypes

            return OpenApiTypes.BINARY if self.act.receives else self.act.takes

        def get_response_serializers(self) -> Any:
            return _answers(self.act, self.method)

    return Described()


def _parameters(path: str, act: Any) -> Iterator[Any]:
    from drf_spectacular.utils import OpenApiParameter

    from oauth_server.api.v1 import paging

    for part in path.strip("/").split("/"):
        if part.startswith("{"):
            yield OpenApiParameter(part[1:-1], str, OpenApiParameter.PATH, description="As `id` names it.")
    for name, one in (act.filters.base_filters if act.filters else {}).items():
        yield _filter(name, one)
    if act.lists:
        orders = [sign + name.removeprefix("-") for name in act.orders for sign in ("", "-")]
        limit = {"type": "integer", "minimum": 1, "maximum": paging.MOST, "default": paging.DEFAULT}
        yield OpenApiParameter(paging.LIMIT, limit, description="So many at most.")
        yield OpenApiParameter(paging.CURSOR, str, description="From the page before: `next`.")
        yield OpenApiParameter(paging.ORDER, {"type": "string", "enum": orders, "default": next(iter(act.orders))})
    if act.conditional:
        told = "The ETag of the object as it was read; `*` is whatever it is."
        yield OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description=told)


def _filter(name: str, one: Any) -> Any:
    import django_filters
    from drf_spectacular.utils import OpenApiParameter

    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if choices := one.extra.get("choices"):
        schema = {"type": "string", "enum": [value for value, _text in choices]}
    elif isinstance(one, django_filters.IsoDateTimeFilter):
        schema = {"type": "string", "format": "date-time"}
    return OpenApiParameter(name, schema, description=str(one._label or ""))


def _answers(act: Any, method: str) -> dict[Any, Any]:
    from drf_spectacular.types import OpenApiTypes
    from drf_spectacular.utils import OpenApiResponse

    good: Any = act.gives
    if act.lists:
        good = _page(act.gives)
    elif act.sends:
        good = OpenApiTypes.BINARY
    key = (act.status, act.sends or "application/json") if good else act.status
    found: dict[Any, Any] = {key: OpenApiResponse(good, description="Done." if not good else "")}
    by_status: dict[int, list[Any]] = {}
    for rule in _rules(act, method):
        by_status.setdefault(rule.status, []).append(rule)
    for status, rules in sorted(by_status.items()):
        text = " ".join(f"`{rule.rule}`: {rule.title}" for rule in rules)
        found[status, "application/problem+json"] = OpenApiResponse(_problem(), description=text)
    return found


def _rules(act: Any, method: str) -> list[Any]:
    from oauth_server.api.v1.problem import RULES

    names = [*_ALWAYS, *act.fails]
    names += _WITH_BODY if method != "GET" else ()
    names += _CONDITIONAL if act.conditional else ()
    names += ("reauthentication-required",) if act.dangerous else ()
    return [RULES[name] for name in dict.fromkeys(names)]


@cache
def _page(kind: Any) -> Any:
    from rest_framework import serializers

    from oauth_server.api.v1.members import Text

    fields = {
        "items": kind(many=True),
        "next": Text(allow_null=True, help_text="The cursor of the next page; null on the last."),
    }
    return type(f"{kind.__name__.removesuffix('Members')}Page", (serializers.Serializer,), fields)


@cache
def _problem() -> Any:
    from rest_framework import serializers

    from oauth_server.api.v1.members import Names, Text, Whole

    wrong = type("MemberProblem", (serializers.Serializer,), {"member": Text(), "detail": Text()})
    fields = {
        "type": Text(help_text="A URL that describes the rule."),
        "title": Text(),
        "status": Whole(),
        "detail": Text(),
        "rule": Text(help_text="The name of the rule that failed."),
        "trace_id": Text(help_text="As in the log of the server."),
        "errors": wrong(many=True, required=False, help_text="Member by member."),
        "scope": Text(required=False, help_text="What the token lacks."),
        "right": Text(required=False, help_text="The permission that the person lacks."),
        "names": Names(required=False, help_text="What depends on the object."),
    }
    return type("Problem", (serializers.Serializer,), fields)


def _add_headers(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        names = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}.get(status, [])
        if status == "201":
            names = ["ETag", "Location"]
        elif status == "200" and "Page" in json.dumps(response):
            names = ["Link"]
        response["headers"] = {
            "X-Trace-Id": {"schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}, "required": True},
            **{name: {"schema": {"type": "string"}, "description": _HEADERS[name]} for name in names},
        }


def _share_problems(operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """What can go wrong with one status is said once."""
    from oauth_server.api.v1.problem import RULES

    for status, response in operation["responses"].items():
        if "application/problem+json" in response.get("content", {}):
            rules = [rule for rule in RULES.values() if str(rule.status) == status]
            text = " ".join(f"`{rule.rule}`: {rule.title}" for rule in rules)
            shared[f"Problem{status}"] = {**response, "description": text}
            operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}


def told(act: Any) -> str:
    """Who may do it."""
    from oauth_server.policy import roles

    if not act.right:
        return "Which right it takes depends on what is named."
    scope, role = roles.scope_of(act.right), roles.role_of(act.right)
    again = " In a browser they have to have shown a moment ago who they are." if act.dangerous else ""
    return f"By a token with `{scope}`, or a member of staff with `{act.right}` (role `{role}` and above).{again}"


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    import generated

    generated.set_up()
    DOCUMENT.write_text(text())
