"""`manage.py demo`, `make demo`: the server with sample data, and a first token that is really fetched over HTTP."""

import os
import signal
import subprocess
import sys
from typing import Any, NoReturn

import click
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from config.demo import data, server
from config.demo.api import audience
from oauth_server import fetch
from oauth_server.cli import introspect, remote, tokens
from oauth_server.cli.output import Output
from oauth_server.conf import settings

_NEXT = """\
The demo runs at {url} — Ctrl-C ends it.

  Account        {url}/account/   sign in as {person[0]}, password {person[1]}
  Admin          {url}/admin/   sign in as {operator[0]}, password {operator[1]}
  Metadata       {url}/.well-known/openid-configuration
  Sample API     {api}

Clients:

  demo-web       a web app, secret {secrets[demo-web]}
  demo-spa       a single-page app, public: it has no secret
  demo-machine   client credentials, secret {secrets[demo-machine]}

Next, in a second terminal in this directory:

  . .venv/bin/activate
  oauth perform authorization-code --client-id demo-web --client-secret {secrets[demo-web]}

or begin the tutorial:

  oauth create project --name "Ory OAuth2 Example"
"""


class Command(BaseCommand):
    help = "Run the server with sample data on http://localhost:PORT, with a first token fetched over HTTP."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="End after the first token; exit 0 only if every step worked."
        )
        parser.add_argument("--port", type=int, default=8000, help="Where to listen (default: %(default)s).")

    def handle(self, *args: Any, once: bool, port: int, **options: Any) -> None:
        if django_settings.SETTINGS_MODULE != "config.settings.dev":
            raise CommandError("The demo runs with config.settings.dev: unset DJANGO_SETTINGS_MODULE.")
        if not 0 < port < 65_536:
            raise CommandError(f"{port} is not a port.")
        server.require_free(port)
        url = f"http://localhost:{port}"
        notes = data.Notes.read()
        if url != settings.ISSUER or url != notes.issuer:
            data.Notes(url, notes.secrets).write()
            _start_over()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._run(url, port, notes, once)
        except KeyboardInterrupt:
            self.stdout.write("\nThe demo has ended.")
        except OperationalError as error:
            # before the first release migrations are written anew
            raise CommandError(
                f"db.sqlite3 is of an earlier version ({error}). Remove it and run this again: rm db.sqlite3*"
            ) from error

    def _run(self, url: str, port: int, notes: data.Notes, once: bool) -> None:
        self._step("The database")
        call_command("migrate", verbosity=0, interactive=False)
        self._step("People, clients, an API and keys")
        secrets = data.provide(notes.secrets)
        data.Notes(url, secrets).write()
        self._step(f"The server at {url}")
        with server.running(port, url) as process:
            self._first_token(url, secrets["demo-machine"])
            if once:
                self.stdout.write("Every step worked.")
                return
            text = _NEXT.format(url=url, person=data.PERSON, operator=data.OPERATOR, secrets=secrets, api=audience())
            self.stdout.write(text)
            self.stdout.flush()
            _stay(process)

    def _step(self, what: str) -> None:
        self.stdout.write(f"{what} …")
        self.stdout.flush()

    def _first_token(self, url: str, secret: str) -> None:
        """Client credentials, introspection and a call of the API, over HTTP against the running server."""
        out = Output("table", quiet=False)
        caller = remote.caller("demo-machine", secret)
        try:
            self._shown("perform client-credentials --client-id demo-machine --client-secret … --scope orders:read")
            fields = {"grant_type": "client_credentials", "scope": "orders:read"}
            answer = remote.post(f"{url}/oauth2/token", fields, caller)
            out.one(tokens.row(answer))
            self._shown("introspect token … --client-id demo-machine --client-secret …")
            told = remote.post(f"{url}/oauth2/introspect", {"token": answer["access_token"]}, caller)
            out.one(introspect.row(told))
            self._shown(f"GET {audience()} with the access token", program="")
            orders = fetch.get(audience(), {"Authorization": f"Bearer {answer['access_token']}"})
        except (click.ClickException, fetch.Unreachable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{orders.status} {orders.body.decode(errors='replace')}\n\n")
        if not told.get("active") or told.get("client_id") != "demo-machine" or orders.status != 200:
            raise CommandError("The server gave a token that it does not take.")

    def _shown(self, command: str, program: str = "oauth ") -> None:
        self.stdout.write(f"\n$ {program}{command}")
        self.stdout.flush()


def _start_over() -> NoReturn:
    """Settings are read when a process starts; the file has just changed them."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


def _stay(process: "subprocess.Popen[bytes]") -> None:
    code = process.wait()
    raise CommandError(f"The server has ended by itself (exit code {code}); its messages are above.")
