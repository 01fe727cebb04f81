"""`manage.py clear_expired`: remove what has expired, for cron."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from oauth_server.tokens import expired, jobs


class Command(BaseCommand):
    help = "Remove expired tokens, codes, families, sessions, and what else is over. May run at any time, beside the server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=expired.BATCH, help="Rows a statement (default: %(default)s).")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        total: Counter[str] = Counter()
        for model, removed in expired.clear(max(1, batch)):
            name = str(model._meta.verbose_name_plural)
            total[name] += removed
            if removed == batch and options["verbosity"] > 1:
                self.stderr.write(f"{name}: {total[name]} so far")
        total[str(_("addresses"))] = sum(expired.forget_addresses(max(1, batch)))
        jobs.note("clear_expired")
        if options["verbosity"] > 0:
            for name, removed in total.items():
                self.stdout.write(f"{name}: {removed}")
