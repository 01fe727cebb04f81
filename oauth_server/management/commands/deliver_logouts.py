"""`manage.py deliver_logouts`: OpenID Connect Back-Channel Logout 1.0 §2.5, what could not be delivered at once; a service, or for cron."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from oauth_server import audit, webhook
from oauth_server.logout import backchannel
from oauth_server.tokens import jobs


class Command(BaseCommand):
    help = (
        "Tell clients of sign-outs, and the webhook of audit events, that they could not be told of at once. "
        "May run beside the server, also more than once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--watch", type=float, metavar="SECONDS", help="Stay, and look again after so many seconds."
        )

    def handle(self, *args: Any, watch: float | None, **options: Any) -> None:
        ended = None if watch is None else jobs.ended()
        with audit.origin(actor="command:deliver_logouts"):
            self._deliver(options["verbosity"])
            while ended and not ended.wait(max(1.0, watch or 0.0)):
                close_old_connections()
                self._deliver(options["verbosity"] - 1)

    def _deliver(self, verbosity: int) -> None:
        tried = backchannel.deliver_all_due() + webhook.deliver_all_due()
        jobs.note("deliver_logouts")
        if verbosity > 0:
            self.stdout.write(f"{tried} tried")
