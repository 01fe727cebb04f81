"""The stylesheet of the pages for people: contrast in both themes, nothing that the policy refuses, nothing that RTL cannot flip."""

import gzip
import itertools
import re
from pathlib import Path

import pytest

import oauth_server

STATIC = Path(oauth_server.__file__).parent / "static" / "oauth_server"
OWN = (STATIC / "oauth_server.css").read_text()
SHEETS = {path.name: path.read_text() for path in STATIC.glob("*.css")}

_TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
BLOCKS = [dict(_TOKEN.findall(block)) for block in re.findall(r":root[^{]*\{([^}]*)\}", OWN)]
LIGHT, DARK_BY_SYSTEM, DARK_BY_CHOICE = BLOCKS[:3]
THEMES = {"light": LIGHT, "dark": {**LIGHT, **DARK_BY_SYSTEM}}

# text, ground
TEXT = [
    *itertools.product(("ink", "muted", "primary", "danger"), ("bg", "surface", "sunken")),
    ("ink", "danger-soft"),
    ("danger", "danger-soft"),
    ("primary", "soft"),
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
]
CONTROLS = [("line-strong", "surface"), ("focus", "surface"), ("focus", "bg")]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.bar("E18.1")
def test_dark_is_the_same_by_system_and_by_choice() -> None:
    assert DARK_BY_SYSTEM == DARK_BY_CHOICE
    assert {"bg", "surface", "ink", "primary"} <= set(DARK_BY_SYSTEM)


@pytest.mark.bar("E17.4")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read_on_every_ground(theme: str, text: str, ground: str) -> None:
    assert contrast(THEMES[theme][text], THEMES[theme][ground]) >= 4.5


@pytest.mark.bar("E17.4")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("control", "ground"), CONTROLS)
def test_borders_of_controls_and_the_focus_can_be_seen(theme: str, control: str, ground: str) -> None:
    assert contrast(THEMES[theme][control], THEMES[theme][ground]) >= 3


@pytest.mark.parametrize("number", range(6))
def test_initials_can_be_read_on_each_colour(number: int) -> None:
    assert contrast("#ffffff", LIGHT[f"hue-{number}"]) >= 4.5


@pytest.mark.bar("E16.2")
@pytest.mark.parametrize("name", SHEETS)
def test_every_picture_is_a_file_that_is_there(name: str) -> None:
    addresses = re.findall(r"url\(\"?([^)\"]*)\"?\)", SHEETS[name])
    assert [address for address in addresses if not (STATIC / address).is_file()] == []
    assert "@import" not in SHEETS[name]
    assert "sourceMappingURL" not in SHEETS[name]


@pytest.mark.bar("E18.2")
def test_our_rules_name_no_side_that_rtl_would_have_to_flip() -> None:
    physical = r"\b(?:margin|padding|border|inset)-(?:left|right)\b|\btext-align: (?:left|right)|[;{\s](?:left|right):"
    assert re.findall(physical, OWN) == []


@pytest.mark.bar("E16.3")
def test_the_look_weighs_little() -> None:
    one_direction = [SHEETS["bootstrap.css"], OWN]
    assert sum(len(gzip.compress(sheet.encode())) for sheet in one_direction) < 15_000


def test_the_licence_of_what_is_not_ours_is_told() -> None:
    assert SHEETS["bootstrap.css"].startswith("/*! Subset of Bootstrap v5.3.8")
    assert SHEETS["bootstrap.rtl.css"].startswith("/*! Subset of Bootstrap v5.3.8")
