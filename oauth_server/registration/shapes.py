"""RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2: the members of client metadata, and the shape of each by itself."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from oauth_server.client_auth.registry import METHODS
from oauth_server.keys import jwe
from oauth_server.models import Client
from oauth_server.policy import lifespans
from oauth_server.response_modes.registry import RESPONSE_MODES

_is_web_url = URLValidator(schemes=["https", "http"])


def _text(most: int) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        if not isinstance(value, str) or "\x00" in value:
            return _("It must be a string.")
        return "" if len(value) <= most else _("It is longer than %(most)d characters.") % {"most": most}

    return problem


def _texts(value: Any) -> str:
    good = isinstance(value, (list, tuple)) and all(
        isinstance(item, str) and item and "\x00" not in item for item in value
    )
    return "" if good else _("It must be a list of strings.")


def _boolean(value: Any) -> str:
    return "" if isinstance(value, bool) else _("It must be true or false.")


def _seconds(value: Any) -> str:
    good = value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31)
    return "" if good else _("It must be a number of seconds.")


def _object(value: Any) -> str:
    if not isinstance(value, dict):
        return _("It must be an object.")
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return _("It holds a number that is too large.")
    # no database keeps it
    return _("It holds a NUL.") if "\\u0000" in text else ""


def _object_or_none(value: Any) -> str:
    return "" if value is None else _object(value)


def _lifespans(value: Any) -> str:
    if not isinstance(value, dict) or not set(value) <= set(lifespans.MEMBERS):
        return _("Known: %(names)s.") % {"names": ", ".join(lifespans.MEMBERS)}
    good = all(isinstance(one, int) and not isinstance(one, bool) and 0 < one < 2**31 for one in value.values())
    return "" if good else _("Each must be a number of seconds.")


def _one_of(*names: str) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        return "" if value in names else _("It must be one of: %(names)s.") % {"names": ", ".join(names)}

    return problem


def _some_of(*names: str) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        if wrong := _texts(value):
            return wrong
        return "" if set(value) <= set(names) else _("Known: %(names)s.") % {"names": ", ".join(names)}

    return problem


def _response_modes(value: Any) -> str:
    return _some_of(*RESPONSE_MODES.names())(value)


def _web_url(value: Any) -> str:
    wrong = _text(2000)(value)
    if wrong or not value:
        return wrong
    try:
        _is_web_url(value)
    except ValidationError:
        return _("It must be an http or https URL.")
    return ""


def _auth_method(value: Any) -> str:
    return _one_of(*METHODS.names())(value)


# Every member that this server keeps, with the check of its shape
SHAPES: dict[str, Callable[[Any], str]] = {
    "client_id": _text(255),
    "client_secret": _text(1000),
    "client_name": _text(255),
    "grant_types": _texts,
    "response_types": _texts,
    "redirect_uris": _texts,
    "post_logout_redirect_uris": _texts,
    "token_endpoint_auth_method": _auth_method,
    "scope": _text(10_000),
    "default_scopes": _text(10_000),
    "audience": _texts,
    "allowed_cors_origins": _texts,
    "require_pkce": _boolean,
    "skip_consent": _boolean,
    "accepts_fewer_scopes": _boolean,
    "id_token_signed_response_alg": _one_of(*Client.Algorithm.values),
    "id_token_audiences": _texts,
    "subject_type": _one_of("public", "pairwise"),
    "sector_identifier_uri": _web_url,
    "application_type": _one_of("web", "native"),
    "id_token_encrypted_response_alg": _one_of("", *jwe.ALGORITHMS),
    "id_token_encrypted_response_enc": _one_of("", *jwe.ENCODINGS),
    "userinfo_signed_response_alg": _one_of("", *Client.Algorithm.values),
    "userinfo_encrypted_response_alg": _one_of("", *jwe.ALGORITHMS),
    "userinfo_encrypted_response_enc": _one_of("", *jwe.ENCODINGS),
    "request_object_signing_alg": _one_of("", *Client.Algorithm.values),
    "token_endpoint_auth_signing_alg": _text(5),
    "request_uris": _texts,
    "require_pushed_authorization_requests": _boolean,
    "require_signed_request_object": _boolean,
    "response_modes": _response_modes,
    "default_acr_values": _texts,
    "authorization_details_types": _texts,
    "initiate_login_uri": _web_url,
    "frontchannel_logout_uri": _web_url,
    "frontchannel_logout_session_required": _boolean,
    "backchannel_logout_uri": _web_url,
    "backchannel_logout_session_required": _boolean,
    "jwks": _object_or_none,
    "jwks_uri": _web_url,
    "software_id": _text(255),
    "software_version": _text(255),
    "refresh_token_rule": _one_of(*Client.RefreshTokenRule.values),
    "default_max_age": _seconds,
    "require_auth_time": _boolean,
    "client_uri": _web_url,
    "logo_uri": _web_url,
    "policy_uri": _web_url,
    "tos_uri": _web_url,
    "contacts": _texts,
    "metadata": _object,
    "owner": _text(255),
    "access_token_strategy": _one_of("", "opaque", "jwt"),
    "skip_logout_consent": _boolean,
    "lifespans": _lifespans,
}
MEMBERS = frozenset(SHAPES)


def problems(metadata: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with each member by itself."""
    found = {name: [_("It is unknown.")] for name in metadata if name not in SHAPES}
    for name, value in metadata.items():
        wrong = SHAPES[name](value) if name in SHAPES else ""
        if wrong:
            found[name] = [wrong]
    return found
