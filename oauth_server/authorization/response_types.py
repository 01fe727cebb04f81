"""OAuth 2.0 Multiple Response Type Encoding Practices §3, §5, RFC 6749 §3.1.1: every response type, and which of them are on.

A response type is a set of words, each naming what the answer brings; their order is free.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from oauth_server.conf import settings
from oauth_server.models import Client
from oauth_server.response_modes.registry import RESPONSE_MODES

CODE, TOKEN, ID_TOKEN = "code", "token", "id_token"
_QUERY, _FRAGMENT = "query", "fragment"


@dataclass(frozen=True, slots=True)
class ResponseType:
    """`grant_types`: those that a client must have for it (OpenID Connect Dynamic Client Registration 1.0 §2).

    `setting`: what switches it on; empty where it always is.
    """

    name: str
    grant_types: tuple[str, ...]
    setting: str = ""

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.name.split(" "))

    @property
    def brings_code(self) -> bool:
        return CODE in self.words

    @property
    def brings_token(self) -> bool:
        return TOKEN in self.words

    @property
    def brings_id_token(self) -> bool:
        return ID_TOKEN in self.words

    @property
    def is_on(self) -> bool:
        return not self.setting or bool(getattr(settings, self.setting))


TABLE = (
    ResponseType("code", ("authorization_code",)),
    ResponseType("token", ("implicit",), "IMPLICIT_GRANT"),
    ResponseType("id_token", ("implicit",), "IMPLICIT_GRANT"),
    ResponseType("id_token token", ("implicit",), "IMPLICIT_GRANT"),
    ResponseType("code id_token", ("authorization_code", "implicit"), "HYBRID_FLOW"),
    ResponseType("code token", ("authorization_code", "implicit"), "HYBRID_FLOW"),
    ResponseType("code id_token token", ("authorization_code", "implicit"), "HYBRID_FLOW"),
)
_BY_WORDS = {one.words: one for one in TABLE}


def find(value: str) -> ResponseType | None:
    """The response type of these words in whatever order; None for unknown ones, and for one that comes twice."""
    words = [word for word in value.split(" ") if word]
    return _BY_WORDS.get(frozenset(words)) if len(set(words)) == len(words) else None


def supported() -> list[ResponseType]:
    return [one for one in TABLE if one.is_on]


def grant_types() -> list[str]:
    """Those that clients register for a response type, of whatever is on; `implicit` is never sent to the token endpoint."""
    return list(dict.fromkeys(name for one in supported() for name in one.grant_types))


def is_allowed(one: ResponseType, client: Client) -> bool:
    """Whether the client is registered for it, and for the grant types that go with it."""
    return set(one.grant_types) <= set(client.grant_types) and one in map(find, client.response_types)


def is_legacy(names: Iterable[str]) -> bool:
    """Whether one of these brings tokens in a URL (RFC 9700 §2.1.2)."""
    return any(one is not None and bool(one.setting) for one in map(find, names))


def _comes_from_the_front(response_type: str) -> bool:
    """Also of one that is unknown: its refusal goes where the answer would have gone (§5)."""
    return bool({TOKEN, ID_TOKEN} & set(response_type.split(" ")))


def response_mode(asked: str, response_type: str, client: Client, redirect_uri: str) -> str:
    """The mode of the answer, be it a success or a refusal: the asked one if it may be used here, else the default."""
    if asked and not mode_problem(asked, response_type, client, redirect_uri):
        return asked
    default = _FRAGMENT if _comes_from_the_front(response_type) else _QUERY
    # what a client registered for holds also where a request says nothing
    own = (
        one for one in (default, *client.response_modes) if not mode_problem(one, response_type, client, redirect_uri)
    )
    return next(own, default)


def mode_problem(asked: str, response_type: str, client: Client, redirect_uri: str) -> str:
    """Why this response_mode cannot be used; empty where it can."""
    mode = RESPONSE_MODES.get(asked)
    if mode is None:
        return "response_mode has an unknown value."
    # §5: what is in a query is in logs and histories
    if asked == _QUERY and _comes_from_the_front(response_type):
        return "response_mode=query is not for a response with a token."
    if client.response_modes and asked not in client.response_modes:
        return "The client is not registered for this response_mode."
    return "" if mode.fits(redirect_uri) else "This response_mode does not reach the redirect URI."
