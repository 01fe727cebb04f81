"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1 the shape of a response mode."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpRequest, HttpResponseBase

from oauth_server.pages import SeeOther


class ResponseMode(ABC):
    name: ClassVar[str]

    @abstractmethod
    def answer(self, request: HttpRequest, redirect_uri: str, parameters: Mapping[str, str]) -> HttpResponseBase:
        """What takes the browser to the client."""

    def fits(self, redirect_uri: str) -> bool:
        """Whether an answer can reach this redirect URI so."""
        return True


class Redirect(ResponseMode):
    """The parameters are a part of the URL."""

    @abstractmethod
    def location(self, redirect_uri: str, parameters: Mapping[str, str]) -> str:
        """Where the browser is sent."""

    def answer(self, request: HttpRequest, redirect_uri: str, parameters: Mapping[str, str]) -> HttpResponseBase:
        return SeeOther(self.location(redirect_uri, parameters))
