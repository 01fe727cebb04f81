"""Plugins of the suite, loaded by name before any test module (pyproject.toml)."""
