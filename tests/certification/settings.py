"""The standalone project over TLS, with everything on that a profile asks for, legacy response types too."""

from config.settings.test import *  # noqa: F403
from config.settings.test import OAUTH_SERVER

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 3600
LANGUAGE_COOKIE_SECURE = True
# one person signs in more often in a run than anybody does
ACCOUNT_RATE_LIMITS = False  # type: ignore[assignment]

OAUTH_SERVER = {
    **OAUTH_SERVER,
    # from the first day: a key that comes with its first client is in a copy of the JWKS a second later
    "SIGNING_ALGORITHMS": ["RS256", "PS256", "ES256", "EdDSA"],
    "IMPLICIT_GRANT": True,
    "HYBRID_FLOW": True,
    "DYNAMIC_REGISTRATION": "open",
    "REGISTRATIONS": 10_000,
    "CLIENT_LOGOS": True,
    "SESSION_MANAGEMENT": True,
    "ACR_VALUES": ["urn:example:loa:1", "urn:example:loa:2"],
    # the relying party of the run, which the guarded door would not lead to
    "FETCH_PRIVATE_HOSTS": ["127.0.0.1"],
}
