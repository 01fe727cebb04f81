"""OpenID Connect Back-Channel Logout 1.0 §2.5: sign-outs that a client has not heard of are tried again."""

from collections.abc import Iterable

from oauth_server.logout import backchannel
from oauth_server.models import LogoutDelivery


def retry(rows: Iterable[LogoutDelivery]) -> int:
    """With all attempts. Returns how many are tried; those that were delivered stay as they are."""
    return sum(backchannel.retry(row) for row in rows)
