"""What our contenders have in common."""

from typing import Any

from oauth_server.dot.settings import *
from oauth_server.dot.settings import OAUTH_SERVER_APPS

from .base import *
from .base import DJANGO_APPS

INSTALLED_APPS = [*OAUTH_SERVER_APPS, *DJANGO_APPS]
ROOT_URLCONF = "oauth_server.urls"
OAUTH_SERVER: dict[str, Any] = {"ISSUER": "https://id.example"}
