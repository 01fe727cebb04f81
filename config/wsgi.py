"""The WSGI application of the standalone project."""

import os

from django.core.wsgi import get_wsgi_application

from oauth_server.wsgi import lane

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

application = lane(get_wsgi_application())
