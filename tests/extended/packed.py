"""A response mode: the whole answer in one parameter."""

import base64
import json
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from oauth_server.response_modes.base import Redirect


class Packed(Redirect):
    name: ClassVar[str] = "packed"

    def location(self, redirect_uri: str, parameters: Mapping[str, str]) -> str:
        packed = base64.urlsafe_b64encode(json.dumps(dict(parameters)).encode()).decode()
        return f"{redirect_uri}?{urlencode({'answer': packed})}"
