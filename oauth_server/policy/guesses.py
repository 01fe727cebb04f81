"""NIST SP 800-63B-4 §3.2.2 how often a password is looked at: for an account from one address, from one address, and for an account.

Nobody is locked out for good, and not at all where they have signed in before: otherwise wrong passwords would lock people out.
"""

from oauth_server import limits
from oauth_server.conf import settings
from oauth_server.models import Session

_HOUR = 3600


def take(account: str, address: str, lookup: str) -> None:
    """Count a try before it is made. `lookup`: the field of the user model that `account` is. Raises `limits.TooManyAttempts`."""
    limits.take(settings.SIGN_IN_FAILURES, *_here(account, address))
    if address:
        limits.take(settings.SIGN_IN_FAILURES_PER_ADDRESS, *_from(address))
    if not _has_signed_in(account, address, lookup):
        limits.take_spaced(settings.SIGN_IN_FAILURES_PER_ACCOUNT, _HOUR, *_anywhere(account))


def clear(account: str, address: str) -> None:
    """The password was right."""
    limits.clear(*_here(account, address))
    limits.clear(*_anywhere(account))
    # whoever has an account of their own makes no room for guesses at others
    limits.give_back(*_from(address))


def _here(account: str, address: str) -> tuple[str, str, str]:
    return "sign_in", account.lower(), address


def _from(address: str) -> tuple[str, str]:
    return "sign_in_from", address


def _anywhere(account: str) -> tuple[str, str]:
    return "sign_in_anywhere", account.lower()


def _has_signed_in(account: str, address: str, lookup: str) -> bool:
    """One statement, also for an account that does not exist."""
    if not address or "\x00" in account:
        return False
    return Session.objects.filter(address=address, **{f"user__{lookup}": account}).exists()
