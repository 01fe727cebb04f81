"""The code that the console offers to paste, run by the libraries that it is for and that are not in this environment.

Those that need more than a library (a site in Next.js, Spring or Apache, an MCP server) run in `make test-long`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from oauth_server import snippets
from tests import factories, flows
from tests.apps.admin.test_new_client import allowed, run_pasted
from tests.browser.conftest import Console
from tests.clients.conftest import HERE, TOOLS, Journey, Program, set_up
from tests.clients.test_apis import listens
from tests.plugins.servers import ROOT, Server, free_port

pytestmark = pytest.mark.bar("O2")

PYTHON = str(TOOLS / "python/bin/python")
APACHE = "/usr/sbin/apache2"


@pytest.fixture
def pasted(server: Server, settings: Any) -> Callable[[flows.App, str], str]:
    """The text of a snippet, with a client's values at the running server."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    return lambda app, name: {one.name: one.text for one in snippets.of(app.row)}[name]


@pytest.fixture
def somebody(server: Server) -> flows.Browser:
    """Somebody is signed in."""
    found = flows.Browser(host=urlsplit(server.url).netloc)
    found.force_sign_in(factories.UserFactory(email="grace@example.org"))
    return found


@pytest.mark.parametrize("kind", ["machine", "web", "public"])
def test_openid_client_gets_tokens_by_what_is_pasted(kind: str, pasted: Any, somebody: flows.Browser) -> None:
    fields: dict[str, Any] = {"grant_types": ["authorization_code"], "redirect_uris": "https://photos.example/callback"}
    if kind == "machine":
        fields = {"grant_types": ["client_credentials"], "redirect_uris": ""}
    if kind == "public":
        fields["token_endpoint_auth_method"] = "none"
    app = factories.app(**fields)
    names = ["openid_client.mjs", *(["oidc_client_ts.mjs"] if kind == "public" else [])]
    # beside node_modules, where Node.js looks for what is imported
    files = [TOOLS / "node" / f"pasted-{os.getpid()}-{name}" for name in names]
    try:
        for name, file in zip(names, files, strict=True):
            file.write_text(pasted(app, name))
        env = {"OAUTH_CLIENT_SECRET": app.secret if app.row.has_secret else ""}
        go = None if kind == "machine" else allowed(app, somebody)
        assert "bearer" in run_pasted(["node", files[0].name], TOOLS / "node", go, env).lower()
        for file in files[1:]:
            subprocess.run(["node", file.name], cwd=file.parent, check=True, timeout=60)
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def site_app(register: Callable[..., flows.App], redirect_uri: str) -> flows.App:
    return register(redirect_uri, grant_types=["authorization_code"])


def test_mozilla_django_oidc_signs_a_person_in_by_what_is_pasted(
    pasted: Any,
    register: Callable[..., flows.App],
    start: Callable[..., Program],
    journey: Journey,
    person: Any,
    tmp_path: Path,
) -> None:
    app = site_app(register, "http://127.0.0.1/mozilla/callback/")
    file = tmp_path / "oidc_settings.py"
    file.write_text(pasted(app, file.name))
    env = {"LIBRARY": "mozilla-django-oidc", "PASTED": str(file), "OAUTH_CLIENT_SECRET": app.secret}
    env |= {"PYTHONPATH": str(HERE / "python"), "DATABASE": str(tmp_path / "db.sqlite3")}
    url = f"http://127.0.0.1:{start([PYTHON, '-m', 'relying_party'], app, **env).hear()['port']}"
    journey.go(f"{url}/mozilla/authenticate/", app)
    journey.page.wait_for_url(f"{url}/")
    assert json.loads(journey.page.locator("body").inner_text())["email"] == person.email


# What needs more than a library


@pytest.fixture(scope="session")
def _heavy() -> None:
    set_up("heavy")


