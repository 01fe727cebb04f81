"""`manage.py import_people FILE`: people with the hashes of their passwords, from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from oauth_server import audit

from ... import importing


class Command(BaseCommand):
    help = "Import people from a CSV file: all of them, or none if a line is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="UTF-8; the first line names the columns, email among them.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        with audit.origin(actor="command:import_people"):
            outcome = importing.run(data, dry_run=dry_run)
        for line, wrong in outcome.errors:
            self.stderr.write(f"line {line}: {wrong}")
        if outcome.errors:
            number = len(outcome.errors)
            raise CommandError(f"{number} line{pluralize(number, ' is,s are')} wrong; nobody is imported.")
        self.stdout.write(f"{outcome.made} people {'would be' if dry_run else 'are'} imported.")
