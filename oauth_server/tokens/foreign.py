"""Tokens that another server issued and that were taken over: strings of any form, looked up only while one of them may live.

`dot/takeover.py` says until when. A process asks the database once, and a malformed string costs no query where there are none.
"""

import re
from datetime import datetime

from oauth_server import clock
from oauth_server.copies import Copies
from oauth_server.models import Replay

# one row, which `clear_expired` removes with the last of them
KIND = "foreign_tokens"
# RFC 6750 §2.1 and RFC 6749 appendix A.12, A.17: visible characters; ours begin with oas_ and are well formed or nothing
_FORM = re.compile(r"(?!oas_)[\x21-\x7e]{1,4096}", re.ASCII)

_until: "Copies[str, datetime | None]" = Copies()


def is_possible(value: str) -> bool:
    """Whether a string that has not our form may be a token all the same."""
    if not _FORM.fullmatch(value):
        return False
    until = _until.get(KIND, _last)
    return until is not None and clock.now() < until


def _last() -> datetime | None:
    return Replay.objects.filter(kind=KIND).values_list("expires", flat=True).first()


def expect(until: datetime) -> None:
    """Look foreign strings up until then. Processes that have asked already go by what they were told."""
    Replay.objects.update_or_create(kind=KIND, value="", defaults={"expires": until})
