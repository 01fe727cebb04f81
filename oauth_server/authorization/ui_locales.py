"""OpenID Connect Core 1.0 §3.1.2.1 ui_locales: the languages that the client wishes for the pages, best first."""

from django.utils.translation import get_supported_language_variant


def language(value: str) -> str:
    """The first one in which this site has pages (LANGUAGES); empty when there is none, which is no error."""
    for tag in value.split(" ")[:10]:
        try:
            return get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return ""
