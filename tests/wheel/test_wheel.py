"""The wheel, built from this checkout and installed without extras into a fresh project: what a newcomer gets."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
import requests

from tests.docs.markdown import fences
from tests.flows import _Forms
from tests.plugins.servers import free_port

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.wheel


def run(*command: object, check: bool = True, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300, check=False, **kwargs
    )
    if check and done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
    return done


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, ROOT)
    run(sys.executable, "-m", "twine", "check", "--strict", *directory.iterdir())
    run(Path(sys.executable).parent / "check-wheel-contents", "--config", ROOT / "pyproject.toml", directory)
    (found,) = directory.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it asks for, in the versions that the suite has, and no extra."""
    directory = tmp_path_factory.mktemp("environment")
    pins = re.findall(r"^([\w.-]+==.+?) *\\?$", (ROOT / ".ci/requirements.txt").read_text(), re.MULTILINE)
    (directory / "constraints.txt").write_text("\n".join(pins))
    python = directory / "env/bin/python"
    if uv := shutil.which("uv"):
        run(uv, "venv", "--python", sys.executable, directory / "env")
    else:
        venv.create(directory / "env", with_pip=True)
    _install(python, wheel)
    return python


def _install(python: Path, *what: object) -> None:
    uv = shutil.which("uv")
    command: list[object] = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    run(*command, "--quiet", "--constraint", python.parents[2] / "constraints.txt", *what)


@dataclass(frozen=True)
class Project:
    """How a project makes a person called ada, what she types at its own log-in page, and where it has the server."""

    made_by: str
    typed: str
    issuer: str = "http://localhost:8000"


_BY_PASSWORD = (
    "from django.contrib.auth.models import User; print(User.objects.create_user('ada', password='ada has one').pk)"
)
PROJECTS = {
    "minimal": Project(_BY_PASSWORD, "ada has one"),
    "host_with_own_user": Project(
        "from members.models import Member; print(Member.objects.create(number='A-1815', name='ada').pk)",
        "badge A-1815",
    ),
    "prefixed": Project(_BY_PASSWORD, "ada has one", "https://example.com/id"),
}


