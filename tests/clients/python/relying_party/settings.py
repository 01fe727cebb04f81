"""The site's settings. Each library gets what its documentation asks for."""

import os
from pathlib import Path

from program import CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE

SECRET_KEY = "only-for-this-test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "relying_party.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "mozilla_django_oidc",
    "social_django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
match os.environ["LIBRARY"]:
    case "mozilla-django-oidc":
        MIDDLEWARE += ["mozilla_django_oidc.middleware.SessionRefresh"]
        AUTHENTICATION_BACKENDS = ["relying_party.backend.Mozilla"]
    case "django-allauth":
        AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
    case "social-auth-core":
        AUTHENTICATION_BACKENDS = ["social_core.backends.open_id_connect.OpenIdConnectAuth"]
LOGIN_URL = LOGIN_REDIRECT_URL_FAILURE = "/failed"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

# mozilla-django-oidc: client_secret_post is its default; after this time it signs people in again without a page
OIDC_RP_CLIENT_ID = CLIENT_ID
OIDC_RP_CLIENT_SECRET = CLIENT_SECRET
OIDC_RP_SCOPES = " ".join(SCOPE)
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/oauth2/auth"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/oauth2/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/.well-known/jwks.json"
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 1
OIDC_EXEMPT_URLS = ["/", "/favicon.ico"]
OIDC_STORE_ID_TOKEN = True
OIDC_OP_LOGOUT_URL_METHOD = "relying_party.backend.logout_url"

# django-allauth: reads the server's metadata, asks for openid, profile and email
ACCOUNT_ADAPTER = "relying_party.backend.Allauth"
SOCIALACCOUNT_LOGIN_ON_GET = True
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "ours",
                "name": "Ours",
                "client_id": CLIENT_ID,
                "secret": CLIENT_SECRET,
                "settings": {"server_url": ISSUER},
            }
        ],
    }
}

# social-auth: reads the server's metadata. It refreshes by client_secret_post whatever it did before, so it has to do that always.
SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD = "client_secret_post"
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = ISSUER
SOCIAL_AUTH_OIDC_KEY = CLIENT_ID
SOCIAL_AUTH_OIDC_SECRET = CLIENT_SECRET
SOCIAL_AUTH_OIDC_SCOPE = SCOPE
SOCIAL_AUTH_OIDC_USE_PKCE = True

# Authlib: reads the server's metadata
AUTHLIB_OAUTH_CLIENTS = {
    "ours": {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
        "client_kwargs": {"scope": " ".join(SCOPE), "code_challenge_method": "S256"},
    }
}

# What the console says to paste
if pasted := os.environ.get("PASTED"):
    exec(Path(pasted).read_text())  # noqa: S102 - that is what pasting is
