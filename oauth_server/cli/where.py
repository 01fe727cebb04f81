"""Which server and which project a command is about: the database of this project, or with `--endpoint` a server elsewhere."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from oauth_server import issuers, uris
from oauth_server.cli import completion, projects, remote, server
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.server import Server
from oauth_server.models import Issuer
from oauth_server.tokens import lookup

F = TypeVar("F", bound=Callable[..., Any])
_PRIVATE = 0o077
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Where:
    """What the flags say. `project`: ID, slug or URL here; elsewhere its slug, whatever it was named by."""

    endpoint: str = ""
    token: str = ""
    project: str | None = None

    @property
    def is_here(self) -> bool:
        return not self.endpoint

    @property
    def url(self) -> str:
        """The issuer's URL."""
        if self.is_here:
            return projects.choose(self.project).identifier
        return f"{self.endpoint}/{self.project}" if self.project else self.endpoint

    def url_for(self, client_id: str) -> str:
        """The same, of the project that the client belongs to where none is named."""
        return projects.of_client(client_id, self.project).identifier if self.is_here else self.url

    def server(self, owner: Issuer | None = None) -> Server:
        """`owner`: the project here that the named object belongs to, where no project is named."""
        if self.is_here:
            issuer = owner if owner and not self.project else projects.choose(self.project)
            return server.here(issuer)
        if not self.token:
            raise WrongUse(
                "A server elsewhere asks who you are: give --token, --token-file, $OAUTH_TOKEN or $OAUTH_TOKEN_FILE. "
                f"`oauth create admin-token --project {self.url}` on the server makes one."
            )
        return server.elsewhere(self.url, self.token)

    def token_server(self, value: str) -> Server | None:
        """That of the project which issued this token; None where another one did than the named one."""
        if not self.is_here:
            return self.server()
        found, named = lookup.find(value), projects.given(self.project)
        if found and named and found.issuer != named:
            return None
        return server.here(named or (found.issuer if found else projects.first()))

    def settled(self) -> "Where":
        """With the project chosen, for a command that asks several times."""
        return replace(self, project=str(projects.choose(self.project).pk)) if self.is_here else self

    def all_projects(self) -> Server:
        """The one that knows them all."""
        return server.here(projects.first()) if self.is_here else self.server()


def endpoint_of(value: str) -> str:
    """Raises `WrongUse` for what is no URL of an issuer, or one to which a token would travel in clear."""
    parts = uris.split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise WrongUse("--endpoint is the URL of an issuer, such as https://id.example.com.")
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _from_file(name: str) -> str:
    """Raises `WrongUse` for a file that others may read."""
    path = Path(name)
    try:
        if path.stat().st_mode & _PRIVATE:
            raise WrongUse(f"Others can read {name}: `chmod 600 {name}`.")
        return path.read_text().strip()
    except (OSError, UnicodeError) as error:
        raise WrongUse(f"{name} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from error


_ENDPOINT = click.option(
    "--endpoint",
    "-e",
    envvar="OAUTH_ENDPOINT",
    metavar="URL",
    help="The URL of a server elsewhere, instead of this project's. Default: $OAUTH_ENDPOINT.",
)
_TOKEN = click.option("--token", envvar="OAUTH_TOKEN", help="Your token on a server elsewhere. Default: $OAUTH_TOKEN.")
_TOKEN_FILE = click.option(
    "--token-file",
    envvar="OAUTH_TOKEN_FILE",
    metavar="FILE",
    help="The same from a file that nobody else can read. Default: $OAUTH_TOKEN_FILE.",
)
_PROJECT = click.option(
    "--project",
    envvar="OAUTH_PROJECT",
    metavar="ID|SLUG",
    shell_complete=completion.projects,
    help="Its ID, slug or URL. Default: the only one that you made, else the first issuer.",
)


def _elsewhere(endpoint: str, token: str | None, token_file: str | None, project: str | None) -> Where:
    """Raises `WrongUse`."""
    url = endpoint_of(endpoint)
    value = token or (_from_file(token_file) if token_file else "")
    parts = uris.split(url)
    if project and not _SLUG.fullmatch(project):
        raise WrongUse(
            "With --endpoint a project is named by its ID or slug, as `oauth list projects` prints them; a URL is the endpoint itself."
        )
    if value and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise WrongUse(f"{url} is http: the token would travel in clear. Use its https URL.")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise WrongUse("The token is not one: it holds spaces, or what no token is made of.")
    return Where(url, value, _slug(url, project) if project else None)


def _slug(url: str, project: str) -> str:
    """Of the project with this ID or slug. Raises `Refused` where none is there."""
    if not issuers.ID.fullmatch(project):
        return project
    found = remote.project_url(url, project)
    slug = "" if found == url else found.removeprefix(f"{url}/")
    if slug and not _SLUG.fullmatch(slug):
        raise Refused(f"The project {project} is not below {url}: give its own URL as --endpoint, without --project.")
    return slug


def place(command: F) -> F:
    """Add `--endpoint` and `--project`, and hand the command its `where`: for what a client or anybody may ask."""

    @wraps(command)
    def with_place(*args: Any, endpoint: str | None, project: str | None, **kwargs: Any) -> Any:
        found = _elsewhere(endpoint, None, None, project) if endpoint else Where(project=project)
        return command(*args, where=found, **kwargs)

    return _ENDPOINT(_PROJECT(with_place))  # type: ignore[return-value]


def where(command: F) -> F:
    """The same with `--token` and `--token-file`: for what an operator may ask."""

    @wraps(command)
    def with_where(
        *args: Any, endpoint: str | None, token: str | None, token_file: str | None, project: str | None, **kwargs: Any
    ) -> Any:
        found = _elsewhere(endpoint, token, token_file, project) if endpoint else Where(project=project)
        return command(*args, where=found, **kwargs)

    return _ENDPOINT(_TOKEN(_TOKEN_FILE(_PROJECT(with_where))))  # type: ignore[return-value]


def anywhere(command: F) -> F:
    """The same without `--project`: for what is about projects."""

    @wraps(command)
    def with_where(*args: Any, endpoint: str | None, token: str | None, token_file: str | None, **kwargs: Any) -> Any:
        found = _elsewhere(endpoint, token, token_file, None) if endpoint else Where()
        return command(*args, where=found, **kwargs)

    return _ENDPOINT(_TOKEN(_TOKEN_FILE(with_where)))  # type: ignore[return-value]
