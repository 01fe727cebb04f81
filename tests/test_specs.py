"""The index of specifications tells the truth: its modules are there and name it, and its tests are there."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

from oauth_server.specs import SPECS, Spec

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "oauth_server"
ROWS = [pytest.param(spec, module, id=f"{spec.name}-{module}") for spec in SPECS for module in spec.modules]


@pytest.mark.parametrize(("spec", "module"), ROWS)
def test_each_module_of_a_spec_is_there_and_names_it(spec: Spec, module: str):
    docstring = importlib.import_module(f"oauth_server.{module}").__doc__ or ""
    assert spec.name in docstring, f"the docstring of oauth_server.{module} does not name {spec.name}"


@cache
def _marked() -> set[str]:
    """The names given to `@pytest.mark.spec(…)` anywhere in the tests."""
    found = set()
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "spec":
                found |= {str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


@pytest.mark.parametrize("name", [spec.name for spec in SPECS])
def test_each_spec_has_a_marked_test(name: str):
    assert name in _marked()


def test_each_mark_names_a_spec_of_the_index():
    assert _marked() <= {spec.name for spec in SPECS}


def test_each_grant_method_and_response_mode_is_in_the_index():
    indexed = {module for spec in SPECS for module in spec.modules}
    for folder, exempt in (
        ("grants", set()),
        ("client_auth", {"none", "secret", "known", "recognised"}),
        ("response_modes", set()),
    ):
        files = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__", "base", "registry"} - exempt
        assert {f"{folder}.{name}" for name in files} <= indexed
