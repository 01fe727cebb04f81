"""llms.txt: a list of all pages with a line about each, and llms-full.txt with their text, for programs that read documentation."""

import re
from pathlib import Path
from typing import Any

import generated

_FENCE = re.compile(r"^(`{3,}).*?^\1|^:{3,}.*?$", re.MULTILINE | re.DOTALL)


def write(app: Any, error: Exception | None) -> None:
    """When the HTML is there: beside it, in the order of the pages' contents."""
    if error is not None or app.builder.format != "html":
        return
    source, out = Path(app.srcdir), Path(app.outdir)
    lines = [f"# {app.config.project} {app.config.release}", "", f"> {_first(source / 'index.md')}", ""]
    parts = []
    for section in app.env.toctree_includes[app.config.root_doc]:
        pages = [section, *_below(app, section)]
        lines += [f"## {app.env.titles[section].astext()}", ""]
        for name in pages:
            file = source / f"{name}.md"
            lines.append(f"- [{app.env.titles[name].astext()}]({name}.html): {_first(file)}".rstrip(": "))
            parts.append(generated.fill(file.read_text()))
        lines.append("")
    (out / "llms.txt").write_text("\n".join(lines))
    (out / "llms-full.txt").write_text("\n\n".join(parts))


def _below(app: Any, name: str) -> list[str]:
    found = []
    for child in app.env.toctree_includes.get(name, []):
        found += [child, *_below(app, child)]
    return found


def _first(file: Path) -> str:
    """The first sentence under the title, as plain words."""
    text = _FENCE.sub("", file.read_text())
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text)]
    bare = [" ".join(part.split()) for part in paragraphs if part and part[0] not in "#|`:<-1("]
    if not bare:
        return ""
    words = re.sub(r"{\w+}`(?:([^<`]+?) <[^>`]+>|[^`]*?([\w-]+))`", lambda found: found[1] or found[2], bare[0])
    words = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", words).replace("**", "")
    return re.split(r"(?<=[.:])\s", words, maxsplit=1)[0].rstrip(":")
