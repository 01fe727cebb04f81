"""RFC 9110 §6.6.1 Date: whether this machine and the server agree on the time, which tokens and assertions live by."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("clock")


def check(site: Site) -> Iterator[Finding]:
    before = datetime.now(UTC)
    # asked anew: an answer that was kept tells an old time
    answer = site.get(f"{site.discovery_url}?at={before.timestamp()}")
    yield skew(answer.headers.get("date", ""), before, datetime.now(UTC))


def skew(date: str, before: datetime, after: datetime) -> Finding:
    """`date` tells whole seconds, and was written between the other two."""
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return _AREA.warning("answers have no Date", "Let the proxy set it: clients and caches count on it.")
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    ahead = (told - after).total_seconds() if told > after else min(0.0, (told - before).total_seconds() + 1)
    change = "Run a time service (NTP) on both machines."
    text = f"the server's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} this machine's"
    if abs(ahead) > 30:
        return _AREA.error(text, change)
    if abs(ahead) > 2:
        return _AREA.warning(text, change)
    return _AREA.ok("the server's clock and this machine's agree")
