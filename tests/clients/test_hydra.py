"""Ory Hydra's own command-line client, unchanged: the tutorial, every command, and its sample login and consent app (`make test-hydra`).

Built from its source, which takes some minutes the first time; so it is not among the clients of every run.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.deeds import admin_token
from oauth_server.keys import jose
from tests.browser.conftest import Console
from tests.clients.conftest import TOOLS, Journey, set_up
from tests.plugins.servers import Server, free_port
from tests.ran import Ran

pytestmark = pytest.mark.long

HYDRA = TOOLS / "hydra" / "hydra"
CLIENT = ("CLIENT ID", "CLIENT SECRET", "GRANT TYPES", "RESPONSE TYPES", "SCOPE", "AUDIENCE", "REDIRECT URIS")
TOKEN = ("ACCESS TOKEN", "REFRESH TOKEN", "ID TOKEN", "EXPIRY")
INTROSPECTED = ("ACTIVE", "SUBJECT", "CLIENT ID", "SCOPE", "EXPIRY", "TOKEN USE")
KEY = ("SET ID", "KEY ID", "ALGORITHM", "USE")


@dataclass
class Hydra:
    """`hydra("list", "oauth2-clients")`; as an admin unless `admin=False`."""

    endpoint: str
    token: str
    env: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str, admin: bool = True, own_header: bool = False) -> list[str]:
        header = f"X-Admin-Token: {self.token}" if own_header else f"Authorization: Bearer {self.token}"
        return [str(HYDRA), *arguments, "--endpoint", self.endpoint, *(["-H", header] if admin else [])]

    def __call__(self, *arguments: str, admin: bool = True, fails: bool = False, input: str | None = None) -> Ran:
        done = subprocess.run(
            self.command(*arguments, admin=admin),
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **self.env},
            input=input,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode in {0, 1}, done.stderr  # 2: it crashed on our answer
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def _built() -> None:
    """The compiler's cache knows whether there is anything to do."""
    set_up("hydra")


@pytest.fixture
def hydra(_built: None, server: Server, settings: Any) -> Hydra:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    made = admin_token.make(issuers.first(), tuple(admin_token.SCOPES), 3_600)
    return Hydra(f"{server.url}/hydra", made.access_token)


@dataclass
class Sample:
    """`hydra perform authorization-code`: a web app on this machine, and the table that it prints at the end."""

    process: subprocess.Popen[str]
    url: str

    def finish(self) -> Ran:
        out, err = self.process.communicate(timeout=30)
        return Ran(self.process.returncode, out, err)


@pytest.fixture
def sample(hydra: Hydra) -> Iterator[Callable[..., Sample]]:
    running: list[Sample] = []

    def start(port: int, *arguments: str, admin: bool = False, by: Hydra = hydra) -> Sample:
        command = by.command(
            "perform", "authorization-code", "--no-open", "--port", str(port), *arguments, admin=admin, own_header=True
        )
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(Sample(process, f"http://127.0.0.1:{port}"))
        assert process.stderr is not None
        for line in process.stderr:
            if str(port) in line:
                break
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()


def code_client(hydra: Hydra, port: int) -> dict[str, str]:
    made = hydra(
        "create",
        "oauth2-client",
        "--name",
        "Authorize Code with OpenID Connect Demo",
        "--grant-type",
        "authorization_code,refresh_token",
        "--response-type",
        "code",
        "--redirect-uri",
        f"http://127.0.0.1:{port}/callback",
    )
    assert tuple(made.labels) == CLIENT
    return made.labels


