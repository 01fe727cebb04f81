"""`manage.py cleartokens`: django-oauth-toolkit's name, which cron jobs call, for `clear_expired`."""

from oauth_server.management.commands.clear_expired import Command

__all__ = ["Command"]
