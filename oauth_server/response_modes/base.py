"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1 the shape of a response mode."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar


class ResponseMode(ABC):
    name: ClassVar[str]

    @abstractmethod
    def location(self, redirect_uri: str, parameters: Mapping[str, str]) -> str:
        """Where the browser is sent."""
