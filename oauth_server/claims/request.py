"""OpenID Connect Core 1.0 §5.5 the `claims` parameter: which claims a client asks for, where, and how much each matters."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from oauth_server.claims import catalogue
from oauth_server.errors import InvalidRequest
from oauth_server.parameters import json_value

MOST = 8_000
# About the sign-in, beside those about the person
SESSION_CLAIMS = ("acr", "auth_time", "amr", "sub")

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Wish:
    """§5.5.1 one claim: `values` are those that will do; none: any."""

    essential: bool = False
    values: tuple[Value, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            **({"essential": True} if self.essential else {}),
            **({"values": list(self.values)} if self.values else {}),
        }


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What is asked of UserInfo and of the ID token, by the name of the claim; unknown names are not in it."""

    userinfo: Mapping[str, Wish] = field(default_factory=dict)
    id_token: Mapping[str, Wish] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.userinfo or self.id_token)

    @property
    def about_person(self) -> tuple[str, ...]:
        """The claims about the person, wherever they are asked."""
        return tuple(name for name in {**self.userinfo, **self.id_token} if name not in SESSION_CLAIMS)

    @property
    def subjects(self) -> frozenset[str] | None:
        """§5.5.1 `sub` with a value: the request is about this person alone. None: about whoever is there."""
        wished = [
            set(map(str, each["sub"].values))
            for each in (self.userinfo, self.id_token)
            if "sub" in each and each["sub"].values
        ]
        return frozenset(set.intersection(*wished)) if wished else None

    def is_essential(self, name: str) -> bool:
        return any(name in each and each[name].essential for each in (self.userinfo, self.id_token))

    def only(self, names: Collection[str]) -> "ClaimsRequest":
        """The same without the other claims about the person."""
        return ClaimsRequest(
            *(
                {name: wish for name, wish in each.items() if name in names or name in SESSION_CLAIMS}
                for each in (self.userinfo, self.id_token)
            )
        )

    def as_json(self) -> dict[str, Any]:
        """As it is stored on a family; empty when nothing is asked."""
        both = {"userinfo": self.userinfo, "id_token": self.id_token}
        return {where: {name: wish.as_json() for name, wish in each.items()} for where, each in both.items() if each}


def parse(text: str) -> ClaimsRequest:
    """Raises `InvalidRequest`. The empty text asks for nothing."""
    if not text:
        return ClaimsRequest()
    members = _object(json_value(text, "claims", most=MOST), "claims")
    known = {*catalogue.names(), *SESSION_CLAIMS}
    return ClaimsRequest(*(_wishes(members.get(where, {}), where, known) for where in ("userinfo", "id_token")))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"{name} is not a JSON object.")
    return value


def _wishes(value: Any, where: str, known: set[str]) -> dict[str, Wish]:
    # §5.5: what is not understood is ignored
    return {name: _wish(wish, name) for name, wish in _object(value, f"claims: {where}").items() if name in known}


def _wish(value: Any, name: str) -> Wish:
    if value is None:
        return Wish()
    members = _object(value, f"claims: {name}")
    essential = members.get("essential", False)
    if not isinstance(essential, bool):
        raise InvalidRequest(f"claims: essential of {name} is neither true nor false.")
    if "value" in members and "values" in members:
        raise InvalidRequest(f"claims: {name} has both value and values.")
    values = [members["value"]] if "value" in members else members.get("values", [])
    if not isinstance(values, list) or not all(_is_plain(each) for each in values):
        raise InvalidRequest(f"claims: {name} asks for a value that is no string, number, true or false.")
    return Wish(essential, tuple(values))


def _is_plain(value: Any) -> bool:
    """A value that every database and every JSON library can hold."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, (bool, int, float))
