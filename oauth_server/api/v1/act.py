"""What can be done at a path of the management API: said once, for the door, the document and the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django_filters import FilterSet
from rest_framework.serializers import Serializer

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Act:
    """`right`: the permission of Django that it takes; the scope of a token follows from it.

    `takes`, `gives`: the members of body and answer; `status` that of success. `orders`: name in the query → column. `fails`: rules of
    `problem.py` beside those that hold everywhere. `conditional`: If-Match is needed. `dangerous`: whoever comes with a browser has to
    have shown a moment ago who they are. `media`: of an answer or body that is no JSON object.
    """

    right: str
    says: str
    takes: type[Serializer[Any]] | None = None
    gives: type[Serializer[Any]] | None = None
    status: int = 200
    lists: bool = False
    filters: "type[FilterSet] | None" = None
    orders: Mapping[str, str] = field(default_factory=dict)
    fails: tuple[str, ...] = ()
    conditional: bool = False
    dangerous: bool = False
    partial: bool = False
    sends: str = ""
    receives: str = ""
    more: str = ""


def act(right: str, says: str, **told: Any) -> Callable[[F], F]:
    """On a method of a `Resource`, which is called as `method(call, **names in the path)`."""

    def decorate(method: F) -> F:
        method.act = Act(right, says, **told)  # type: ignore[attr-defined]
        return method

    return decorate
