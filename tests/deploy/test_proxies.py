"""What a browser, an app and an operator find behind nginx and behind Caddy, with the files of `deploy/` as they are."""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from django.contrib.auth.hashers import Argon2PasswordHasher

from oauth_server import issuers
from oauth_server.models import AuditEvent, Session
from tests import factories
from tests.certification.browser import EMAIL, PASSWORD, Arrived, Browser
from tests.deploy.conftest import METRICS_TOKEN, SECRETS, Site
from tests.plugins.servers import ROOT

pytestmark = pytest.mark.long
CALLBACK = "https://photos.example/callback"


@pytest.mark.bar("D5.1", "O14.3")
@pytest.mark.threat(99, 100)
def test_a_sign_in_goes_through_and_leaves_no_secret_in_a_log(site: Site) -> None:
    made = site.server.manage(
        *("oauth", "create", "oauth2-client", "--name", "Photos", "--grant-type", "authorization_code,refresh_token"),
        *("--redirect-uri", CALLBACK, "--scope", "openid,email,offline_access", "--format", "json"),
    )
    assert made.returncode == 0, made.stderr
    client = json.loads(made.stdout)
    # as production hashes it
    person = factories.UserFactory(email=EMAIL)
    type(person).objects.filter(pk=person.pk).update(
        password=Argon2PasswordHasher().encode(PASSWORD, "a-salt-of-16-byte")
    )
    verifier, state, nonce = (secrets.token_urlsafe(40) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": client["client_id"], "response_type": "code", "scope": "openid email offline_access", "redirect_uri": CALLBACK,
        "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    browser = Browser(site.url, site.authority)
    arrived = browser.go_on(browser.get(f"{site.url}/oauth2/auth?{urlencode(asked)}"))
    assert isinstance(arrived, Arrived), arrived
    assert arrived.query["iss"] == site.url
    http = requests.Session()
    http.trust_env, http.verify, http.auth = False, site.authority, (client["client_id"], client["client_secret"])
    exchange = {
        "grant_type": "authorization_code",
        "code": arrived.query["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    answer = http.post(f"{site.url}/oauth2/token", exchange, timeout=30)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    refreshed = http.post(
        f"{site.url}/oauth2/token",
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        timeout=30,
    ).json()
    bearer = {"Authorization": f"Bearer {refreshed['access_token']}"}
    # the library would send the client's credentials instead
    http.auth = None
    assert http.get(f"{site.url}/userinfo", headers=bearer, timeout=30).json()["email"] == EMAIL
    # what goes wrong is written down, and with it nothing of what was sent
    http.post(
        f"{site.url}/oauth2/token?{urlencode(exchange)}",
        {**exchange, "client_secret": client["client_secret"]},
        timeout=30,
    )
    http.get(f"{site.url}/nowhere?{urlencode({'token': tokens['refresh_token']})}", timeout=30)
    browser.get(f"{site.url}/account/email/confirm/MQ:a-one-time-link/?key={tokens['id_token']}")
    # nor is it what the proxy says while the server is away
    site.server.kill()
    link = f"{site.url}/account/email/confirm/MQ:a-one-time-link/?{urlencode({'code': arrived.query['code']})}"
    away = http.get(link, headers={"Referer": f"{CALLBACK}?state={state}", **bearer}, timeout=30)
    assert away.status_code == 502
    canaries = {
        **SECRETS, "link": "MQ:a-one-time-link", "password": PASSWORD,
        "client_secret": client["client_secret"], "code": arrived.query["code"], "verifier": verifier,
        "nonce": nonce, "state": state, **{f"{name} 1": tokens[name] for name in ("access_token", "refresh_token", "id_token")},
        **{f"{name} 2": refreshed[name] for name in ("access_token", "refresh_token")}, **browser.cookies, "metrics": METRICS_TOKEN,
    }  # fmt: skip
    assert len(canaries) > 12
    written = site.written
    assert [name for name, value in canaries.items() if value in written] == []
    lines = [json.loads(line) for line in site.server.log.splitlines() if line.startswith("{")]
    refused = [line for line in lines if line.get("event") == "refused"]
    assert refused
    assert all(len(line["trace_id"]) == 32 for line in refused)


@pytest.mark.bar("D5.1")
@pytest.mark.threat(101)
def test_what_a_visitor_claims_about_the_way_is_not_believed(site: Site) -> None:
    lies = {
        "X-Forwarded-For": "203.0.113.7", "X_Forwarded_For": "203.0.113.8", "X-Forwarded-Proto": "http", "X_Forwarded_Proto": "http",
        "Forwarded": "for=203.0.113.9", "Authorization": "Basic bm9ib2R5Om5vYm9keQ==",
    }  # fmt: skip
    http = requests.Session()
    http.trust_env, http.verify = False, site.authority
    answer = http.post(f"{site.url}/oauth2/token", {"grant_type": "client_credentials"}, headers=lies, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    event = AuditEvent.objects.latest("at")
    assert (event.address, event.trace_id) == ("127.0.0.1", answer.headers["X-Trace-Id"])
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    # by http as the proxy would tell it: to https, not in a circle
    assert http.get(f"{site.url}/account/sign-in/", headers=lies, timeout=30).url.startswith(site.url)
    page = http.get(f"{site.url}/account/sign-in/", timeout=30)
    assert (page.status_code, page.headers["Content-Security-Policy"].count("default-src")) == (200, 1)
    assert (
        http.get(f"{site.url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, timeout=30).status_code
        == 404
    )
    inside = requests.get(
        f"http://127.0.0.1:{site.server.port}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, timeout=30
    )
    assert b"oauth_server_request_seconds" in inside.content
    assert http.post(f"{site.url}/account/sign-in/", b"x" * 3_000_000, timeout=30).status_code in {413, 502}
    assert not Session.objects.exists()
    assert http.get(f"{site.url}/.well-known/openid-configuration", timeout=30).json()["issuer"] == site.url
    assert issuers.first().enabled


@pytest.mark.bar("D5.1")
def test_the_doctor_finds_nothing_to_mend_from_outside(site: Site) -> None:
    command = [
        str(Path(sys.executable).with_name("oauth")),
        *("doctor", "--endpoint", site.url, "--all", "--format", "json"),
    ]
    seen = subprocess.run(
        command,
        cwd=ROOT,
        env={**site.server.env, "SSL_CERT_FILE": site.authority},
        capture_output=True,
        text=True,
        check=False,
    )
    assert seen.stdout, seen.stderr
    findings = json.loads(seen.stdout)["items"]
    mend = [one for one in findings if one["result"] != "ok"]
    # the certificate of this run is good for a day
    assert [one for one in mend if one["area"] != "tls"] == [], seen.stderr
    assert len(findings) > 10
