"""WCAG 2.2 §1.4.3 contrast: the colours and the logo of an issuer or a client.

They are tokens of the stylesheet, never one of its own. A brand is a dict: `primary`, `background` and their forms for dark pages
(`primary_dark`, `background_dark`), as #rrggbb; `logo`, a static file of the project. What is missing is as in the stylesheet; a dark
primary that is missing is made from the light one.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

LEAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_./-]*\.(?:svg|png|webp|jpg|jpeg)", re.ASCII)
COLOURS = ("primary", "primary_dark", "background", "background_dark")
MEMBERS = (*COLOURS, "logo")

RGB = tuple[int, int, int]


class _Ground(NamedTuple):
    """What the stylesheet has: a test compares."""

    surface: str
    sunken: str
    background: str
    ink: str
    muted: str
    on_primary: str
    towards: str


LIGHT = _Ground("#ffffff", "#f2f6f4", "#e8efeb", "#14201b", "#4a5b54", "#ffffff", "#000000")
DARK = _Ground("#18211e", "#111917", "#0d1412", "#e8efeb", "#a7b6af", "#06251c", "#ffffff")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 3294.6 if c <= 10.31475 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> RGB:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with this share of another one in it."""
    mixed = (round(a + (b - a) * share) for a, b in zip(_rgb(colour), _rgb(other), strict=True))
    return "#" + "".join(f"{c:02x}" for c in mixed)


def problems(brand: Any) -> list[str]:
    """Why a brand cannot be used: unknown members, what is no colour or no file, and words that could not be read."""
    if not isinstance(brand, Mapping):
        return [_("A brand is an object.")]
    return [text for _member, text in faults(brand)]


def faults(brand: Mapping[str, Any], words: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """The same, each with the member that it is about. `words`: what a member is called where it is typed."""
    named = {name: name for name in (*MEMBERS, *brand)} | dict(words or {})
    known = {"known": ", ".join(MEMBERS)}
    found = [
        (name, _("%(name)s is none of %(known)s.") % {"name": name, **known}) for name in brand if name not in MEMBERS
    ]
    found += [
        (name, _("%(name)s is not a colour such as #17594a.") % {"name": named[name]})
        for name in COLOURS
        if name in brand and not is_colour(brand[name])
    ]
    logo = brand.get("logo", "")
    if logo and not (isinstance(logo, str) and _FILE.fullmatch(logo) and ".." not in logo):
        told = _("%(name)s is not the name of a static file such as example/logo.svg.")
        found.append(("logo", told % {"name": named["logo"]}))
    return found or _unreadable(brand, named)


def is_colour(value: Any) -> bool:
    return isinstance(value, str) and bool(_COLOUR.fullmatch(value))


def _unreadable(brand: Mapping[str, str], named: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for ground, suffix in ((LIGHT, ""), (DARK, "_dark")):
        names = f"primary{suffix}", f"background{suffix}"
        primary, background = map(brand.get, names)
        pairs = []
        if primary:
            under = _("%(name)s under dark words") if suffix else _("%(name)s under white words")
            pairs += [(names[0], under, primary, ground.on_primary)]
            pairs += [(names[0], _("%(name)s on a card"), primary, ground.surface)]
            pairs += [(names[0], _("%(name)s on a field"), primary, ground.sunken)]
        if background:
            pairs += [(names[1], _("words on %(name)s"), ground.muted, background)]
        told = _("%(what)s: the contrast is %(ratio)s:1, and has to be at least %(least)s:1.")
        found += [
            (
                name,
                told % {"what": what % {"name": named[name]}, "ratio": f"{contrast(one, other):.1f}", "least": LEAST},
            )
            for name, what, one, other in pairs
            if contrast(one, other) < LEAST
        ]
    return found


def tokens(brand: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The custom properties of light pages and of dark ones, for a brand without problems."""
    primary = brand.get("primary", "")
    dark = brand.get("primary_dark") or (_readable(primary) if primary else "")
    return (
        _tokens(primary, brand.get("background", ""), LIGHT),
        _tokens(dark, brand.get("background_dark", ""), DARK),
    )


def _readable(primary: str) -> str:
    """A light primary as far towards white as dark pages need it."""
    shares = (share / 20 for share in range(21))
    return next(
        made
        for made in (mix(primary, DARK.towards, share) for share in shares)
        if min(contrast(made, DARK.surface), contrast(made, DARK.on_primary)) >= LEAST + 1
    )


def _tokens(primary: str, background: str, ground: _Ground) -> dict[str, str]:
    found = {"--bg": background} if background else {}
    if primary:
        found |= {
            "--primary": primary,
            "--primary-hover": mix(primary, ground.towards, 0.25),
            "--on-primary": ground.on_primary,
            "--soft": _soft(primary, ground),
        }
    return found


def _soft(primary: str, ground: _Ground) -> str:
    """The card with as much of the colour in it as leaves words in the colour readable."""
    shares = (share / 100 for share in range(16, -1, -1))
    return next(
        made
        for made in (mix(ground.surface, primary, share) for share in shares)
        if contrast(primary, made) >= LEAST or made == ground.surface
    )


def style(brand: Mapping[str, str]) -> str:
    """The style of a page with this brand; empty where it changes nothing. Dark by media query and by choice, as the stylesheet."""
    light, dark = (";".join(f"{name}:{value}" for name, value in part.items()) for part in tokens(brand))
    parts = [f":root{{{light}}}" if light else ""]
    if dark:
        chosen = ':root[data-theme="dark"],:root[data-bs-theme="dark"]'
        follows = ':root:not([data-theme="light"],[data-bs-theme="light"])'
        parts.append(f"@media screen and (prefers-color-scheme:dark){{{follows}{{{dark}}}}}")
        parts.append(f"@media screen{{{chosen}{{{dark}}}}}")
    return "".join(parts)