@pytest.fixture
def serve(_heavy: None) -> Iterator[Callable[..., str]]:
    """Start a site in a directory of its own, wait until it listens; its address. It is ended with the test."""
    running: list[tuple[subprocess.Popen[bytes], Path]] = []

    def serve(command: list[str], port: int, folder: Path, **env: str) -> str:
        log = folder / "log.txt"
        given = {"PATH": os.environ["PATH"], "HOME": str(folder), **env}
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=folder, env=given, stdout=output, stderr=output)
        running.append((process, log))
        return listens(port)

    yield serve
    for process, log in running:
        process.terminate()
        process.wait(20)
        print(log.read_text(errors="replace"))  # shown when the test fails


@pytest.mark.long
def test_spring_signs_a_person_in_by_what_is_pasted(
    pasted: Any,
    register: Callable[..., flows.App],
    serve: Callable[..., str],
    journey: Journey,
    person: Any,
    tmp_path: Path,
    console: Console,
    done: Callable[..., None],
) -> None:
    console.expect("status of 404")  # it has no icon
    port = free_port()
    app = site_app(register, f"http://127.0.0.1:{port}/login/oauth2/code/oauth")
    (tmp_path / "application.yml").write_text(pasted(app, "application.yml"))
    spring = TOOLS / "spring"
    command = [
        "java",
        "-cp",
        f"{spring}:{spring}/lib/*",
        "site.App",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
    ]
    url = serve(command, port, tmp_path, OAUTH_CLIENT_SECRET=app.secret)
    journey.go(f"{url}/", app)
    journey.page.wait_for_url(f"{url}/?continue")
    said = json.loads(journey.page.locator("body").inner_text())
    assert (said["claims"]["sub"], said["userinfo"]["email"]) == (str(person.pk), person.email)
    words = {"as": app.row.token_endpoint_auth_method}
    done("Java", "Spring Security (Boot)", said["version"], {"discovery", "code", "id_token", "userinfo"}, **words)


@pytest.fixture
def next_site(_heavy: None) -> Iterator[Path]:
    """A site of Next.js, below the modules that it is built upon."""
    site = TOOLS / "web" / f"next-{os.getpid()}"
    shutil.copytree(HERE / "web/next", site)
    yield site
    shutil.rmtree(site, ignore_errors=True)


@pytest.mark.long
def test_auth_js_signs_a_person_in_by_what_is_pasted(
    pasted: Any,
    register: Callable[..., flows.App],
    next_site: Path,
    serve: Callable[..., str],
    journey: Journey,
    person: Any,
    console: Console,
    done: Callable[..., None],
) -> None:
    console.expect("status of 404")  # it has no icon
    port = free_port()
    # what Next.js makes of 127.0.0.1
    here = f"http://localhost:{port}"
    app = site_app(register, f"{here}/api/auth/callback/oauth")
    (next_site / "auth.js").write_text(pasted(app, "auth.js"))
    modules = next_site.parent / "node_modules"
    command = [str(modules / ".bin/next"), "dev", "--port", str(port), "--hostname", "127.0.0.1"]
    env = {"OAUTH_CLIENT_SECRET": app.secret, "AUTH_SECRET": "s" * 43, "AUTH_URL": here}
    serve(command, port, next_site, AUTH_TRUST_HOST="true", NEXT_TELEMETRY_DISABLED="1", **env)
    journey.page.set_default_timeout(180_000)
    journey.page.goto(here)
    journey.page.get_by_role("button", name="Sign in elsewhere").click()
    journey.answer(app)
    journey.page.wait_for_url(f"{here}/")
    assert json.loads(journey.page.locator("p").inner_text())["email"] == person.email
    version = json.loads((modules / "next-auth/package.json").read_text())["version"]
    words = {"as": app.row.token_endpoint_auth_method, "other": "in Next.js"}
    done("Node.js", "Auth.js", version, {"discovery", "code", "id_token", "userinfo"}, **words)


MODULES = "mpm_event authn_core authz_core authz_user headers auth_openidc"


