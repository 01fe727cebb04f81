"""JSON as staff write it in a form: read as strictly as what strangers send, for a page must not break on it, nor the database."""

import json
from typing import Any

from oauth_server import strict_json


class Decoder(json.JSONDecoder):
    """Django's fields know one refusal alone; a page that comes back with the text reads it once more."""

    def decode(self, s: str, *_where: Any) -> Any:
        try:
            value = strict_json.parse(s)
        except ValueError as error:
            raise json.JSONDecodeError(str(error), s, 0) from error
        if _has_nul(value):
            raise json.JSONDecodeError("a NUL", s, 0)
        return value


def _has_nul(value: Any) -> bool:
    """PostgreSQL keeps none."""
    if isinstance(value, dict):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\x00" in value
