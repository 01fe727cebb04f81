"""The settings of a command that runs where no project is: for servers elsewhere alone, without a database."""

import secrets

from oauth_server.dot.settings import *  # noqa: F403 - as a project does
from oauth_server.dot.settings import OAUTH_SERVER_APPS

SECRET_KEY = secrets.token_urlsafe(48)
INSTALLED_APPS = [*OAUTH_SERVER_APPS, "django.contrib.auth", "django.contrib.contenttypes"]
USE_TZ = True
