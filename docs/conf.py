"""Sphinx: the documentation of the version that is installed."""

from importlib.metadata import version as installed_version

project = "django-oauth-server"
author = "The django-oauth-server developers"
project_copyright = f"2026, {author}"
release = version = installed_version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"django-oauth-server {release}"
html_theme_options = {"navigation_with_keys": True}
html_show_sourcelink = False
