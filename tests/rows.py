"""The rows of the source documents, S-01 to S-83, and which of them have to have a test now."""

NOW = "now"
LATER = "later"


def _numbers(text: str) -> set[int]:
    """`1-3 7` is {1, 2, 3, 7}."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


_NOW = _numbers("1-29 31-83")

SEED = {f"S-{number:02}": NOW if number in _NOW else LATER for number in range(1, 84)}
THIS_ISSUE = [row for row, when in SEED.items() if when == NOW]
