"""The tree of the `oauth` commands, and the console script."""

import os
import re
import sys
from pathlib import Path
from typing import NoReturn

import click

_IN_MANAGE_PY = re.compile(r"""DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)""")

NO_PROJECT = "oauth_server.cli.no_project"


def main() -> None:
    """The console script: on the project whose `manage.py` is here, or that DJANGO_SETTINGS_MODULE names; without one, elsewhere."""
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = (
        os.environ.get("DJANGO_SETTINGS_MODULE") or _of_working_directory() or NO_PROJECT
    )
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        _end(str(error), 2)
    except ModuleNotFoundError as error:
        if not _is_settings(error.name or ""):
            raise
        _end(f"DJANGO_SETTINGS_MODULE names {os.environ['DJANGO_SETTINGS_MODULE']}, which is not here.", 2)
    run(sys.argv[1:], "oauth")


def _is_settings(module: str) -> bool:
    """Whether this is the module of the settings, or a package around it."""
    return f"{os.environ['DJANGO_SETTINGS_MODULE']}.".startswith(f"{module}.")


def _of_working_directory() -> str:
    """The settings that the `manage.py` here names."""
    manage = Path("manage.py")
    found = _IN_MANAGE_PY.search(manage.read_text(errors="replace")) if manage.is_file() else None
    return found[1] if found else ""


def run(arguments: list[str], program: str) -> None:
    """Run a command line in a configured process; ends it with the exit code."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError

    from oauth_server import audit
    from oauth_server.cli.tree import oauth

    try:
        with audit.origin(actor=f"command:{_account()}"):
            oauth.main(arguments, prog_name=program)
    except (OperationalError, ProgrammingError) as error:
        _end(f"The database is not ready: {error}. `manage.py migrate` makes its tables.", 1)
    except ImproperlyConfigured as error:
        if os.environ.get("DJANGO_SETTINGS_MODULE") == NO_PROJECT:
            _end(
                "There is no manage.py in this directory. Change into your project, set DJANGO_SETTINGS_MODULE, or, if the "
                "command takes it, name a server elsewhere with --endpoint.",
                2,
            )
        _end(str(error), 2)


def _end(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(code)


def _account() -> str:
    """Who ran the command, as the system knows it."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""
