"""RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Type Encoding Practices §2.1: query, the default of response_type=code."""

from collections.abc import Mapping
from urllib.parse import urlencode

from oauth_server.response_modes.base import Redirect


class Query(Redirect):
    name = "query"

    def location(self, redirect_uri: str, parameters: Mapping[str, str]) -> str:
        # RFC 6749 §3.1.2: a query that the registered URI has is kept
        joint = "&" if "?" in redirect_uri else "?"
        return redirect_uri + joint + urlencode(parameters)
