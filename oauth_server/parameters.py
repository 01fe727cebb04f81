"""RFC 6749 §3.1, §3.2 and Appendix B: the parameters of a request, each at most once, none empty."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from oauth_server.errors import InvalidRequest

# RFC 8707 §2: may come several times; `audience` is Ory's parameter for the same
REPEATABLE = frozenset({"resource", "audience"})
_MOST = 200


class Parameters:
    """Decoded form or query parameters. One without a value counts as absent (RFC 6749 §3.1)."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = dict(values)

    @classmethod
    def parse(cls, raw: bytes) -> "Parameters":
        """Read application/x-www-form-urlencoded bytes. Raises `InvalidRequest`."""
        try:
            pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
        except UnicodeDecodeError:
            raise InvalidRequest("The parameters are not valid UTF-8.") from None
        except ValueError:
            raise InvalidRequest("Too many parameters.") from None
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if "\x00" in name or "\x00" in value:
                raise InvalidRequest("A parameter contains a NUL.")
            if name in values and name not in REPEATABLE:
                raise InvalidRequest(
                    "A parameter is given more than once.", reason=f"{name[:50]!r} is given more than once"
                )
            values[name] = (*values.get(name, ()), value)
        return cls({name: tuple(v for v in given if v) for name, given in values.items()})

    def get(self, name: str, default: str = "") -> str:
        given = self._values.get(name) or (default,)
        return given[0]

    def optional(self, name: str) -> str | None:
        """The value, or None when absent."""
        given = self._values.get(name)
        return given[0] if given else None

    def all(self, name: str) -> tuple[str, ...]:
        return self._values.get(name, ())

    def require(self, name: str) -> str:
        """Raises `InvalidRequest` when absent."""
        value = self.get(name)
        if not value:
            raise InvalidRequest(f"The parameter {name} is missing.")
        return value

    def only(self, names: frozenset[str]) -> "Parameters":
        """Without all that is not declared: what a step did not ask for cannot reach it."""
        return Parameters({name: given for name, given in self._values.items() if name in names})

    def as_dict(self) -> dict[str, list[str]]:
        """For storing; the counterpart is `from_dict`."""
        return {name: list(given) for name, given in self._values.items() if given}

    @classmethod
    def from_dict(cls, stored: Mapping[str, list[str]]) -> "Parameters":
        return cls({name: tuple(given) for name, given in stored.items()})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._values.get(name))
