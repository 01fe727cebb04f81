"""`perform device-code` against a running server, with a person who answers in another browser."""

import re
import subprocess
import sys
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from oauth_server import qr
from tests.apps.cli.conftest import Oauth
from tests.apps.cli.test_authorization_code import Browser
from tests.flows import _Forms
from tests.plugins.servers import ROOT, Server

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def client(at_server: Server, oauth: Oauth) -> dict[str, Any]:
    made: dict[str, Any] = oauth(
        "create", "oauth2-client", "--grant-type", f"{GRANT},refresh_token", "--name", "A television",
        "--scope", "openid,offline_access", "--format", "json",
    ).json  # fmt: skip
    return made


class Device:
    """The command as a process."""

    def __init__(self, server: Server, client: dict[str, Any], *flags: str) -> None:
        command = [sys.executable, "-W", "ignore", "manage.py", "oauth", "perform", "device-code", *flags]
        env = {**server.env, "OAUTH2_CLIENT_ID": client["client_id"], "OAUTH2_CLIENT_SECRET": client["client_secret"]}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.told = self.process.stderr.readline()
        self.link = self.process.stderr.readline().rpartition(" ")[2].strip()
        self.code = re.findall(r"[A-Z]{4}-[A-Z]{4}", self.told)[0]

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def submit(browser: Browser, page: Any, **changes: str) -> Any:
    (action, fields), *_ = _Forms(page.text).forms
    form = [*((name, value) for name, value in fields if name not in changes), *changes.items()]
    where = urlsplit(page.url)
    return browser.open(urljoin(page.url, action or page.url), form, Origin=f"{where.scheme}://{where.netloc}")


@pytest.mark.seed("S-43")
@pytest.mark.spec("RFC 8628", "3.3")
@pytest.mark.parametrize(("decision", "code"), [("match", 0), ("cancel", 1)])
def test_a_person_answers_on_another_device(
    at_server: Server, client: dict[str, Any], person: Any, decision: str, code: int
) -> None:
    device = Device(at_server, client, "--format", "json", "--qr")
    try:
        assert f"{at_server.url}/device" in device.told
        assert device.link == f"{at_server.url}/device?user_code={device.code}"
        browser = Browser()
        browser.sign_in(person)
        page = submit(browser, browser.open(device.link))
        assert device.code in page.text
        page = submit(browser, page, decision=decision)
        if decision == "match":
            page = submit(browser, page, decision="allow")
            assert "Your device is connected" in page.text
        ended, out, err = device.end()
    finally:
        device.process.kill()
        device.process.communicate()
    assert ended == code, err
    # without a terminal: by the flag alone
    assert qr.terminal(device.link) in err
    if decision == "match":
        assert all(f'"{name}"' in out for name in ("access_token", "refresh_token", "id_token"))
    else:
        assert "access_denied" in err
        assert out == ""


def test_a_client_without_the_grant_is_told_so(at_server: Server, oauth: Oauth) -> None:
    made = oauth(
        "create", "oauth2-client", "--grant-type", "client_credentials", "--scope", "openid", "--format", "json"
    ).json
    told = oauth(
        "perform", "device-code", "--client-id", made["client_id"], "--client-secret", made["client_secret"],
        "--scope", "openid",
    )  # fmt: skip
    assert told.code == 1
    assert "unauthorized_client" in told.err
