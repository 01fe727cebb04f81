"""django-oauth-toolkit as it comes: client secrets under Django's default hasher."""

import os

from .base import *
from .base import DJANGO_APPS

INSTALLED_APPS = [*DJANGO_APPS, "oauth2_provider"]
ROOT_URLCONF = "bench.urls.dot"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": os.environ["BENCH_RSA_KEY"],
    "OIDC_ISS_ENDPOINT": "https://id.example/o",
    "SCOPES": {"openid": "Sign in", "email": "Email address", "introspection": "Introspect", "read": "Read"},
    "ROTATE_REFRESH_TOKEN": True,
}
