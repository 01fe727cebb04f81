"""RFC 8252 §7.3: the sample consumer's pages, served on the loopback address alone."""

import datetime
import hmac
import ipaddress
import json
import queue
import secrets
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oauth_server import uris
from oauth_server.cli.consumer import Consumer, Ignored
from oauth_server.cli.options import Refused, WrongUse

ADDRESS = "127.0.0.1"
_MAX_BODY = 65_536


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in the browser, for the terminal: `tokens`, `refreshed`, `revoked`, `refused`, `finished`."""

    kind: str
    text: str = ""


class Server(ThreadingHTTPServer):
    """One person's browser at a time; the token of its forms proves that a click came from a page of this app."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, consumer: Consumer, *, skip: bool) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.consumer = consumer
        self.skip = skip
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.form_token = secrets.token_urlsafe(32)
        self.lock = threading.Lock()
        self.last_request = time.monotonic()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "sample"
    sys_version = ""
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request line carries codes."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY:
            self._page(413, "problem", text=_("The request is too large."))
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        self._answer(_single(body))

    def _answer(self, form: dict[str, str]) -> None:
        self.server.last_request = time.monotonic()
        parts = uris.split(self.path)
        callback = uris.split(self.server.consumer.redirect_uri)
        # A page of another site cannot read this app through a name that it points here (DNS rebinding)
        own = {f"{host}:{self.server.server_port}" for host in (ADDRESS, "localhost")} | {callback.netloc}
        if self.headers.get("Host") not in own:
            self._page(421, "problem", text=_("This app answers on the loopback address only."))
            return
        with self.server.lock:
            outcome = self._route(parts.path, parts.query, callback.path or "/", form)
        if outcome:
            self.server.outcomes.put(outcome)

    def _route(self, path: str, query: str, callback: str, form: dict[str, str]) -> Outcome | None:
        if path == callback:
            return self._callback(form if self.command == "POST" else _single(query))
        if self.command == "POST" and path in {"/refresh", "/revoke", "/finish"}:
            return self._button(path, form)
        if self.command == "GET" and path == "/":
            return self._start()
        self._page(404, "problem", text=_("There is no such page."))
        return None

    def _start(self) -> Outcome | None:
        try:
            url = self.server.consumer.start()
        except Refused as error:
            self._page(400, "problem", text=error.message)
            return Outcome("refused", error.message)
        if not self.server.skip:
            self._page(200, "start", url=url)
            return None
        self.send_response(303)
        self.send_header("Location", url)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _callback(self, response: dict[str, str]) -> Outcome | None:
        try:
            fresh = self.server.consumer.receive(response)
        except Ignored as error:
            self._page(400, "problem", text=str(error))
            return None
        except Refused as error:
            self._page(400, "problem", text=error.message)
            return Outcome("refused", error.message)
        self._page(200, "tokens")
        return Outcome("tokens") if fresh else None

    def _button(self, path: str, form: dict[str, str]) -> Outcome | None:
        if not hmac.compare_digest(form.get("form_token", "").encode(), self.server.form_token.encode()):
            self._page(403, "problem", text=_("The form is not from this app."))
            return None
        if path == "/finish":
            self._page(200, "finished")
            return Outcome("finished")
        try:
            (self.server.consumer.refresh if path == "/refresh" else self.server.consumer.revoke)()
        except Refused as error:
            self._page(400, "tokens", text=error.message)
            return Outcome("notice", error.message)
        self._page(200, "tokens" if path == "/refresh" else "revoked")
        return Outcome("refreshed" if path == "/refresh" else "revoked")

    def _page(self, status: int, page: str, **context: Any) -> None:
        nonce = secrets.token_urlsafe(16)
        consumer = self.server.consumer
        context |= {
            "page": page,
            "nonce": nonce,
            "tokens": consumer.tokens,
            "claims": json.dumps(consumer.claims, indent=2) if consumer.claims else "",
            "form_token": self.server.form_token,
            "issuer": consumer.provider.issuer,
        }
        body = render_to_string("oauth_server/sample_app.html", context).encode()
        self.send_response(status)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _single(query: str) -> dict[str, str]:
    """The parameters; one that comes twice is not believed at all."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    names = [name for name, _value in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


@contextmanager
def serving(port: int, consumer: Consumer, *, https: bool, skip: bool) -> Iterator[Server]:
    """Serve until the block ends. Raises `WrongUse` when the port is taken."""
    try:
        server = Server(port, consumer, skip=skip)
    except OSError as error:
        raise WrongUse(f"Port {port} cannot be used: {error.strerror or error}. Choose another with --port.") from error
    if https:
        server.socket = self_signed().wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def self_signed() -> ssl.SSLContext:
    """TLS with a fresh certificate for the loopback address, which a browser asks about."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(ADDRESS))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        chain = Path(directory) / "sample.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(chain)
    return context
