"""mozilla-django-oidc, with a note on the session of what it has accepted; and where it and django-allauth sign out."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from program import CLIENT_ID, ISSUER


def logout_url(request: HttpRequest) -> str:
    """RP-Initiated Logout 1.0 §2. mozilla-django-oidc keeps the ID token where it is told to, django-allauth does not."""
    values = {"client_id": CLIENT_ID, "post_logout_redirect_uri": request.build_absolute_uri("/"), "state": "left"}
    if token := request.session.get("oidc_id_token"):
        values["id_token_hint"] = token
    return f"{ISSUER}/oauth2/sessions/logout?{urlencode(values)}"


class Allauth(DefaultAccountAdapter):
    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return logout_url(request)


class Mozilla(OIDCAuthenticationBackend):
    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Any:
        user = super().get_or_create_user(access_token, id_token, payload)
        earlier = self.request.session.get("accepted", {})
        self.request.session["accepted"] = {
            "id_token": payload,
            "userinfo": self.get_userinfo(access_token, id_token, payload),
            "sign_ins": earlier.get("sign_ins", 0) + 1,
        }
        return user
