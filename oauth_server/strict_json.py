"""RFC 8259 JSON as it comes from strangers: no name twice in an object, no NaN, nested at most so deep. Neither Django nor settings."""

import json
from typing import Any

MAX_DEPTH = 20


class Refused(ValueError):
    """The text is JSON of a kind that two programs could read differently, or that costs too much."""


def parse(raw: bytes | str, *, depth: int = MAX_DEPTH) -> Any:
    """Raises `ValueError`, whatever the bytes."""
    try:
        value = json.loads(raw, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError as error:
        raise Refused("nested too deeply") from error
    _require_shallow(value, depth)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("a name comes twice")
    return found


def _constant(name: str) -> Any:
    raise Refused(f"{name} is not JSON")


def _require_shallow(value: Any, depth: int) -> None:
    """Level by level: the value itself may be nested as deep as the parser went."""
    level = [value]
    while level:
        if depth < 0:
            raise Refused("nested too deeply")
        inner = [item for item in level if isinstance(item, (dict, list))]
        level = [one for item in inner for one in (item.values() if isinstance(item, dict) else item)]
        depth -= 1
