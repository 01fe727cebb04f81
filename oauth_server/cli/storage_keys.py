"""`storage-keys`: SECRET_KEY, DIGEST_KEYS and ENCRYPTION_KEYS of the settings; what rests on which, and when an old one may go."""

import click

from oauth_server.cli.output import EMPTY, Output, Row, output, when
from oauth_server.tokens import storage_keys
from oauth_server.tokens.storage_keys import Need, Status

HEADINGS = ("SETTING", "KEY", "STATE", "NEEDED BY", "UNTIL")
_ROTATE = "`oauth rotate storage-keys` notes when it stopped writing"


@click.command("list")
@output
def list_(out: Output) -> None:
    """List the keys of the settings, by fingerprint, with what still needs them."""
    out.many([row for status in storage_keys.statuses() for row in _rows(status)], HEADINGS)


@click.command()
@output
def rotate(out: Output) -> None:
    """Move what is stored to the first keys, once every process runs with the new settings; then list the keys."""
    for what, number in storage_keys.rotate().items():
        click.echo(f"{what}: {number} moved", err=True)
    out.many([row for status in storage_keys.statuses() for row in _rows(status)], HEADINGS)


def _rows(status: Status) -> list[Row]:
    needs = [*status.needs]
    if not status.noted and not status.writes:
        needs.append(Need(_ROTATE, None))
    if not needs:
        return [_row(status, None)]
    return [_row(status, need) for need in needs]


def _row(status: Status, need: Need | None) -> Row:
    what, until = ("", None) if need is None else (need.what, need.until)
    shown = (status.setting, status.fingerprint, _state(status), what or EMPTY, when(until))
    members = {
        "setting": status.setting,
        "key": status.fingerprint,
        "state": _state(status),
        "may_be_dropped": status.may_be_dropped,
        "needed_by": what,
        "until": until and until.isoformat(),
    }
    return Row(status.fingerprint, tuple(zip(HEADINGS, shown, strict=True)), members)


def _state(status: Status) -> str:
    if status.place is None:
        return "missing"
    if status.writes:
        return "writes"
    return "may be dropped" if status.may_be_dropped else "needed"
