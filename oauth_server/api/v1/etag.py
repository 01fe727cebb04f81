"""RFC 9110 §8.8.3 strong entity tags, §13.1.1 If-Match: whoever changes an object names the state in which they saw it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags

from oauth_server.api.v1.problem import Problem


def of(members: Mapping[str, Any]) -> str:
    """The tag of an object with these members, whatever else an answer tells once."""
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def require(if_match: str, members: Mapping[str, Any]) -> None:
    """§13.1.1: strong comparison; `*` is whatever there is. Raises `Problem`."""
    named = parse_etags(if_match)
    if named != ["*"] and of(members) not in named:
        raise Problem("stale", "The object is not in the state that If-Match names: read it again.")
