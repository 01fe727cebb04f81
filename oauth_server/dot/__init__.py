"""The seam to django-oauth-toolkit (DOT): its settings, its validator, its URL names."""
