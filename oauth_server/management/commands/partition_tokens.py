"""`manage.py partition_tokens`: keep access tokens in a table for each day on which they expire; see docs/operations/production.md."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oauth_server.tokens import partitions


class Command(BaseCommand):
    help = (
        "Partition the table of access tokens by the day on which they expire (PostgreSQL), for sites with millions of them. "
        "Not to be undone by a command. Restart the server's processes afterwards."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            partitions.convert()
        except partitions.NotPossible as reason:
            raise CommandError(str(reason)) from None
        if options["verbosity"] > 0:
            self.stdout.write("Access tokens are partitioned. Run clear_expired every day, and restart the server now.")
