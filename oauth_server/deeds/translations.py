"""RFC 5646 what people read of a scope or an API, by language code: `{"de": {"title": …}}`."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from oauth_server.deeds.invalid import Invalid


def require_good(value: Any, parts: Mapping[str, int]) -> None:
    """`parts`: each text, and how long it may be. Raises `Invalid`."""
    if not isinstance(value, dict) or not all(_are_texts(words, parts) for words in value.values()):
        told = _("Write %(parts)s by language code, as in %(example)s.")
        example = f'{{"de": {{"{next(iter(parts))}": "…"}}}}'
        raise Invalid({"translations": [told % {"parts": ", ".join(parts), "example": example}]})


def _are_texts(words: Any, parts: Mapping[str, int]) -> bool:
    if not isinstance(words, dict) or not set(words) <= set(parts):
        return False
    return all(isinstance(text, str) and len(text) <= parts[part] for part, text in words.items())