@pytest.mark.long
def test_apache_signs_a_person_in_by_what_is_pasted(
    pasted: Any,
    register: Callable[..., flows.App],
    serve: Callable[..., str],
    journey: Journey,
    person: Any,
    tmp_path: Path,
    console: Console,
    done: Callable[..., None],
) -> None:
    console.expect("status of 404")  # there is no page, nor an icon
    port = free_port()
    app = site_app(register, f"http://127.0.0.1:{port}/back")
    (tmp_path / "auth_openidc.conf").write_text(pasted(app, "auth_openidc.conf"))
    lines = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES.split()]
    lines += [f"Listen 127.0.0.1:{port}", "ServerName 127.0.0.1", f"PidFile {tmp_path}/pid", "User www-data"]
    lines += ["Group www-data", "ErrorLog /dev/stderr", 'Header always set X-User "expr=%{REMOTE_USER}"']
    (tmp_path / "site.conf").write_text("\n".join([*lines, f"Include {tmp_path}/auth_openidc.conf", ""]))
    command = [APACHE, "-d", str(tmp_path), "-f", str(tmp_path / "site.conf"), "-DFOREGROUND"]
    url = serve(command, port, tmp_path, OAUTH_CLIENT_SECRET=app.secret)
    with journey.page.expect_response(lambda answer: answer.url == f"{url}/page" and answer.status == 404) as came:
        journey.go(f"{url}/page", app)
    assert came.value.header_value("x-user") == str(person.pk)
    said = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "libapache2-mod-auth-openidc"], capture_output=True)
    words = {"as": app.row.token_endpoint_auth_method}
    version = said.stdout.decode().partition("-")[0]
    done("Apache", "mod_auth_openidc", version, {"discovery", "code", "id_token", "userinfo"}, **words)


@pytest.mark.long
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.spec("RFC 9728", "3.1")
@pytest.mark.usefixtures("_heavy")
@pytest.mark.parametrize("language", ["python", "node"])
def test_an_mcp_client_uses_a_tool_by_what_is_pasted(
    language: str,
    pasted: Any,
    start: Callable[..., Program],
    register: Callable[..., flows.App],
    journey: Journey,
    tmp_path: Path,
    done: Callable[..., None],
) -> None:
    port = free_port()
    api = factories.AudienceFactory(identifier=f"http://127.0.0.1:{port}/mcp", token_format="jwt")
    scopes = [factories.ScopeFactory(name="photos:search", audience=api), api.issuer.scopes.get(name="offline_access")]
    fields = {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"]}
    app = register("http://127.0.0.1/callback", audiences=[api], scopes=scopes, **fields)
    journey.page.route("http://127.0.0.1/callback?*", lambda route: route.fulfill(body="Back in the app."))

    def agreed(address: str) -> str:
        """What the person pastes."""
        journey.go(address, app)
        journey.page.wait_for_url("http://127.0.0.1/callback?*")
        return journey.page.url

    server = [PYTHON, str(HERE / "python/mcp_server.py")]
    start(server, PORT=str(port), PYTHONPATH=str(ROOT)).hear()
    listens(port)
    if language == "python":
        file, folder, command = tmp_path / "mcp_client.py", tmp_path, [PYTHON, "mcp_client.py"]
        file.write_text(pasted(app, "mcp_client.py"))
    else:
        folder = TOOLS / "web"
        file = folder / f"pasted-{os.getpid()}.mjs"
        command = ["node", file.name]
        file.write_text(pasted(app, "mcp_client.mjs"))
    try:
        assert "search_photos" in run_pasted(command, folder, agreed)
    finally:
        file.unlink()
    if language == "python":
        asked = [PYTHON, "-c", "from importlib.metadata import version; print(version('mcp'))"]
        version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    else:
        package = folder / "node_modules/@modelcontextprotocol/sdk/package.json"
        version = json.loads(package.read_text())["version"]
    words = {"as": "none", "other": "resource, iss, metadata of the MCP server"}
    done("Python" if language == "python" else "Node.js", "MCP SDK", version, {"discovery", "code"}, **words)
