"""The standalone project with sign-in at another server of the same kind."""

import json
import os

from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS
from oauth_server.dot.settings import OAUTH_SERVER_SOCIAL_APPS

INSTALLED_APPS = [*INSTALLED_APPS, *OAUTH_SERVER_SOCIAL_APPS]
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": json.loads(os.environ["UPSTREAM"])}}
