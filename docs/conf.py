"""Sphinx: the documentation of the version that is installed."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generated  # noqa: E402
import llms  # noqa: E402

project = "django-oauth-server"
author = "The django-oauth-server developers"
project_copyright = f"2026, {author}"
release = version = installed_version(project)

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"django-oauth-server {release}"
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#17594a", "color-brand-content": "#17594a"},
    "dark_css_variables": {"color-brand-primary": "#85d3b7", "color-brand-content": "#85d3b7"},
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def setup(app: Any) -> None:
    generated.set_up()
    app.connect("source-read", _fill)
    app.connect("builder-inited", _check_pictures)
    app.connect("build-finished", llms.write)


def _fill(app: Any, name: str, source: list[str]) -> None:
    source[0] = generated.fill(source[0])


def _check_pictures(app: Any) -> None:
    """The tutorial shows this version; a picture that is missing is a warning of Sphinx's own."""
    shown = (HERE / "pictures/version.txt").read_text().strip()
    if shown != release:
        from sphinx.util.logging import getLogger

        getLogger(__name__).warning("the pictures of the tutorial show version %s: run `make screenshots`", shown)
