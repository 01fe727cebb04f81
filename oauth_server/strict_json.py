"""RFC 8259 JSON as it comes from strangers: no name twice, no number without end, no half character, nested at most so deep.

No Django, no settings.
"""

import json
import math
import re
from typing import Any

MAX_DEPTH = 20
# Half of a character can be said in JSON, and not in UTF-8
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]", re.ASCII)


class Refused(ValueError):
    """The text is JSON of a kind that two programs could read differently, or that costs too much."""


def parse(raw: bytes | str, *, depth: int = MAX_DEPTH) -> Any:
    """Raises `ValueError`, whatever the bytes."""
    text = raw if isinstance(raw, str) else raw.decode()
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise Refused("nested too deeply") from error
    _require_shallow(value, depth)
    return value


class NotTaken(json.JSONDecodeError):
    """What a decoder says of JSON that is refused, and wrong at no one place."""


class Decoder(json.JSONDecoder):
    """For the fields of forms, which know one refusal alone and read the text once more for the page that comes back.

    A NUL is refused too, which no database keeps.
    """

    def decode(self, s: str, *_where: Any) -> Any:
        try:
            value = parse(s)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            raise NotTaken(str(error), s, 0) from error
        if _has_nul(value):
            raise NotTaken("a NUL", s, 0)
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("a name comes twice")
    return found


def _constant(name: str) -> Any:
    raise Refused(f"{name} is not JSON")


def _finite(digits: str) -> float:
    """1e999 is JSON and no number of Python's: written again it would be no JSON, and no database keeps it."""
    value = float(digits)
    if not math.isfinite(value):
        raise Refused("a number is too large")
    return value


def _require_shallow(value: Any, depth: int) -> None:
    """Level by level: the value itself may be nested as deep as the parser went."""
    level = [value]
    while level:
        if depth < 0:
            raise Refused("nested too deeply")
        inner = [item for item in level if isinstance(item, (dict, list))]
        level = [one for item in inner for one in (item.values() if isinstance(item, dict) else item)]
        depth -= 1


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\x00" in value
