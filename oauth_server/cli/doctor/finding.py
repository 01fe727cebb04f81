"""What the doctor finds, and what to change."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`change`: what to do about it; empty where nothing is wrong."""

    area: str
    level: Level
    what: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Findings about one thing."""

    name: str

    def ok(self, what: str) -> Finding:
        return Finding(self.name, Level.OK, what)

    def warning(self, what: str, change: str) -> Finding:
        return Finding(self.name, Level.WARNING, what, change)

    def error(self, what: str, change: str) -> Finding:
        return Finding(self.name, Level.ERROR, what, change)
