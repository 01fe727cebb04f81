"""The relying party's own pages over TLS: what the server fetches from it, and what it posts to it."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


def _kind(document: Any) -> str:
    if not isinstance(document, str):
        return "application/json"
    return "text/html" if document.startswith("<") else "application/oauth-authz-req+jwt"


class Reception:
    """`documents[path]` is what a GET gives: a string, or something to write as JSON; `posted` is what came by POST, oldest first."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.posted: list[tuple[str, list[tuple[str, str]]]] = []
        self.fetched: list[str] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def start(self, certificate: str, key: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def wait_for(self, path: str, count: int = 1, timeout: float = 20) -> list[list[tuple[str, str]]]:
        """What was posted to a path, once there are so many."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._to(path)) >= count, timeout)
            return self._to(path)

    def _to(self, path: str) -> list[list[tuple[str, str]]]:
        return [fields for to, fields in self.posted if to == path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        reception = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                reception.fetched.append(self.path)
                document = reception.documents.get(path)
                if document is None:
                    self.send_error(404)
                    return
                body = (document if isinstance(document, str) else json.dumps(document)).encode()
                self.send_response(200)
                self.send_header("Content-Type", _kind(document))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                with reception._arrived:
                    reception.posted.append((self.path, parse_qsl(body, keep_blank_values=True)))
                    reception._arrived.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
