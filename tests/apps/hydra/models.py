"""The models of Hydra's client that refuse a member too many or one too few: name → (type, required)."""

from datetime import datetime
from typing import Any

from oauth_server.policy import lifespans

_LISTS = "redirect_uris grant_types response_types audience allowed_cors_origins contacts".split()
_TEXTS = (
    "client_id client_name scope owner policy_uri tos_uri client_uri logo_uri subject_type token_endpoint_auth_method "
    "request_object_signing_alg userinfo_signed_response_alg created_at updated_at"
).split()
CLIENT: dict[str, tuple[Any, bool]] = {
    **dict.fromkeys(_LISTS, (list, True)),
    **dict.fromkeys(_TEXTS, (str, True)),
    **{name: ((str, type(None)), True) for name in lifespans.MEMBERS},
    "client_secret_expires_at": (int, True),
    "jwks": (dict, True),
    "metadata": (dict, True),
    "skip_consent": (bool, True),
    "skip_logout_consent": (bool, True),
    "client_secret": (str, False),
    "jwks_uri": (str, False),
    "token_endpoint_auth_signing_alg": (str, False),
    "request_uris": (list, False),
    "sector_identifier_uri": (str, False),
    "post_logout_redirect_uris": (list, False),
    "frontchannel_logout_uri": (str, False),
    "frontchannel_logout_session_required": (bool, False),
    "backchannel_logout_uri": (str, False),
    "backchannel_logout_session_required": (bool, False),
    "access_token_strategy": (str, False),
}
INTROSPECTION: dict[str, tuple[Any, bool]] = {
    "active": (bool, True),
    "aud": (list, False),
    "client_id": (str, False),
    "exp": (int, False),
    "ext": (dict, False),
    "iat": (int, False),
    "iss": (str, False),
    "nbf": (int, False),
    "scope": (str, False),
    "sub": (str, False),
    "token_type": (str, False),
    "token_use": (str, False),
}
KEY: dict[str, tuple[Any, bool]] = {
    **dict.fromkeys(("alg", "kid", "kty", "use"), (str, True)),
    **dict.fromkeys(("crv", "e", "n", "x", "y"), (str, False)),
}
_CONTEXT: dict[str, tuple[Any, bool]] = {
    "acr_values": (list, False),
    "display": (str, False),
    "id_token_hint_claims": (dict, False),
    "login_hint": (str, False),
    "ui_locales": (list, False),
}
_ASKED: dict[str, tuple[Any, bool]] = {
    "client": (CLIENT, True),
    "oidc_context": (_CONTEXT, True),
    "requested_scope": (list, True),
    "requested_access_token_audience": (list, True),
    "request_url": (str, True),
    "skip": (bool, True),
    "subject": (str, True),
    "challenge": (str, True),
}
LOGIN: dict[str, tuple[Any, bool]] = {**_ASKED, "session_id": (str, True)}
CONSENT: dict[str, tuple[Any, bool]] = {
    **_ASKED,
    "acr": (str, True),
    "amr": (list, True),
    "consent_request_id": (str, True),
    "context": (object, True),
    "login_challenge": (str, True),
    "login_session_id": (str, True),
}
CONSENT_SESSION: dict[str, tuple[Any, bool]] = {
    "consent_request_id": (str, True),
    "consent_request": (CONSENT, True),
    "grant_scope": (list, True),
    "grant_access_token_audience": (list, True),
    "session": ({"access_token": (dict, True), "id_token": (dict, True)}, True),
    "remember": (bool, True),
    "remember_for": (int, True),
    "handled_at": (str, True),
    "context": (object, True),
}
LOGOUT: dict[str, tuple[Any, bool]] = {
    "challenge": (str, True),
    "subject": (str, True),
    "sid": (str, True),
    "request_url": (str, True),
    "rp_initiated": (bool, True),
    "expires_at": (str, True),
    "requested_at": (str, True),
    "client": (CLIENT, False),
}


def check(body: Any, model: dict[str, tuple[Any, bool]]) -> None:
    """Exactly these members, each of its type, times with a zone; nested models too."""
    assert isinstance(body, dict)
    assert set(body) <= set(model), f"too many: {set(body) - set(model)}"
    missing = {name for name, (_, required) in model.items() if required} - set(body)
    assert not missing, f"missing: {missing}"
    for name, value in body.items():
        kind = model[name][0]
        if isinstance(kind, dict):
            check(value, kind)
            continue
        assert isinstance(value, kind), (name, value)
        if kind is int:
            assert not isinstance(value, bool), name
        if kind is list:
            assert all(isinstance(item, str) for item in value), (name, value)
        if name.endswith("_at") and kind is str:
            assert datetime.fromisoformat(value).tzinfo is not None, (name, value)
    for key in (body.get("jwks") or {}).get("keys", ()) if isinstance(body.get("jwks"), dict) else ():
        check(key, KEY)
