"""django-oauth-toolkit's signal `app_authorized(request, token)`: once for every answer of the token endpoint, but that for a device."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict
from oauth2_provider.signals import app_authorized

from oauth_server.endpoints import token
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens import lookup

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def connect() -> None:
    if _tell not in token.TOLD:
        token.TOLD.append(_tell)


def _tell(sender: Any, request: ProtocolRequest, access_token: str) -> None:
    """Without listeners it costs no statement. `sender` is the grant; `token` a row without its clear value, unsaved for a JWT."""
    if not app_authorized.receivers or sender.grant_type == _DEVICE:
        return
    found = lookup.access_token(access_token)
    if found is not None:
        app_authorized.send_robust(sender=sender, request=_request(request), token=found.row)


def _request(request: ProtocolRequest) -> HttpRequest:
    """As listeners know it."""
    made = HttpRequest()
    made.method, made.path, made.path_info = request.method, request.path, request.path
    made.META = {"REMOTE_ADDR": request.address, "HTTP_HOST": request.host, "REQUEST_METHOD": request.method}
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        made.META[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    made.POST = QueryDict(request.body, encoding="utf-8")
    made.user = AnonymousUser()
    return made
