"""What a command-line app brings to any client library: its registration, a listener on loopback, words to the test."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

ISSUER = os.environ["ISSUER"]
API = os.environ["API"]
# an API has no registration
CLIENT_ID = os.environ.get("CLIENT_ID", "")
CLIENT_SECRET = os.environ.get("CLIENT_SECRET", "")
SCOPE = os.environ["SCOPE"].split()


def tell(**words: Any) -> None:
    """One line of JSON."""
    json.dump(words, sys.stdout)
    print(flush=True)


class Listener:
    """RFC 8252 §7.3: any port of the loopback address."""

    def __init__(self) -> None:
        self._arrived: list[str] = []
        arrived = self._arrived

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(
                    b"<!doctype html><title>Signed in</title><link rel=icon href=data:,><p>Back in the app."
                )
                if self.path.startswith("/callback?"):
                    arrived.append(self.path)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.redirect_uri = f"{self.origin}/callback"

    def wait(self) -> str:
        """The address under which the browser came back."""
        while not self._arrived:
            self._server.handle_request()
        self._server.server_close()
        return self.origin + self._arrived[0]
