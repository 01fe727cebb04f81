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
    """Monobit: each bit is as often one as zero."""
    ones: Counter[int] = Counter()
    samples = 20_000
    for _ in range(samples):
        body = opaque.make(opaque.ACCESS_TOKEN, None)[len(opaque.ACCESS_TOKEN) + 5 : -6]
        number = 0
        for letter in body:
            number = number * 62 + opaque._ALPHABET.index(letter)
        assert number < 2**256
        for bit in range(0, 256, 16):
            ones[bit] += number >> bit & 1
    # five standard deviations
    allowed = 5 * (samples**0.5) / 2
    assert all(abs(count - samples / 2) < allowed for count in ones.values())
    assert len(ones) == 16


@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_no_value_comes_twice(count: int):
    assert len({opaque.make(opaque.ACCESS_TOKEN, None) for _ in range(count)}) == count
