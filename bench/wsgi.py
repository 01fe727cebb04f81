"""The WSGI application of every contender; its settings say what stands in front."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
if settings.FRONT == "lane":
    from oauth_server.wsgi import lane

    application = lane(application)
elif settings.FRONT == "floor":
    from bench.floor import raw

    application = raw
