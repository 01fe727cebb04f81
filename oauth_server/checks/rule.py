"""What a rule about settings is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.checks import CheckMessage, Error, Warning

E, W = Error, Warning


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    level: type[Error] | type[Warning]
    fails: Callable[[], str]
    hint: str
    deploy: bool = False
    database: bool = False


def run(rules: Iterable[Rule]) -> list[CheckMessage]:
    return [rule.level(message, hint=rule.hint, id=rule.id) for rule in rules if (message := rule.fails())]
