"""`oauth doctor`: a running deployment, seen from outside; here also from inside. Nothing is changed, and nobody signs in."""

import click

from oauth_server import fetch
from oauth_server.cli import remote
from oauth_server.cli.doctor import (
    address,
    clocks,
    cors,
    headers,
    health,
    here,
    keys,
    metadata,
    proxy,
    tls,
)
from oauth_server.cli.doctor.finding import Area, Finding, Level
from oauth_server.cli.doctor.site import Site
from oauth_server.cli.options import Refused
from oauth_server.cli.output import Output, Row, cleaned, output, progress
from oauth_server.cli.where import Where, place

HEADINGS = ("AREA", "RESULT", "FINDING", "WHAT TO CHANGE")
_FIRST = (address, tls)
# These ask of what the metadata names
_NEXT = (metadata, clocks, keys, cors, headers, proxy, health)


@click.command()
@place
@click.option("--all", "shows_all", is_flag=True, help="Also what is in order.")
@output
def doctor(out: Output, where: Where, shows_all: bool) -> None:
    """Look at a running deployment from outside and say what to change: TLS, metadata, keys, clock, CORS, headers, proxy.

    Without --endpoint it is this project's, and settings, mail, cache and housekeeping are looked at too. An error found is exit code 1.
    """
    site = Site(where.url)
    found = examine(site)
    if where.is_here:
        found += here.check(site)
    shown = [finding for finding in found if shows_all or finding.level != Level.OK]
    if out.form == "table" and not out.quiet:
        _print(shown)
    else:
        out.many([_row(finding) for finding in shown], HEADINGS)
    errors, warnings = (sum(1 for one in found if one.level == level) for level in (Level.ERROR, Level.WARNING))
    counts = ((len(found), "finding"), (errors, "error"), (warnings, "warning"))
    remote.notice(f"{site.url}: {', '.join(remote.counted(*count) for count in counts)}.")
    if errors:
        raise click.exceptions.Exit(Refused.exit_code)


def examine(site: Site) -> list[Finding]:
    """All that can be seen from outside. Where nobody answers, that alone."""
    found = [finding for part in _FIRST for finding in part.check(site)]
    try:
        site.get(site.discovery_url)
    except fetch.Unreachable as error:
        change = "See that the server runs, that the name leads to it, and that no firewall is between."
        return [*found, Area("address").error(str(error), change)]
    if not site.metadata:
        return [*found, *metadata.check(site)]
    for part in progress(_NEXT, "Looking"):
        try:
            found += part.check(site)
        except fetch.Unreachable as error:
            found.append(Area(part.__name__.rpartition(".")[2]).error(str(error), "Ask again; the server went away."))
    return found


def _print(found: list[Finding]) -> None:
    for one in found:
        click.echo(cleaned(f"{one.level.upper():8}{one.area:10}{one.what}"))
        if one.change:
            click.echo(cleaned(f"{'':18}→ {one.change}"))


def _row(finding: Finding) -> Row:
    shown = (finding.area, finding.level, finding.what, finding.change)
    members = {"area": finding.area, "result": finding.level, "finding": finding.what, "change": finding.change}
    return Row(finding.area, tuple(zip(HEADINGS, shown, strict=True)), members)
