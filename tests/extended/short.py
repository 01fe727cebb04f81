"""A format of access tokens: shorter than the server's own."""

import re
import secrets
from datetime import datetime
from typing import ClassVar

from oauth_server.tokens.formats import TokenFormat
from oauth_server.tokens.issue import Decision


class Short(TokenFormat):
    name: ClassVar[str] = "short"
    title: ClassVar[str] = "short, for devices with little room"

    def make(self, decision: Decision, expires: datetime) -> str:
        return f"shop_{secrets.token_urlsafe(24)}"

    def is_one(self, value: str) -> bool:
        return re.fullmatch(r"shop_[\w-]{32}", value, re.ASCII) is not None
