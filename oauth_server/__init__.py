"""An OAuth 2.x authorization server and OpenID Provider as a reusable Django app."""

__version__ = "0.1.0"
