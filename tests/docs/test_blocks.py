"""Every block of Python in the pages: what it imports from here is there, the settings in it are settings; and what runs the blocks."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from oauth_server import conf
from tests.docs.markdown import DOCS, ROOT, fences, pages

PYTHON = {page: [fence.text for fence in fences(page, "python")] for page in pages()}
OURS = ("accounts", "config", "consent", "oauth_server")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for page, blocks in PYTHON.items():
        for block in blocks:
            yield str(page.relative_to(ROOT)), ast.parse(block)


def imported(node: ast.AST) -> list[tuple[str, str]]:
    """Modules of ours with the names that are taken from them."""
    if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
        return [(node.module, alias.name) for alias in node.names if alias.name != "*"]
    if isinstance(node, ast.Import):
        return [(alias.name, "") for alias in node.names if alias.name.split(".")[0] in OURS]
    return []


@pytest.mark.bar("D5.2")
def test_what_the_blocks_import_from_here_is_there() -> None:
    found = [(page, *names) for page, tree in trees() for node in ast.walk(tree) for names in imported(node)]
    assert len(found) > 20
    missing = [(page, module, name) for page, module, name in found if not is_there(module, name)]
    assert missing == []


def is_there(module: str, name: str) -> bool:
    try:
        return (
            not name
            or hasattr(importlib.import_module(module), name)
            or bool(importlib.import_module(f"{module}.{name}"))
        )
    except ImportError:
        return False


@pytest.mark.bar("D5.2")
def test_the_settings_in_the_blocks_are_settings() -> None:
    wrong: list[tuple[str, Any]] = []
    count = 0
    for page, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["OAUTH_SERVER"]:
                with override_settings(OAUTH_SERVER=ast.literal_eval(node.value)):
                    count += 1
                    wrong += [(page, problem) for problem in conf.problems()]
    assert count > 8
    assert wrong == []


@pytest.mark.bar("D5.2")
def test_each_page_with_blocks_to_type_is_run() -> None:
    tests = "".join(file.read_text() for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__))
    run = {
        page
        for page in PYTHON
        if re.search(rf'"([\w-]+/)*{re.escape(page.name)}"|docs/(\w|-|/)*{re.escape(page.name)}', tests)
    }
    assert [page for page in PYTHON if fences(page, "shell", "python") and page not in run] == []


class _Bare(ast.NodeTransformer):
    """Without types and sentences: a page shows the rest."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return ast.Assign([node.target], node.value or ast.Constant(None), lineno=node.lineno)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for one in node.args.args:
            one.annotation = None
        node.body = node.body[1:] if ast.get_docstring(node) else node.body
        return node


def defined(text: str) -> dict[str, str]:
    """Classes and functions by name."""
    nodes = [node for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return {node.name: ast.unparse(_Bare().visit(node)) for node in nodes}


@pytest.mark.bar("D5.2", "D10")
def test_what_the_page_adds_to_the_server_is_what_the_tests_add() -> None:
    settings, *blocks, hears = PYTHON[DOCS / "how-to/extend.md"]
    for block in blocks:
        name = block.splitlines()[0].removeprefix("# shop/")
        runs = defined((ROOT / "tests/extended" / name).read_text())
        for thing, text in defined(block).items():
            assert runs[thing] == text
            assert f'"shop.{name.removesuffix(".py")}.{thing}"' in settings
    assert hears == PYTHON[DOCS / "reference/python.md"][0]


def test_the_pages_name_no_other_place_for_a_page() -> None:
    links = [(page.name, link) for page in pages() for link in re.findall(r"docs/[\w/-]+\.md", page.read_text())]
    assert [found for found in links if not (DOCS.parent / found[1]).exists()] == []
