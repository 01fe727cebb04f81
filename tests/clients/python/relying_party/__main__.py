"""Serve the site on a free port of 127.0.0.1, which is printed."""

import os
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from program import tell

os.environ["DJANGO_SETTINGS_MODULE"] = "relying_party.settings"

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


application = get_wsgi_application()
call_command("migrate", verbosity=0)
with make_server("127.0.0.1", 0, application, Threaded, Quiet) as server:
    tell(port=server.server_port)
    server.serve_forever()
