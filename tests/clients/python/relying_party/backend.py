"""mozilla-django-oidc, with a note on the session of what it has accepted."""

from typing import Any

from mozilla_django_oidc.auth import OIDCAuthenticationBackend


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
