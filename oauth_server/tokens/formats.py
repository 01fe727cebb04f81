"""The formats of access tokens: those that an audience may name. `TOKEN_FORMATS` adds a project's own.

A format makes the value; whether it may be used is one rule for all (`lookup.py`).
"""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from oauth_server.models import Audience
from oauth_server.models.audience import ADDED_FORMATS
from oauth_server.policy import scopes
from oauth_server.registry import Registry
from oauth_server.tokens import jwt_access_token, opaque

if TYPE_CHECKING:
    from oauth_server.tokens.issue import Decision
    from oauth_server.tokens.lookup import Found


class TokenFormat(ABC):
    """`name` is the audience's `token_format`, at most 32 characters; `title` is what operators read."""

    name: ClassVar[str]
    title: ClassVar[Any]
    # Whether a row is stored under the digest of the value; one that stores none finds its family by itself
    stored: ClassVar[bool] = True

    @abstractmethod
    def make(self, decision: "Decision", expires: datetime) -> str:
        """An unguessable value (RFC 6749 §10.10)."""

    @abstractmethod
    def is_one(self, value: str) -> bool:
        """Whether a string that somebody presents has this form; nothing of it is verified."""

    def find(self, value: str) -> "Found | None":
        """What a value without a row is; None for what was never issued. `lookup.of_claims` makes one of verified claims."""
        raise NotImplementedError


class Opaque(TokenFormat):
    name = Audience.TokenFormat.OPAQUE.value
    title = Audience.TokenFormat.OPAQUE.label

    def make(self, decision: "Decision", expires: datetime) -> str:
        return opaque.make(opaque.ACCESS_TOKEN, expires)

    def is_one(self, value: str) -> bool:
        return opaque.is_well_formed(opaque.ACCESS_TOKEN, value)


class JWT(TokenFormat):
    name = Audience.TokenFormat.JWT.value
    title = Audience.TokenFormat.JWT.label
    stored = False

    def make(self, decision: "Decision", expires: datetime) -> str:
        return jwt_access_token.make(
            decision.issuer,
            decision.client,
            decision.authorization,
            scope=scopes.join(decision.scope),
            audiences=decision.target.identifiers,
            algorithm=decision.target.algorithm,
            issued=decision.now,
            expires=expires,
            details=decision.details,
        )

    def is_one(self, value: str) -> bool:
        return value.count(".") == 2


FORMATS: Registry[TokenFormat] = Registry(lambda f: f.name, Opaque(), JWT())


def add(one: TokenFormat) -> None:
    FORMATS.add(one)
    if one.name not in dict(ADDED_FORMATS):
        ADDED_FORMATS.append((one.name, one.title))


def added(value: str) -> TokenFormat | None:
    """The project's own format of a string, if it has one."""
    names = [name for name, _ in ADDED_FORMATS]
    return next((FORMATS[name] for name in names if FORMATS[name].is_one(value)), None)
