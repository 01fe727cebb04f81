"""`manage.py oauth …`: the same commands as the console script `oauth`."""

from collections.abc import Sequence

from django.core.management.base import BaseCommand

from oauth_server.cli.main import run


class Command(BaseCommand):
    help = "Clients, projects, scopes, audiences, keys and tokens of this authorization server."

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Click reads the arguments, not argparse."""
        run(list(argv[2:]), "manage.py oauth")

    def print_help(self, prog_name: str, subcommand: str) -> None:
        run(["--help"], "manage.py oauth")
