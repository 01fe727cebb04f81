"""What a command printed."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def labels(self) -> dict[str, str]:
        """What a table of one object says, which is printed downwards."""
        lines = (line.partition("\t") for line in self.out.splitlines() if line.strip())
        return {label.strip(): value.strip() for label, _, value in lines}
