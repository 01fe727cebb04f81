"""The rows of the source documents, S-01 to S-83, and which of them have to have a test now."""

TUTORIAL = "TUTORIAL"
LATER = "later"


def _numbers(text: str) -> set[int]:
    """`1-3 7` is {1, 2, 3, 7}."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


_TUTORIAL = _numbers("1-27 29 32-42 45-56 58-59 63-64 66-67 69-70 81-82")

SEED = {f"S-{number:02}": TUTORIAL if number in _TUTORIAL else LATER for number in range(1, 84)}
THIS_ISSUE = [row for row, issue in SEED.items() if issue == TUTORIAL]
