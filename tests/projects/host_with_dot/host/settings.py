"""The project as it was: stock models of django-oauth-toolkit, Django's own users."""

import os
from datetime import timedelta
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "a-project-of-a-test-" + "0123456789abcdef" * 3
DEBUG = False
ALLOWED_HOSTS = ["testserver"]

INSTALLED_APPS = [
    "orders",
    "oauth2_provider",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oauth2_provider.middleware.OAuth2TokenMiddleware",
    "oauth2_provider.middleware.OAuth2ExtraTokenMiddleware",
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "oauth2_provider.backends.OAuth2Backend"]
ROOT_URLCONF = "host.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])}
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/admin/login/"

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "openid": "Who you are",
        "read": "Read",
        "write": "Write",
        "orders:read": "See your orders",
        "orders:write": "Change your orders",
    },
    "DEFAULT_SCOPES": ["orders:read"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 36_000,
    "REFRESH_TOKEN_EXPIRE_SECONDS": timedelta(days=30),
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": "http://testserver/o",
    "OIDC_RSA_PRIVATE_KEY": os.environ.get("HOST_KEY", ""),
    "OIDC_RSA_PRIVATE_KEYS_INACTIVE": [key for key in [os.environ.get("HOST_FORMER_KEY", "")] if key],
    "OAUTH2_PROTECTED_RESOURCE_NAME": "Orders",
    "ALLOW_URI_WILDCARDS": True,
}
