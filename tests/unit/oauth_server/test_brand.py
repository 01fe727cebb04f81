"""WCAG 2.2 §1.4.3: a brand is colours that can be read, and a file; what is neither is refused where it is written."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from oauth_server import brand
from oauth_server.models import Issuer

SHEET = Path(__file__).parents[3] / "oauth_server/static/oauth_server/oauth_server.css"


@pytest.mark.bar("E17.4", "E18.4")
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert brand.contrast(one, other) == pytest.approx(ratio, abs=0.01) == brand.contrast(other, one)


@pytest.mark.bar("E17.4")
def test_the_grounds_are_those_of_the_stylesheet() -> None:
    sheet = SHEET.read_text()
    for ground in (brand.LIGHT, brand.DARK):
        for name in ("surface", "sunken", "background", "ink", "muted", "on_primary"):
            token = {"background": "bg", "on_primary": "on-primary"}.get(name, name)
            assert f"--{token}: {getattr(ground, name)}" in sheet


@pytest.mark.bar("E18.4")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ""),
        ({"primary": "#0b5fff"}, ""),
        ({"primary": "#17594a", "primary_dark": "#85d3b7", "background": "#ffffff", "logo": "example/logo.svg"}, ""),
        ({"primary": "#ffcc00"}, "primary under white words: the contrast is 1.5:1"),
        ({"primary_dark": "#17594a"}, "primary_dark on a card"),
        ({"background": "#888888"}, "words on background"),
        ({"background_dark": "#ffffff"}, "words on background_dark"),
        ({"primary": "red"}, "not a colour"),
        ({"primary": "#fff;}*{display:none"}, "not a colour"),
        ({"primary": 7}, "not a colour"),
        ({"font": "Comic Sans"}, "font is none of"),
        ({"logo": "https://elsewhere.example/l.png"}, "not the name of a static file"),
        ({"logo": "../../secret.svg"}, "not the name of a static file"),
        ({"logo": ["a.svg"]}, "not the name of a static file"),
        (["#17594a"], "an object"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_read_or_is_no_brand_is_refused(given: Any, said: str) -> None:
    found = brand.problems(given)
    assert any(said in problem for problem in found) if said else not found
    if said:
        with pytest.raises(ValidationError):
            Issuer(name="A", brand=given).clean_fields(exclude=["pairwise_salt"])


@pytest.mark.bar("E18.4", "E17.4")
@pytest.mark.parametrize("primary", ["#0b5fff", "#000000", "#b3261e", "#6a1b9a", "#00695c", "#5d4037"])
def test_everything_made_from_a_good_colour_can_be_read_in_both_themes(primary: str) -> None:
    assert not brand.problems({"primary": primary})
    for made, ground in zip(brand.tokens({"primary": primary}), (brand.LIGHT, brand.DARK), strict=True):
        for one, other in (
            (made["--primary"], ground.surface),
            (made["--primary"], made["--soft"]),
            (made["--on-primary"], made["--primary"]),
            (made["--on-primary"], made["--primary-hover"]),
        ):
            assert brand.contrast(one, other) >= brand.LEAST, (primary, one, other)


def test_a_brand_changes_tokens_and_nothing_else() -> None:
    assert brand.style({}) == brand.style({"logo": "a.svg"}) == ""
    style = brand.style({"background": "#ffffff", "background_dark": "#000000"})
    assert style.startswith(":root{--bg:#ffffff}@media screen and (prefers-color-scheme:dark){")
    assert style.endswith('@media screen{:root[data-theme="dark"],:root[data-bs-theme="dark"]{--bg:#000000}}')
