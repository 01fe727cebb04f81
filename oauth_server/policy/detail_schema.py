"""RFC 9396 §2.1, §5: the members of a type of authorization details, declared in a part of JSON Schema (2020-12).

A keyword that is not here is refused when the schema is stored: nothing is believed to be checked that is not. A member that the
schema does not name is refused in a request (§5). Names are short ASCII, so that a refusal can say where the fault is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_.:@$-]{1,60}", re.ASCII)
_MAX_DEPTH = 6
_KINDS = ("string", "integer", "number", "boolean", "object", "array")
_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
# §2.2 what most types need; a schema that names one of these keeps its shape
COMMON: Mapping[str, Mapping[str, Any]] = {
    "locations": _TEXTS,
    "actions": _TEXTS,
    "datatypes": _TEXTS,
    "privileges": _TEXTS,
    "identifier": {"type": "string", "minLength": 1},
}
# The API is named in a word of its own, so these need no declaration
ALWAYS = ("type", "locations")
_ANY: Mapping[str, Any] = {"type": "object", "properties": COMMON}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_values(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, (str, int, float)) for one in value)


# keyword → what it takes, and for which types
_KEYWORDS: dict[str, tuple[Callable[[Any], bool], tuple[str, ...]]] = {
    "title": (_is_text, _KINDS),
    "description": (_is_text, _KINDS),
    "enum": (_is_values, ("string", "integer", "number")),
    "minLength": (_is_count, ("string",)),
    "maxLength": (_is_count, ("string",)),
    "minimum": (_is_number, ("integer", "number")),
    "maximum": (_is_number, ("integer", "number")),
    "minItems": (_is_count, ("array",)),
    "maxItems": (_is_count, ("array",)),
    "required": (_is_names, ("object",)),
    "additionalProperties": (lambda value: value is False, ("object",)),
}


def fault(schema: Any) -> str:
    """What is wrong with a schema, in English and with the place; empty when it can be used. An empty one stands for `COMMON`."""
    if schema == {}:
        return ""
    found = next(_faults(schema, "schema", 0), "")
    if found:
        return found
    if schema["type"] != "object":
        return "schema: a detail is an object"
    members = schema.get("properties", {})
    if "type" in members:
        return "schema: type goes without saying"
    other = [name for name, own in members.items() if name in COMMON and _outline(own) != _outline(COMMON[name])]
    return f"schema: {other[0]} has another type than in RFC 9396" if other else ""


def _outline(schema: Mapping[str, Any]) -> tuple[str, str]:
    return schema["type"], schema.get("items", {}).get("type", "")


def _faults(schema: Any, where: str, depth: int) -> Iterator[str]:
    if not isinstance(schema, dict) or schema.get("type") not in _KINDS:
        yield f"{where}: an object with a type of {', '.join(_KINDS)} is needed"
        return
    if depth > _MAX_DEPTH:
        yield f"{where}: nested too deeply"
        return
    kind = schema["type"]
    for keyword, value in schema.items():
        if keyword in ("type", "properties", "items"):
            continue
        takes, kinds = _KEYWORDS.get(keyword, (None, ()))
        if takes is None or kind not in kinds:
            yield f"{where}: {keyword} is not known for {kind}"
        elif not takes(value):
            yield f"{where}: {keyword} has a wrong value"
    yield from _faults_inside(schema, where, depth)


def _faults_inside(schema: dict[str, Any], where: str, depth: int) -> Iterator[str]:
    kind = schema["type"]
    if ("properties" in schema) > (kind == "object") or ("items" in schema) != (kind == "array"):
        yield f"{where}: an object has properties and an array has items"
        return
    if kind == "array":
        yield from _faults(schema["items"], f"{where}.items", depth + 1)
    members = schema.get("properties", {})
    if not isinstance(members, dict) or not all(_NAME.fullmatch(name) for name in members):
        yield f"{where}: properties is an object whose names are short ASCII"
        return
    missing = [name for name in schema.get("required", ()) if name not in members and name not in ALWAYS]
    if missing:
        yield f"{where}: required names what properties does not"
    for name, own in members.items():
        yield from _faults(own, f"{where}.{name}", depth + 1)


def problem(detail: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """§5 what keeps a detail from being one of its type; empty when nothing does. Nothing of what was sent is in it."""
    whole = schema or _ANY
    members = {name: COMMON[name] for name in ALWAYS if name in COMMON} | dict(whole.get("properties", {}))
    own = {**whole, "properties": {**members, "type": {"type": "string"}}}
    return next(_problems(detail, own, ""), "")


def _problems(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    kind = schema["type"]
    if not _is_of(kind, value):
        yield f"{where} has the wrong type."
        return
    if "enum" in schema and not any(type(one) is type(value) and one == value for one in schema["enum"]):
        yield f"{where} has a value that the type does not know."
    size = len(value) if isinstance(value, (str, list)) else value if _is_number(value) else 0
    suffix = {"string": "Length", "array": "Items"}.get(kind, "imum")
    if size < schema.get(f"min{suffix}", size) or size > schema.get(f"max{suffix}", size):
        yield f"{where} is too short, too long, or out of range."
    if kind == "array":
        for one in value:
            yield from _problems(one, schema["items"], where)
    elif kind == "object":
        yield from _problems_inside(value, schema, where)


def _problems_inside(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    members = schema.get("properties", {})
    if any(name not in members for name in value):
        yield f"{where or 'A detail'} has a member that its type does not know."
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{_path(where, name)} is missing."
    for name, own in members.items():
        if name in value:
            yield from _problems(value[name], own, _path(where, name))


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _is_of(kind: str, value: Any) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return _is_number(value)
    return isinstance(value, {"string": str, "boolean": bool, "object": dict, "array": list}[kind])
