"""`jwk`: RFC 7517, the keys with which a project signs. Only their public halves are ever shown."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from oauth_server.cli import completion, documents, remote
from oauth_server.cli.noun import Noun
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, Row, output, progress
from oauth_server.cli.where import Where, where
from oauth_server.keys import jose
from oauth_server.models import Issuer, SigningKey

State = SigningKey.State
_PUBLISHED = (State.NEXT, State.ACTIVE, State.RETIRING)


def _shown(item: Mapping[str, Any]) -> Iterable[str]:
    return (item["kid"], item["algorithm"], "sig", item["state"])


def _owner(kid: str) -> Issuer | None:
    found = SigningKey.objects.select_related("issuer").filter(kid=kid).first()
    return found.issuer if found else None


KEY = Noun(
    name="key",
    path="/keys",
    key="kid",
    headings=("KEY ID", "ALGORITHM", "USE", "STATE"),
    shown=_shown,
    order="",
    completion=completion.keys,
    owner=_owner,
)


def row(item: Mapping[str, Any]) -> Row:
    """For programs the JWK itself, with what is known about it."""
    plain = KEY.row(item)
    times = {name: value for name, value in plain.members.items() if name.endswith("_at")}
    return Row(plain.id, plain.labels, {**item["jwk"], "state": item["state"], **times})


@click.command()
@click.option("--algorithm", type=click.Choice(jose.ALGORITHMS), required=True, help="What to sign with.")
@where
@output
def create(out: Output, where: Where, algorithm: str) -> None:
    """Make the first keys of an algorithm: one that signs now, one that is published for later."""
    server = where.server()
    server.create(KEY.path, {"algorithm": algorithm})
    made = [item for item in server.all(KEY.path, algorithm=algorithm) if item["state"] in (State.ACTIVE, State.NEXT)]
    out.many([row(item) for item in made], KEY.headings)


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@where
@output
def import_(out: Output, where: Where, files: tuple[str, ...]) -> None:
    """Sign with keys of your own from now on: files with a private JWK, or a set of them; - is the standard input."""
    keys = [key for file in files for item in documents.items(file) for key in item.get("keys", [item])]
    if not all(isinstance(key, dict) for key in keys):
        raise WrongUse("The member keys of a set is a list of keys.")
    server = where.server()
    out.many([row(server.create(KEY.path, {"jwk": key})) for key in progress(keys, "keys")], KEY.headings)


@click.command()
@click.argument("kids", metavar="KEY_ID...", nargs=-1, required=True, shell_complete=completion.keys)
@where
@output
def get(out: Output, where: Where, kids: tuple[str, ...]) -> None:
    """Show public keys."""
    rows = [row(KEY.find(where, kid)[1]) for kid in kids]
    if len(rows) == 1:
        out.one(rows[0])
    else:
        out.many(rows, KEY.headings)


@click.command("list")
@where
@output
def list_(out: Output, where: Where) -> None:
    """List the keys that are published, the oldest first."""
    found = [item for item in where.server().all(KEY.path) if item["state"] in _PUBLISHED]
    out.many([row(item) for item in reversed(found)], KEY.headings)


@click.command()
@click.argument("kids", metavar="KEY_ID...", nargs=-1, required=True, shell_complete=completion.keys)
@click.option("--force", is_flag=True, help="Also the key that signs now; the next one takes its place.")
@where
@output
def delete(out: Output, where: Where, kids: tuple[str, ...], force: bool) -> None:
    """Take keys out of use at once: what they signed is no longer valid."""
    found = [KEY.find(where, kid) for kid in kids]
    active = [item["kid"] for _, item in found if item["state"] == State.ACTIVE]
    if active and not force:
        raise Refused(f"{active[0]} signs now. `rotate keys` retires it in peace; --force ends it at once.")
    for server, item in found:
        server.create(f"{KEY.url(item['kid'])}/revoke", {"reason": "by command"})
    out.ids(kids)


@click.command()
@click.option("--algorithm", type=click.Choice(jose.ALGORITHMS), help="Only the keys of this algorithm.")
@click.option("--force", is_flag=True, help="Do not wait until clients can know the next key.")
@where
@output
def rotate(out: Output, where: Where, algorithm: str | None, force: bool) -> None:
    """Replace the active keys by the next ones; what the old ones signed stays valid."""
    server = where.server()
    active = {item["algorithm"] for item in server.all(KEY.path, state=State.ACTIVE.value)}
    rotated: list[dict[str, Any]] = []
    for name in [algorithm] if algorithm else sorted(active):
        try:
            rotated.append(server.create(f"{KEY.path}/rotate", {"algorithm": name, "force": force}))
        except Refused as error:
            if rotated:
                remote.notice(f"Rotated before: {', '.join(item['algorithm'] for item in rotated)}.")
            raise Refused(f"{name}: {error.message} --force does it all the same.") from error
    out.many([row(item) for item in rotated], KEY.headings)
