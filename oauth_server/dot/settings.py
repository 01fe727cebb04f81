"""The settings block of django-oauth-toolkit, for `from oauth_server.dot.settings import *`. Imports neither Django's models nor DOT."""

from typing import Any

# In this order: `oauth_server` before `oauth2_provider`, so that its `cleartokens` and its templates win.
OAUTH_SERVER_APPS = [
    "oauth_server",
    "consent",
    "oauth2_provider",
    "rest_framework",
    "crispy_forms",
    "crispy_bootstrap5",
]

# The optional accounts, with their engine; AUTH_USER_MODEL = "oauth_accounts.User" goes with them.
OAUTH_SERVER_ACCOUNTS_APPS = ["accounts", "allauth", "allauth.account", "allauth.mfa"]
OAUTH_SERVER_ACCOUNTS_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    f"{OAUTH_SERVER_ACCOUNTS_APPS[0]}.middleware.SignedInPeople",
]

# Sign-in with accounts elsewhere, with the extra `social`: add these to INSTALLED_APPS, and name the sites in SOCIALACCOUNT_PROVIDERS
OAUTH_SERVER_SOCIAL_APPS = ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
SOCIALACCOUNT_ADAPTER = f"{OAUTH_SERVER_ACCOUNTS_APPS[0]}.social.SocialAdapter"

# How the engine of the accounts runs; a project may change what follows here
ACCOUNT_ADAPTER = f"{OAUTH_SERVER_ACCOUNTS_APPS[0]}.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD: str | None = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# "none", "optional" or "mandatory": whether an address must be confirmed before the first sign-in
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A person who resets or confirms in the middle of a flow goes on where they were
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
# The pages decide themselves: a request may ask for somebody else than the person who is signed in
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
# Failed sign-ins are counted by oauth_server.limits, in the database
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {"login_failed": None}

# Second factors
MFA_ADAPTER = f"{OAUTH_SERVER_ACCOUNTS_APPS[0]}.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey stands for two factors: its device, and what unlocks it
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Whoever has a second factor may change their address; who may add one is for `accounts.factors.may_add` to say
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODE_DIGITS = 10
# Clocks differ, and people type slowly: a code is good for half a minute more on both sides, and once
MFA_TOTP_TOLERANCE = 1
# Every visit of the sign-in page asks for what a passkey has to sign; there is nothing to guess
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
# SECURITY_MAX_AGE says when somebody has to confirm again; the engine's own clock would not count the sign-in
ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

# The look of the forms
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth_server.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth_server.AuthorizationCode"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth_server.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth_server.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth_server.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "oauth_server.DeviceRequest"

OAUTH2_PROVIDER: dict[str, Any] = {
    "OAUTH2_VALIDATOR_CLASS": "oauth_server.dot.validator.Validator",
    "SCOPES_BACKEND_CLASS": "oauth_server.dot.scopes.Scopes",
    "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR": "oauth_server.dot.validator.audience_matches",
    "APPLICATION_ADMIN_CLASS": "oauth_server.admin.client.ClientAdmin",
    "GRANT_ADMIN_CLASS": "oauth_server.admin.hidden.HiddenAdmin",
    "ACCESS_TOKEN_ADMIN_CLASS": "oauth_server.admin.access_token.AccessTokenAdmin",
    "REFRESH_TOKEN_ADMIN_CLASS": "oauth_server.admin.refresh_token.RefreshTokenAdmin",
    "ID_TOKEN_ADMIN_CLASS": "oauth_server.admin.hidden.HiddenAdmin",
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