@pytest.mark.seed("S-11")
@pytest.mark.seed("S-13")
def test_the_tutorial(
    hydra: Hydra,
    sample: Callable[..., Sample],
    journey: Journey,
    person: Any,
    console: Console,
    done: Callable[..., None],
):
    console.expect("status of 404")  # the sample app has no icon
    made = hydra(
        "create", "oauth2-client", "--name", "Client Credentials Demo", "--grant-type", "client_credentials"
    ).labels
    own = ("--client-id", made["CLIENT ID"], "--client-secret", made["CLIENT SECRET"])
    performed = hydra("perform", "client-credentials", *own, admin=False)
    assert tuple(performed.labels) == TOKEN
    assert (performed.labels["REFRESH TOKEN"], performed.labels["ID TOKEN"]) == ("<empty>", "<empty>")
    told = hydra("introspect", "token", performed.labels["ACCESS TOKEN"]).labels
    assert tuple(told) == INTROSPECTED
    assert (told["ACTIVE"], told["SUBJECT"], told["SCOPE"], told["TOKEN USE"]) == (
        "true",
        made["CLIENT ID"],
        "",
        "access_token",
    )

    port = free_port()
    client = code_client(hydra, port)
    app = sample(port, "--client-id", client["CLIENT ID"], "--client-secret", client["CLIENT SECRET"])
    page = journey.page
    page.goto(app.url)
    page.get_by_role("link", name=re.compile("Authorize", re.I)).first.click()
    journey.sign_in()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{app.url}/callback?*")
    ended = app.finish()
    assert (ended.code, tuple(ended.labels)) == (0, TOKEN)
    assert "<empty>" not in ended.labels.values()
    told = hydra("introspect", "token", ended.labels["ACCESS TOKEN"]).labels
    assert (told["ACTIVE"], told["SUBJECT"]) == ("true", str(person.pk))
    assert set(told["SCOPE"].split()) == {"offline_access", "openid"}
    steps = {"code", "id_token", "introspection", "revocation", "client_credentials"}
    words = {"as": "client_secret_basic", "other": "admin API; its sample login and consent app"}
    done("Go", "Ory Hydra's command-line client", "2.3.0", steps, **words)


def test_every_command(hydra: Hydra, tmp_path: Path):
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([{"client_id": f"imported-{n}", "client_name": "I"} for n in range(3)]))
    assert "imported-2" in hydra("import", "oauth2-client", str(file)).out
    assert "conflict" in hydra("import", "oauth2-client", str(file), fails=True).err

    first = hydra("list", "oauth2-clients", "--page-size", "2", "--format", "json").json
    assert len(first["items"]) == 2
    assert not first["is_last_page"]
    seen, token = list(first["items"]), first["next_page_token"]
    while token:
        page = hydra("list", "oauth2-clients", "--page-size", "2", "--page-token", token, "--format", "json").json
        seen, token = [*seen, *page["items"]], page["next_page_token"]
    assert {"imported-0", "imported-1", "imported-2"} <= {one["client_id"] for one in seen}
    assert all(name in hydra("list", "oauth2-clients").out for name in (*CLIENT[:1], "NEXT PAGE TOKEN", "IS LAST PAGE"))

    updated = hydra(
        "update",
        "oauth2-client",
        "imported-0",
        "--name",
        "New",
        "--scope",
        "read,write",
        "--grant-type",
        "client_credentials",
    )
    assert updated.labels["SCOPE"] == "read write"
    assert hydra("get", "oauth2-client", "imported-0", "--format", "json").json["client_name"] == "New"
    whole = tmp_path / "client.json"
    whole.write_text(
        json.dumps(
            {
                "client_name": "Whole",
                "grant_types": ["client_credentials"],
                "jwks": {"keys": [jose.generate("ES256")[1]]},
            }
        )
    )
    assert hydra("update", "oauth2-client", "imported-1", "--file", str(whole)).code == 0
    assert hydra("get", "oauth2-client", "imported-1", "--format", "json").json["client_name"] == "Whole"
    assert hydra("list", "oauth2-clients", "--format", "json").json["items"]  # a client's keys do not break it
    assert "not_found" in hydra("get", "oauth2-client", "nobody", fails=True).err
    assert hydra("delete", "oauth2-client", "imported-1", "imported-2", "--format", "json").json == [
        "imported-1",
        "imported-2",
    ]
    assert "not_found" in hydra("delete", "oauth2-client", "imported-1", fails=True).err
    assert "invalid_redirect_uri" in hydra("create", "client", "--redirect-uri", "http://rp.example/", fails=True).err
    assert "invalid_token" in hydra("list", "oauth2-clients", admin=False, fails=True).err

    made = hydra(
        "create", "client", "--grant-type", "client_credentials", "--scope", "read", "--audience", "https://api.example"
    ).labels
    own = ("--client-id", made["CLIENT ID"], "--client-secret", made["CLIENT SECRET"])
    asked = ("perform", "client-credentials", "--scope", "read", "--audience", "https://api.example")
    # a stray admin token overwrites Basic; the repeated request has the credentials in its body
    token = hydra(*asked, *own).labels["ACCESS TOKEN"]
    told = hydra("introspect", "token", token, "--scope", "read", "--format", "json").json
    assert (told["active"], told["aud"]) == (True, ["https://api.example"])
    assert hydra("introspect", "token", token, "--scope", "write").labels["ACTIVE"] == "false"
    wrong = hydra(*asked, own[0], own[1], own[2], "wrong", admin=False, fails=True)
    assert "invalid_client" in wrong.err
    assert hydra("revoke", "token", token, *own, admin=False).code == 0
    assert hydra("introspect", "token", token).labels["ACTIVE"] == "false"
    token = hydra(*asked, *own, admin=False).labels["ACCESS TOKEN"]
    assert hydra("revoke", "token", token, *own).code == 0  # with -H: by the admin token
    assert hydra("introspect", "token", token).labels["ACTIVE"] == "false"
    token = hydra(*asked, *own, admin=False).labels["ACCESS TOKEN"]
    assert hydra("delete", "access-tokens", made["CLIENT ID"], "-q").out.strip() == made["CLIENT ID"]
    assert hydra("introspect", "token", token).labels["ACTIVE"] == "false"

    key = hydra("create", "jwk", "a-set", "a-key", "--alg", "ES256").out
    assert all(name in key for name in (*KEY, "a-key", "ES256", "sig"))
    pem = tmp_path / "key.json"
    pem.write_text(json.dumps({**json.loads(jose.generate("RS256")[2]), "kid": "brought"}))
    assert "brought" in hydra("import", "jwk", "a-set", str(pem)).out
    assert {"a-key", "brought"} <= set(re.findall(r"[\w-]+", hydra("get", "jwk", "a-set").out))
    signing = hydra("get", "jwk", "hydra.openid.id-token").out
    assert all(name in signing for name in (*KEY, "RS256", "ES256"))
    assert hydra("delete", "jwk", "a-set", "-q").out.strip() == "a-set"
    assert "not_found" in hydra("get", "jwk", "a-set", fails=True).err


