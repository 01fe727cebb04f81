"""RFC 6749 §4.1.2.1, §5.2, RFC 6750 §3: how an error is told, wherever it is told: `error`, `error_description`, `error_uri`."""

import re

from oauth_server.conf import settings
from oauth_server.errors import OAuthError

# RFC 6749 §5.2: error_description may hold these and nothing else
_NOT_DESCRIBABLE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", re.ASCII)


def members(error: type[OAuthError] | OAuthError, description: str = "") -> dict[str, str]:
    """`description`: another one than the error's own."""
    told = description or (error.description if isinstance(error, OAuthError) else error.default)
    found = {"error": error.error, "error_description": _NOT_DESCRIBABLE.sub("'", told)}
    if settings.ERROR_URI:
        found["error_uri"] = f"{settings.ERROR_URI}#{error.error}"
    return found
