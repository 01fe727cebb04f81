"""`manage.py flush`: Django's, for a database whose audit log refuses to be emptied by any other command."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from oauth_server.models import append_only


class Command(flush.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # Django's own test cases flush as well
        append_only.TRIGGERS.drop(options["database"])
        try:
            super().handle(*args, **options)
        finally:
            if append_only.TABLE in connections[options["database"]].introspection.table_names():
                append_only.TRIGGERS.install(options["database"])
