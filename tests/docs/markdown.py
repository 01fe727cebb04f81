"""What the pages of the documentation hold: their fenced blocks, and the commands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:oauth|make|(?:python )?manage\.py) [^`]+)`")


@dataclass(frozen=True)
class Fence:
    kind: str
    text: str


def pages() -> list[Path]:
    """README.md and every page that somebody wrote."""
    return [ROOT / "README.md", *(page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts)]


def fences(page: Path, *kinds: str) -> list[Fence]:
    """The blocks of these kinds, in their order, without the indent of a list."""
    found = [
        Fence(kind, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, kind, text in _FENCE.findall(page.read_text())
    ]
    return [fence for fence in found if not kinds or fence.kind in kinds]


def commands(page: Path) -> list[str]:
    """Every command line: of blocks to type, of blocks with a prompt, and in a sentence."""
    found = []
    for fence in fences(page, "shell", "console"):
        lines = re.sub(r"\\\n\s*", "", fence.text).splitlines()
        if fence.kind == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        found += lines
    return [*found, *_INLINE.findall(page.read_text())]
