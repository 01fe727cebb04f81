"""OpenID Connect Core 1.0 §3.1.2.1 ui_locales: the languages that the client wishes for the pages, best first."""

from oauth_server import languages


def language(value: str) -> str:
    """The first one in which this site has pages; empty when there is none, which is no error."""
    return next(filter(None, map(languages.match, value.split(" ")[:10])), "")
