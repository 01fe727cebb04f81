"""`manage.py finish_factor_resets`: removals of second factors that wait, for cron: their reminders, and those whose time has come."""

from typing import Any

from django.core.management.base import BaseCommand

from oauth_server import audit

from ... import way_back


class Command(BaseCommand):
    help = (
        "Remind people of removals of second factors that wait, and do those whose time has come. May run at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.origin(actor="command:finish_factor_resets"):
            reminded, done = way_back.work()
        if options["verbosity"] > 0:
            self.stdout.write(f"{reminded} reminded, {done} done")
