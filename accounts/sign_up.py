"""Who may make an account (SIGN_UP): everybody, whoever was invited, or nobody."""

from django.http import HttpRequest

from oauth_server.conf import settings

_INVITED = "_oauth_accounts_invited"


def let_in(request: HttpRequest) -> None:
    """Whoever asks came by an invitation that is open."""
    request.META[_INVITED] = True


def is_open(request: HttpRequest) -> bool:
    """Whether this request may make an account."""
    return settings.SIGN_UP == "open" or (settings.SIGN_UP == "invitation" and _INVITED in request.META)
