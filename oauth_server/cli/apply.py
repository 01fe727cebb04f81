"""`oauth export`, `oauth apply`: clients, scopes, audiences and the project's own settings, in a file under version control."""

import json
from collections.abc import Sequence
from typing import Any

import click

from oauth_server.api.v1.identity import id_of
from oauth_server.cli import declared, documents, remote
from oauth_server.cli.declared import KINDS, Change, State
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, cleaned, output, progress
from oauth_server.cli.server import Server
from oauth_server.cli.where import Where, where

# The server has something else than the file
DRIFT = 3
_SIGNS = {"create": "+", "update": "~", "delete": "-"}


def read(where: Where, server: Server) -> State:
    """All that the project has."""
    project = next((one for one in server.all("/issuers") if one["issuer"] == where.url), None)
    if project is None:
        raise Refused(f"{where.url} is no project of this server: give its URL as `oauth list projects` prints it.")
    objects = {kind.section: {str(item[kind.key]): item for item in server.all(kind.path)} for kind in KINDS}
    return State(project, objects)


@click.command()
@click.option("--output", "-o", "file", metavar="FILE", type=click.Path(), help="Default: the standard output.")
@where
def export(where: Where, file: str | None) -> None:
    """Write a project as YAML: its clients, scopes, audiences and settings, sorted, without secrets; the same state, the same bytes.

    Clients that registered themselves are left out, and members that have their default.
    """
    where = where.settled()
    text = documents.write(declared.document(read(where, where.server())))
    if not file:
        click.echo(text, nl=False)
        return
    try:
        with click.open_file(file, "w", encoding="utf-8", atomic=True) as stream:
            stream.write(text)
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error.strerror}.") from error


@click.command("apply")
@click.option(
    "--file",
    "-f",
    metavar="FILE",
    type=click.Path(),
    required=True,
    help="YAML or JSON as `export` writes it; - is the standard input.",
)
@click.option("--dry-run", is_flag=True, help="Print the difference and do nothing; exit code 3 if there is one.")
@click.option("--prune", is_flag=True, help="Also delete what the file does not name.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before something is deleted.")
@where
@output
def apply(out: Output, where: Where, file: str, dry_run: bool, prune: bool, yes: bool) -> None:
    """Change a project to what a file says. A member that the file leaves out of an object gets its default; other objects stay.

    Applied again it changes nothing. A new client's secret is printed this once.
    """
    asked = declared.wanted(documents.read(file))
    where = where.settled()
    server = where.server()
    state = read(where, server)
    changes = declared.plan(state, asked, prune=prune)
    if dry_run:
        _show(out, changes, {})
        raise click.exceptions.Exit(DRIFT if changes else 0)
    ends = [change.key for change in changes if change.action == "delete"]
    if ends and not yes:
        click.confirm(f"Delete {', '.join(ends)}, with all that depends on it?", abort=True, err=True)
    secrets = _run(server, state, changes)
    _show(out, changes, secrets)


def _run(server: Server, state: State, changes: Sequence[Change]) -> dict[str, str]:
    """Do it, one after the other; what is done stays done. Returns the new secrets by client ID."""
    secrets: dict[str, str] = {}
    late: list[tuple[str, dict[str, Any], str]] = []
    done = 0
    steps = [change for change in changes if change.action != "delete"]
    ends = [change for change in changes if change.action == "delete"]
    try:
        for change in progress(steps, "Applying"):
            _step(server, state, change, secrets, late)
            done += 1
        for path, members, etag in late:
            server.change(path, members, etag)
        for change in progress(ends, "Deleting"):
            server.delete(_path(change), change.etag)
            done += 1
    except (Refused, WrongUse) as error:
        for client_id, value in secrets.items():
            remote.notice(f"CLIENT SECRET of {client_id}: {value}")
        failed = changes[min(done, len(changes) - 1)]
        raise Refused(
            f"{failed.noun} {failed.key}: {error.message}\n{done} of {len(changes)} changes are done; apply the file again."
        ) from error
    return secrets


def _step(
    server: Server,
    state: State,
    change: Change,
    secrets: dict[str, str],
    late: list[tuple[str, dict[str, Any], str]],
) -> None:
    """What names objects that come later is put into `late`."""
    after = {name: pair[1] for name, pair in change.members.items()}
    if change.kind is None:
        server.change(f"/issuers/{state.project['id']}", after, change.etag)
        return
    now = {name: value for name, value in after.items() if name not in change.kind.late}
    later = {name: value for name, value in after.items() if name in change.kind.late}
    etag = change.etag
    if change.action == "create":
        whole = change.kind.whole({change.kind.key: change.key, **after})
        body = {name: value for name, value in whole.items() if name not in change.kind.late}
        made = server.create(change.kind.path, {change.kind.key: change.key, **body})
        etag = str(made["etag"])
        if value := made.get("client_secret"):
            secrets[change.key] = str(value)
    elif now:
        etag = str(server.change(_path(change), now, change.etag)["etag"])
    if later:
        late.append((_path(change), later, etag))


def _path(change: Change) -> str:
    return f"{change.kind.path if change.kind else '/issuers'}/{id_of(change.key)}"


def _show(out: Output, changes: Sequence[Change], secrets: dict[str, str]) -> None:
    if out.quiet:
        for change in changes:
            click.echo(cleaned(change.key))
    elif out.form == "table":
        for change in changes:
            _print(change, secrets.get(change.key, ""))
        remote.notice(f"{remote.counted(len(changes), 'difference')}." if changes else "Nothing differs.")
    else:
        out.data({"changes": [_members(change, secrets.get(change.key, "")) for change in changes]})


def _members(change: Change, secret: str) -> dict[str, Any]:
    told = {name: {"before": before, "after": after} for name, (before, after) in change.members.items()}
    found = {"action": change.action, "kind": change.noun, "id": change.key, "members": told}
    return {**found, "client_secret": secret} if secret else found


def _print(change: Change, secret: str) -> None:
    click.echo(cleaned(f"{_SIGNS[change.action]} {change.noun} {change.key}"))
    for name, (before, after) in change.members.items():
        was = "" if change.action == "create" else f"{json.dumps(before, ensure_ascii=False)} → "
        click.echo(cleaned(f"    {name}: {was}{json.dumps(after, ensure_ascii=False)}"))
    if secret:
        click.echo(f"    CLIENT SECRET\t{secret}")
