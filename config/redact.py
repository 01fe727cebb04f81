"""What must not reach a log: tokens, codes, secrets, passwords. The last step before a line is written."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

REDACTED = "[redacted]"
NAMES = frozenset(
    "access_token assertion authorization client_assertion client_secret code code_verifier cookie device_code "
    "id_token id_token_hint logout_token password password1 password2 refresh_token registration_access_token "
    "secret set-cookie subject_token actor_token token user_code".split()
)
_PATTERNS = [
    (re.compile(r"\b(oas_[a-z]{2,4}_)[\w.~-]+"), rf"\1{REDACTED}"),
    # whatever begins like a JWT is taken for one: a pattern that asked for its dots would try again at every "eyJ"
    (re.compile(r"\beyJ[\w.-]+"), REDACTED),
    (re.compile(r"(?i)\b(bearer|basic|dpop)\s+[\w.~+/=-]{8,}"), rf"\1 {REDACTED}"),
    (re.compile(rf"(?i)\b({'|'.join(sorted(NAMES))})(=)[^&\s'\"]+"), rf"\1\2{REDACTED}"),
    # Links in mails and handles of pages are secrets too: in a path, and every query string
    (
        re.compile(r"(/(?:confirm|consent|device|interaction|invitation|not-me|reset|undo)/)[^/\s?'\"]{12,}"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(?<=[^\s?])\?[\w.~%&=+/:-]+=[^\s'\"]*"), f"?{REDACTED}"),
]


def text(value: str) -> str:
    for pattern, replacement in _PATTERNS:
        value = pattern.sub(replacement, value)
    return value


def value(name: str, content: Any) -> Any:
    """The content of a field of that name, as it may be written."""
    if content is None or isinstance(content, (bool, int, float)):
        return content  # an HTTP status is called code too
    if name.lower() in NAMES and content:
        return REDACTED
    if isinstance(content, str):
        return text(content)
    if isinstance(content, bytes):
        return text(content.decode(errors="replace"))
    if isinstance(content, Mapping):
        return {key: value(str(key), item) for key, item in content.items()}
    if isinstance(content, (list, tuple, set, frozenset)):
        return [value("", item) for item in content]
    return text(str(content))


def without_stack(record: logging.LogRecord) -> bool:
    """A filter, for what anybody can bring about: the line says enough."""
    record.exc_info = None
    return True


def processor(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The step for structlog."""
    return {name: value(name, content) for name, content in event.items()}
