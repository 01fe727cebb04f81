"""OpenID Connect Dynamic Client Registration 1.0 §5 sector_identifier_uri: its document lists every redirect URI."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from oauth_server import fetch, strict_json
from oauth_server.conf import settings

_MAX_BYTES = 65_536


def problem(uri: str, redirect_uris: Sequence[str]) -> str:
    """Why the document does not vouch for these; empty when it does. It is fetched: call this outside a transaction."""
    try:
        answer = fetch.guarded_get(
            uri, {"Accept": "application/json"}, allowed=settings.FETCH_PRIVATE_HOSTS, most=_MAX_BYTES
        )
    except fetch.Unreachable:
        return _("The document cannot be fetched.")
    if answer.status != 200:
        return _("The document cannot be fetched: the status is not 200.")
    try:
        listed = strict_json.parse(answer.body)
    except ValueError:
        return _("The document is not JSON.")
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        return _("The document is not a list of strings.")
    return "" if set(redirect_uris) <= set(listed) else _("The document does not list every redirect URI.")
