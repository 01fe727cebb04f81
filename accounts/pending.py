"""The authorization request that waits behind an account page, when there is one."""

from django.http import HttpRequest

from oauth_server.interaction.state import Pending, pending

from . import next_url


def pending_of(request: HttpRequest) -> Pending | None:
    """What the `next` of this request leads back to, if it waits for this browser."""
    following = next_url.of(request)
    return pending(request, following) if following else None


__all__ = ["Pending", "pending_of"]