@pytest.fixture(scope="session", params=PROJECTS)
def project(request: pytest.FixtureRequest, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh project beside no checkout of ours, migrated."""
    directory = tmp_path_factory.mktemp("host") / request.param
    shutil.copytree(ROOT / "tests/projects" / request.param, directory, ignore=shutil.ignore_patterns("__pycache__"))
    _manage(python, directory, "migrate", "--verbosity", "0")
    return directory


def _manage(python: Path, project: Path, *args: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(project), **kwargs.pop("env", {})}
    return run(python, "-W", "error", "manage.py", *args, cwd=project, env=env, **kwargs)


@pytest.fixture
def manage(python: Path, project: Path) -> Run:
    return lambda *args, **kwargs: _manage(python, project, *args, **kwargs)


@dataclass(frozen=True)
class Site:
    """A running project: asked as a client of its issuer asks, whatever port the test had to take, by a proxy where it has one."""

    port: int
    issuer: str

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        where = urlsplit(self.issuer)
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"} if where.scheme == "https" else {}
        return {"Host": where.netloc, **proxied}

    def __call__(
        self, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """`path`: below the issuer; the status and the JSON of the answer."""
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            url = urlsplit(self.issuer).path + path
            connection.request(method, url, urlencode(form or {}), {**self.headers, **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")


@pytest.fixture
def site(python: Path, project: Path) -> Iterator[Site]:
    """The project's own `runserver`."""
    port = free_port()
    command = [str(python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    log = project / "runserver.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=project, env={"HOME": str(project)}, stdout=output, stderr=output)
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.1)
    yield Site(port, PROJECTS[project.name].issuer)
    process.terminate()
    process.wait(10)
    if "Traceback" in log.read_text():
        pytest.fail(log.read_text(), pytrace=False)


def basic(client: dict[str, str]) -> dict[str, str]:
    pair = f"{client['client_id']}:{client['client_secret']}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


class Visitor:
    """A browser of the issuer: cookies, redirects one by one, forms as they stand with some fields filled in."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = requests.Session()
        where = urlsplit(site.issuer)
        self.origin = f"{where.scheme}://{where.netloc}"
        self.http.headers.update(site.headers)

    def get(self, url: str) -> requests.Response:
        return self._walk(self._ask("GET", url))

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        # the footer has a form of its own
        action, given = _Forms(page.text).forms[0]
        return self._walk(self._ask("POST", urljoin(page.url, action), data=[*given, *fields.items()]))

    def _ask(self, method: str, url: str, **more: Any) -> requests.Response:
        answer = self.http.request(
            method, self.site.base + _local(url), headers={"Origin": self.origin}, allow_redirects=False, **more
        )
        for cookie in self.http.cookies:
            # the way from the proxy to the project is not https
            cookie.secure = False
        return answer

    def _walk(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect and answer.headers["Location"].startswith(("/", f"{self.origin}/")):
            answer = self._ask("GET", answer.headers["Location"])
        return answer


def _local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_the_wheel_holds_the_apps_with_their_templates_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"accounts", "consent", "oauth_server"}
    for app, label in (("oauth_server", "oauth_server"), ("accounts", "oauth_accounts"), ("consent", "oauth_consent")):
        assert f"{app}/py.typed" in names
        assert f"{app}/migrations/__init__.py" in names
        source = ROOT / "templates" / label
        expected = {f"{app}/templates/{label}/{file.relative_to(source)}" for file in source.rglob("*.html")}
        assert expected
        assert expected <= set(names)
    static = ROOT / "oauth_server/static"
    assert {f"oauth_server/static/{file.relative_to(static)}" for file in static.rglob("*.*")} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_apps_need_no_extra(manage: Run) -> None:
    checked = manage("check")
    assert "no issues" in checked.stdout + checked.stderr
    assert manage("makemigrations", "--check", "--dry-run").stdout.strip() == "No changes detected"
    found = manage("shell", "--no-imports", "-c", "import importlib.util as u; print(u.find_spec('allauth'))")
    assert found.stdout.strip() == "None"


@pytest.mark.seed("S-01")
@pytest.mark.bar("D8.2")
def test_a_fresh_project_issues_a_token(manage: Run, site: Site) -> None:
    made = manage(
        *("oauth", "create", "oauth2-client", "--name", "First"),
        *("--grant-type", "client_credentials", "--format", "json"),
    )
    client = json.loads(made.stdout)
    status, metadata = site("GET", "/.well-known/openid-configuration")
    assert (status, metadata["issuer"]) == (200, site.issuer)
    host, _, path = site.issuer.partition("://")[2].partition("/")
    other = requests.get(
        f"{site.base}/.well-known/oauth-authorization-server/{path}".rstrip("/"), headers=site.headers, timeout=30
    )
    assert other.json() == metadata
    assert {urlsplit(url).netloc for name, url in metadata.items() if name.endswith("_endpoint")} == {host}
    status, keys = site("GET", "/.well-known/jwks.json")
    assert (status, {key["alg"] for key in keys["keys"]}) == (200, {"ES256", "RS256"})

    status, token = site("POST", "/oauth2/token", {"grant_type": "client_credentials"}, **basic(client))
    assert status == 200, token
    assert token["token_type"] == "Bearer"
    status, answer = site("POST", "/oauth2/introspect", {"token": token["access_token"]}, **basic(client))
    assert status == 200
    assert answer["active"] is True
    assert answer["client_id"] == client["client_id"]


@pytest.mark.seed("S-01", "S-21")
@pytest.mark.bar("D8.2")
def test_a_project_signs_its_own_people_in(manage: Run, site: Site, project: Path) -> None:
    """The project's users, authentication backend and log-in page; `accounts` is not installed."""
    callback = "http://127.0.0.1:4446/callback"
    made = manage(
        *("oauth", "create", "oauth2-client", "--name", "Second", "--grant-type", "authorization_code,refresh_token"),
        *("--response-type", "code", "--redirect-uri", callback, "--format", "json"),
    )
    client = json.loads(made.stdout)
    ada = PROJECTS[project.name]
    sub = manage("shell", "--no-imports", "-c", ada.made_by).stdout.strip()

    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"client_id": client["client_id"], "response_type": "code", "scope": "openid offline_access", "state": "s"}
    asked |= {"redirect_uri": callback, "code_challenge": challenge, "code_challenge_method": "S256"}
    visitor = Visitor(site)
    with visitor.http:
        authorize = f"{site.issuer}/oauth2/auth"
        sign_in = visitor.get(f"{authorize}?{urlencode(asked)}")
        question = visitor.submit(sign_in, username="ada", password=ada.typed)
        assert "Second" in question.text
        answer = visitor.submit(question, decision="allow")
        # without `accounts` nobody is offered a choice: the project's own page asks who it is, and hints are understood
        other = visitor.get(f"{authorize}?{urlencode({**asked, 'prompt': 'select_account'})}")
        assert 'name="username"' in other.text
        chosen = visitor.submit(other, username="ada", password=ada.typed)
        silent = visitor.get(f"{authorize}?{urlencode({**asked, 'prompt': 'none', 'login_hint': 'ada'})}")
        assert all("code=" in back.headers["Location"] for back in (chosen, silent))
    query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert (query["state"], query["iss"]) == ("s", site.issuer)

    form = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "redirect_uri": callback,
        "code_verifier": verifier,
    }
    status, tokens = site("POST", "/oauth2/token", form, **basic(client))
    assert status == 200, tokens
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)
    status, claims = site("GET", "/userinfo", Authorization=f"Bearer {tokens['access_token']}")
    assert (status, claims["sub"]) == (200, sub)


