"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §5: fragment, the default where a token comes from the front."""

from collections.abc import Mapping
from urllib.parse import urlencode

from oauth_server.response_modes.base import Redirect


class Fragment(Redirect):
    name = "fragment"

    def location(self, redirect_uri: str, parameters: Mapping[str, str]) -> str:
        # RFC 6749 §3.1.2: a redirect URI has no fragment of its own
        return f"{redirect_uri}#{urlencode(parameters)}"
