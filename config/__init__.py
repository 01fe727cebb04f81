"""The standalone project: settings, URLs, and the demo."""
