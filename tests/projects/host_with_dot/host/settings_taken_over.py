"""The same project with the server: its own settings, and the lines that the how-to asks for."""

from host.settings import *
from host.settings import INSTALLED_APPS as FORMER_APPS
from host.settings import OAUTH2_PROVIDER as FORMER
from oauth_server.dot.settings import *
from oauth_server.dot.settings import OAUTH2_PROVIDER, OAUTH_SERVER_APPS

INSTALLED_APPS = [*OAUTH_SERVER_APPS, *(app for app in FORMER_APPS if app not in OAUTH_SERVER_APPS)]
OAUTH2_PROVIDER = {**FORMER, **OAUTH2_PROVIDER}
OAUTH_SERVER = {"ISSUER": "http://testserver/o"}
ROOT_URLCONF = "host.urls_taken_over"
