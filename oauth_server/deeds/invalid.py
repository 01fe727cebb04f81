"""What is wrong with members that an operator gave: by the member's name on the wire."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db.models import Model


class Invalid(ValueError):
    """`problems`: member → messages."""

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{name}: {text}" for name, texts in problems.items() for text in texts))


class Taken(Exception):
    """Another object has the name, which is the message."""


class InUse(Exception):
    """Others depend on it; `names`: the first of them."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(", ".join(names))


def require_clean(row: Model) -> None:
    """Raises `Invalid` with what the model finds wrong with itself."""
    try:
        row.full_clean()
    except ValidationError as error:
        wrong = {"" if name == "__all__" else name: texts for name, texts in error.message_dict.items()}
        raise Invalid(wrong) from None
