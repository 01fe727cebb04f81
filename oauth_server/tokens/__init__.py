"""Tokens: how they look, how they are issued, found, and ended."""
