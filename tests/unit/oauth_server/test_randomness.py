"""RFC 6749 §10.10: what must not be guessed comes from the operating system's generator."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from oauth_server.tokens import opaque

pytestmark = [pytest.mark.threat(62), pytest.mark.spec("RFC 6749", "10.10")]

ROOT = Path(__file__).parents[3]
PACKAGES = ("oauth_server", "accounts", "consent", "config")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_a_generator_that_can_be_predicted(package: str):
    for path in (ROOT / package).rglob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not imported & {"random", "numpy.random"}, path
        assert "uuid1" not in path.read_text(), path


def test_the_random_part_has_256_bits_and_no_bias():
    """Each of its places holds each digit equally often."""
    width, samples = 43, 20_000
    assert len(opaque._ALPHABET) ** width > 2**256
    start = len(opaque.ACCESS_TOKEN) + 5
    values = [opaque.make(opaque.ACCESS_TOKEN, None)[start : start + width] for _ in range(samples)]
    expected = samples / len(opaque._ALPHABET)
    # six standard deviations
    allowed = 6 * expected**0.5
    for place in range(width):
        found = Counter(value[place] for value in values)
        assert set(found) == set(opaque._ALPHABET)
        assert all(abs(count - expected) < allowed for count in found.values()), (place, found)


@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_no_value_comes_twice(count: int):
    assert len({opaque.make(opaque.ACCESS_TOKEN, None) for _ in range(count)}) == count
