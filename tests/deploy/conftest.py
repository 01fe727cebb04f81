"""The production settings under granian, behind each proxy of `deploy/` with the file that is there, over TLS on this machine."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.conf import settings

from tests.certification import authority
from tests.plugins.servers import ROOT, Server, free_port

DEPLOY = ROOT / "deploy"
SECRETS = {
    name: f"{name}-{'0123456789abcdefghijklmnopqrstuv'[::-1]}"
    for name in ("SECRET_KEY", "DIGEST_KEYS", "ENCRYPTION_KEYS")
}
METRICS_TOKEN = "the-token-of-the-metrics-0123456789"


@dataclass
class Site:
    """`url` is the issuer; `authority` signed its certificate; `logs` are the proxy's files."""

    url: str
    server: Server
    authority: str
    logs: Path

    @property
    def written(self) -> str:
        return self.server.log + "".join(file.read_text(errors="replace") for file in self.logs.glob("*.log"))


def production(start_server: Callable[..., Server], url: str, **env: str) -> Server:
    return start_server(
        DJANGO_SETTINGS_MODULE="config.settings.production",
        OAUTH_SERVER_ISSUER=url,
        ALLOWED_HOSTS="localhost",
        TRUSTED_PROXIES="127.0.0.1/32",
        EMAIL_URL="dummymail://",
        EMAIL_VERIFICATION="none",
        METRICS_TOKEN=METRICS_TOKEN,
        # what the migrations of the run made is sealed under the key of the tests
        **{**SECRETS, "ENCRYPTION_KEYS": f"{SECRETS['ENCRYPTION_KEYS']},{settings.SECRET_KEY}"},
        **env,
    )


@pytest.fixture(scope="session")
def _certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return authority.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["nginx", "caddy"])
def site(
    request: pytest.FixtureRequest,
    start_server: Callable[..., Server],
    _certificates: tuple[Path, Path, Path],
    tmp_path: Path,
) -> Iterator[Site]:
    if (program := shutil.which(request.param)) is None:
        pytest.skip(f"{request.param} is not here")
    port = free_port()
    server = production(start_server, f"https://localhost:{port}")
    for words in (("collectstatic", "--no-input"), ("createcachetable",)):
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=server.env,
            check=True,
            capture_output=True,
            timeout=300,
        )
    root, certificate, key = map(str, _certificates)
    configure = {"nginx": _nginx, "caddy": _caddy}[request.param]
    command = configure(program, tmp_path, port, server.port, certificate, key)
    with (tmp_path / "proxy.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT, env={"HOME": str(tmp_path), "PATH": "/usr/bin"}
        )
    try:
        _wait(f"https://localhost:{port}/livez", root)
        yield Site(f"https://localhost:{port}", server, root, tmp_path)
    finally:
        process.terminate()
        process.wait(10)


def _nginx(program: str, folder: Path, port: int, upstream: int, certificate: str, key: str) -> list[str]:
    text = (DEPLOY / "nginx/oauth-server.conf").read_text()
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen [::]:80;": "",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "listen [::]:443 ssl http2;": "",
        "id.example.com;": "localhost;",
        "/etc/ssl/id.example.com/fullchain.pem": certificate,
        "/etc/ssl/id.example.com/privkey.pem": key,
        "/var/log/nginx/": f"{folder}/",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log {folder}/start.log;\nevents {{}}\nhttp {{\n{temporary}{text}\n}}\n"
    )
    command = [program, "-p", str(folder), "-e", str(folder / "start.log"), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr
    return [*command, "-g", "daemon off;"]


def _caddy(program: str, folder: Path, port: int, upstream: int, certificate: str, key: str) -> list[str]:
    text = (DEPLOY / "caddy/Caddyfile").read_text()
    text = text.replace("{$ISSUER:https://id.example.com}", f"https://localhost:{port}")
    text = text.replace("{$UPSTREAM:127.0.0.1:8000}", f"127.0.0.1:{upstream}")
    # the authority of this run signs, and no port for redirects and for commands is taken
    text = text.replace("\trequest_body", f"\ttls {certificate} {key}\n\trequest_body", 1)
    assert "\n{\n" in text
    text = text.replace("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n", 1)
    (folder / "Caddyfile").write_text(text)
    command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    checked = subprocess.run([program, "validate", *command[2:]], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return command


def _wait(url: str, root: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            with requests.Session() as http:
                http.trust_env, http.verify = False, root
                assert http.get(url, timeout=2).status_code == 200
            return
        except (requests.ConnectionError, AssertionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
