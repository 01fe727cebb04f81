"""Takeover of django-oauth-toolkit's settings: those that the takeover itself goes by, and what each becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings

from oauth_server.dot import settings as dot_settings

# DOT's setting → ours; all are seconds
_SAME = {
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": "AUTHORIZATION_CODE_LIFETIME",
    "ACCESS_TOKEN_EXPIRE_SECONDS": "ACCESS_TOKEN_LIFETIME",
    "ID_TOKEN_EXPIRE_SECONDS": "ID_TOKEN_LIFETIME",
    "REFRESH_TOKEN_EXPIRE_SECONDS": "REFRESH_TOKEN_IDLE_LIFETIME",
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": "REFRESH_TOKEN_GRACE",
    "OIDC_JWKS_MAX_AGE_SECONDS": "JWKS_MAX_AGE",
}
# taken over as rows, or the same here always
_TAKEN = frozenset(
    "SCOPES DEFAULT_SCOPES OIDC_ENABLED OIDC_ISS_ENDPOINT OIDC_RSA_PRIVATE_KEY OIDC_RSA_PRIVATE_KEYS_INACTIVE PKCE_REQUIRED "
    "ROTATE_REFRESH_TOKEN CLIENT_SECRET_HASHER CLIENT_ID_GENERATOR_CLASS CLIENT_SECRET_GENERATOR_CLASS "
    "CLIENT_SECRET_GENERATOR_LENGTH READ_SCOPE WRITE_SCOPE".split()
)
# read by DOT's side for APIs, which goes on
_STILL_READ = ("RESOURCE_SERVER_", "OAUTH2_PROTECTED_RESOURCE_", "CLEAR_EXPIRED_", "ERROR_RESPONSE_WITH_SCOPES")
_ALL = "__all__"
_SCOPES = {"read": "Reading scope", "write": "Writing scope"}


@dataclass(frozen=True, slots=True)
class Former:
    """OAUTH2_PROVIDER as the project had it, with DOT's defaults."""

    given: Mapping[str, Any]

    @classmethod
    def read(cls) -> "Former":
        return cls(dict(getattr(django_settings, "OAUTH2_PROVIDER", {})))

    @property
    def scopes(self) -> dict[str, str]:
        return {name: str(title) for name, title in dict(self.given.get("SCOPES", _SCOPES)).items()}

    @property
    def default_scopes(self) -> list[str]:
        names = list(self.given.get("DEFAULT_SCOPES", [_ALL]))
        return list(self.scopes) if _ALL in names else names

    @property
    def requires_pkce(self) -> bool:
        """A callable decided for each client: required until the operator says otherwise."""
        return bool(self.given.get("PKCE_REQUIRED", True))

    @property
    def refresh_seconds(self) -> int | None:
        """How long a refresh token lived after its access token; None: for ever."""
        value = self.given.get("REFRESH_TOKEN_EXPIRE_SECONDS")
        if isinstance(value, timedelta):
            return int(value.total_seconds())
        return int(value) if value else None

    @property
    def issuer(self) -> str:
        return str(self.given.get("OIDC_ISS_ENDPOINT") or "")

    @property
    def signs(self) -> bool:
        return bool(self.given.get("OIDC_RSA_PRIVATE_KEY"))

    @property
    def private_keys(self) -> list[str]:
        """The active one first, if there is one."""
        active = [self.given["OIDC_RSA_PRIVATE_KEY"]] if self.signs else []
        return [str(pem) for pem in (*active, *self.given.get("OIDC_RSA_PRIVATE_KEYS_INACTIVE", []))]

    def warnings(self) -> list[str]:
        found = []
        if self.given.get("ROTATE_REFRESH_TOKEN") is False:
            found.append(
                "ROTATE_REFRESH_TOKEN is False: here a refresh token is used once, clients must keep the new one"
            )
        if callable(self.given.get("PKCE_REQUIRED")):
            found.append("PKCE_REQUIRED is a function: PKCE is required of every client now")
        if self.issuer.endswith("/"):
            found.append(
                "OIDC_ISS_ENDPOINT ends with a slash, an issuer of ours does not: clients that compare it must change"
            )
        return found

    def ours(self, issuer: str) -> dict[str, Any]:
        """The members of OAUTH_SERVER that keep what was set."""
        found: dict[str, Any] = {"ISSUER": issuer}
        for theirs, name in _SAME.items():
            value = self.given.get(theirs)
            if value is not None:
                found[name] = int(value.total_seconds()) if isinstance(value, timedelta) else int(value)
        return found

    def without_counterpart(self) -> list[str]:
        """Settings that nothing of ours reads: their work is done elsewhere, or not at all."""
        return sorted(
            name
            for name in self.given
            if name not in _SAME
            and name not in _TAKEN
            and name not in dot_settings.OAUTH2_PROVIDER
            and not name.startswith(_STILL_READ)
        )
