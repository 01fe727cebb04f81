"""How a setting is declared: its default, and one sentence for the reference page."""

from dataclasses import field
from typing import Any

DAY = 86_400


def setting(default: Any, help_text: str, *, secret: bool = False, choices: tuple[str, ...] = ()) -> Any:
    """`secret`: no command or page shows it. `choices`: everything that it may be."""
    metadata = {"help": help_text, "secret": secret, "choices": choices}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)