@pytest.mark.seed("S-01")
@pytest.mark.parametrize("project", ["minimal", "host_with_own_user"], indirect=True)
def test_without_debug_a_missing_issuer_stops_the_start(manage: Run) -> None:
    refused = manage("check", "--deploy", env={"DEBUG": "0"}, check=False)
    assert refused.returncode == 1
    assert "ISSUER" in refused.stderr


# The API that the page about tests has in mind
PAGE_API = """
import pytest
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView
from oauth_server.resource_server.drf import BearerAuthentication, HasScopes


class Orders(APIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes("orders:read")]
    audience = "https://api.example.com/orders"

    def get(self, request):
        return Response([])


urlpatterns = [path("orders", Orders.as_view())]
pytestmark = pytest.mark.urls(__name__)
"""


@pytest.mark.bar("D2")
@pytest.mark.parametrize("project", ["minimal"], indirect=True)
def test_a_foreign_project_tests_its_api_with_the_plugin_and_one_without_django_is_not_disturbed(
    python: Path, project: Path, tmp_path: Path
) -> None:
    _install(python, "pytest-django", "factory-boy")
    page = [fence.text for fence in fences(ROOT / "docs/how-to/test-your-api.md", "python")]
    (project / "test_page.py").write_text("\n".join([PAGE_API, *page]))
    env = {"PATH": os.environ["PATH"], "HOME": str(project)}
    pytest_of_theirs = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tested = run(*pytest_of_theirs, cwd=project, env=env)
    assert "9 passed" in tested.stdout
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'oauth_server.models' not in sys.modules\n"
    )
    assert "1 passed" in run(*pytest_of_theirs, "-p", "no:django", cwd=tmp_path, env=env).stdout


def test_the_console_script_is_there(python: Path, project: Path) -> None:
    helped = run(python.parent / "oauth", "--help", cwd=project, env={"HOME": str(project)})
    assert "Usage: oauth" in helped.stdout
