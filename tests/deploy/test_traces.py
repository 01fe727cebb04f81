"""Traces as the page about logs sets them up: its packages, its `wsgi.py`, and a collector that gets the spans."""

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.docs.markdown import DOCS, commands, fences
from tests.flows import App
from tests.plugins.servers import Server, database_url

pytestmark = [pytest.mark.long, pytest.mark.bar("O14.3", "D5.2")]

PAGE = DOCS / "operations/logs.md"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PATIENCE = 300  # seconds; a shared machine can be slow


def test_the_collector_gets_the_spans_of_a_request_and_nothing_that_it_carried(
    transactional_db: None, app: App, httpserver: HTTPServer, tmp_path: Path
) -> None:
    (line,) = (one for one in commands(PAGE) if one.startswith("pip install "))
    install = [sys.executable, "-m", *shlex.split(line), "--quiet", "--target", str(tmp_path / "packages")]
    done = subprocess.run(install, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    (shown,) = fences(PAGE, "python")
    (tmp_path / "wsgi_of_the_page.py").write_text(shown.text)
    (excluded,) = re.findall(r"`OTEL_PYTHON_DJANGO_EXCLUDED_URLS` to `([^`]+)`", PAGE.read_text())
    got: list[bytes] = []

    def take(request: Request) -> Response:
        got.append(request.get_data())
        return Response(status=200)

    httpserver.expect_request("/v1/traces", method="POST").respond_with_handler(take)
    env = {
        "PYTHONPATH": f"{tmp_path}:{tmp_path}/packages",
        "OTEL_EXPORTER_OTLP_ENDPOINT": httpserver.url_for("").rstrip("/"),
        "OTEL_PYTHON_DJANGO_EXCLUDED_URLS": excluded,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    server = Server(database_url(connection.settings_dict), 1, 2, env, application="wsgi_of_the_page:application")
    try:
        with requests.Session() as http:
            http.trust_env = False
            asked = {"grant_type": "client_credentials"}
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
            own = (app.client_id, app.secret)
            answer = http.post(f"{server.url}/oauth2/token", asked, auth=own, headers=headers, timeout=30)
            assert (answer.status_code, answer.headers["X-Trace-Id"]) == (200, TRACE)
            token = answer.json()["access_token"]
            assert http.post(f"{server.url}/oauth2/introspect", {"token": token}, auth=own, timeout=30).ok
            link = "a-one-time-link"
            for path in (f"account/sign-in/?next=/{link}", f"device?user_code={link}", "admin/login/"):
                assert http.get(f"{server.url}/{path}", timeout=30).ok
        # in Protobuf texts and ids stand as they are; a page is the last to come
        end = time.monotonic() + 60
        while b"admin/login/" not in b"".join(got) and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        server.stop()
    told = b"".join(got)
    names = [b"oauth-server", b"token", b"introspect", b"admin/login/", bytes.fromhex(TRACE), bytes.fromhex(CALLER)]
    if connection.vendor == "postgresql":
        names.append(b"SELECT")
    assert [name for name in names if name not in told] == []
    assert [value for value in (app.secret, token, link) if value.encode() in told] == []
