"""`value`: a dataclass that a request makes and throws away; frozen for the type checker, a plain object when it runs.

`frozen=True` sets every field through a call: such an object takes three times as long to make, and a token request makes ten.
"""

from typing import TYPE_CHECKING, Any

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, **options: Any) -> Any:
        """`dataclass(frozen=True, …)` as far as mypy is concerned."""
        return dataclass(frozen=False, **options)