def test_its_sample_login_and_consent_app(
    hydra: Hydra,
    sample: Callable[..., Sample],
    journey: Journey,
    person: Any,
    start_server: Callable[..., Server],
    console: Console,
    settings: Any,
):
    """Headless: the server sends people to the pages of the very program that asks for the tokens."""
    console.expect("status of 404")  # it has no icon
    port = free_port()
    pages = {
        "HYDRA_LOGIN_URL": f"http://127.0.0.1:{port}/login",
        "HYDRA_CONSENT_URL": f"http://127.0.0.1:{port}/consent",
    }
    headless = start_server(OAUTH_SERVER_MORE=json.dumps(pages))
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": headless.url}
    made = admin_token.make(issuers.first(), tuple(admin_token.SCOPES), 3_600)
    hydra = Hydra(f"{headless.url}/hydra", made.access_token)
    client = code_client(hydra, port)
    app = sample(
        port, "--client-id", client["CLIENT ID"], "--client-secret", client["CLIENT SECRET"], admin=True, by=hydra
    )
    page = journey.page
    page.goto(app.url)
    page.get_by_role("link", name=re.compile("Authorize", re.I)).first.click()
    page.wait_for_url(f"{app.url}/login?*")
    page.locator("input[name=username]").fill(str(person.pk))
    page.locator("button[value=accept]").click()
    page.wait_for_url(f"{app.url}/consent?*")
    page.locator("button[value=accept]").click()
    page.wait_for_url(f"{app.url}/callback?*")
    ended = app.finish()
    assert ended.code == 0, ended.err
    told = hydra("introspect", "token", ended.labels["ACCESS TOKEN"]).labels
    assert (told["ACTIVE"], told["SUBJECT"]) == ("true", str(person.pk))
