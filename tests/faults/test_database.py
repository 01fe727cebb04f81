"""Row 105: the database is away, slow or locked: 503 with Retry-After, never a false 200, and well again without a restart."""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3
from django.db import OperationalError, connection

from oauth_server import clock
from oauth_server.models import AccessToken
from tests import factories
from tests.faults.conftest import Database, create_client
from tests.flows import App, Browser, error
from tests.plugins.servers import Server

pytestmark = pytest.mark.threat(105)

JWKS = "/.well-known/jwks.json"
DISCOVERY = "/.well-known/openid-configuration"


class Caller:
    """A client of a running server, over HTTP."""

    def __init__(self, server: Server, client: dict[str, str]) -> None:
        self.url = server.url
        self.pool = urllib3.PoolManager(retries=False, timeout=10)
        self.headers = urllib3.make_headers(basic_auth=f"{client['client_id']}:{client['client_secret']}")

    def get(self, path: str) -> Any:
        return self.pool.request("GET", self.url + path, redirect=False)

    def post(self, path: str, **form: str) -> Any:
        return self.pool.request_encode_body("POST", self.url + path, form, self.headers, encode_multipart=False)

    def token(self) -> Any:
        return self.post("/oauth2/token", grant_type="client_credentials")


def unavailable(response: Any) -> None:
    assert response.status == 503, (response.status, response.data[:300])
    assert int(response.headers["Retry-After"]) >= 1
    assert response.headers["Cache-Control"] == "no-store"
    assert b"Traceback" not in response.data


@pytest.mark.pg
@pytest.mark.threat(107)
def test_a_database_that_crashes_and_comes_back(database: Database, on_database: Callable[..., Server]):
    server = on_database(database.url)
    assert server.manage("migrate", "-v0").returncode == 0
    caller = Caller(server, create_client(server))
    token = caller.token().json()["access_token"]
    second = caller.token().json()["access_token"]
    documents = {path: caller.get(path).data for path in (JWKS, DISCOVERY)}
    assert caller.post("/oauth2/revoke", token=second).status == 200

    database.crash()
    for _ in range(2):
        before = time.monotonic()
        for response in (
            caller.token(),
            caller.post("/oauth2/introspect", token=token),
            caller.post("/oauth2/revoke", token=token),
            caller.pool.request("GET", server.url + "/userinfo", headers={"Authorization": f"Bearer {token}"}),
            caller.pool.request(
                "POST", server.url + "/oauth2/token", fields={"grant_type": "x"}, encode_multipart=False
            ),
        ):
            unavailable(response)
            assert response.json()["error"] == "temporarily_unavailable"
        unavailable(caller.get("/oauth2/auth?client_id=x"))
        # what everybody may know is still told
        assert {path: caller.get(path).data for path in documents} == documents
        assert time.monotonic() - before < 8

    database.start()
    end = time.monotonic() + 5
    while caller.token().status != 200:
        assert time.monotonic() < end, "not well again within 5 s"
        time.sleep(0.1)
    # what was refused was not done, what was done stays done
    assert caller.post("/oauth2/introspect", token=token).json()["active"] is True
    assert caller.post("/oauth2/introspect", token=second).json()["active"] is False
    assert caller.post("/oauth2/revoke", token=token).status == 200
    assert caller.post("/oauth2/introspect", token=token).json()["active"] is False


@pytest.mark.pg
def test_sessions_that_are_cut_cost_one_request_each(database: Database, on_database: Callable[..., Server]):
    server = on_database(database.url)
    assert server.manage("migrate", "-v0").returncode == 0
    caller = Caller(server, create_client(server))
    assert caller.token().status == 200
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faulty' AND pid <> pg_backend_pid()"
    for _ in range(3):
        database.execute(cut)
        answers = [caller.token() for _ in range(4)]
        assert {answer.status for answer in answers} <= {200, 503}
        assert answers[-1].status == 200
        for answer in answers:
            if answer.status == 503:
                unavailable(answer)


@pytest.mark.pg
def test_a_database_that_takes_connections_and_says_nothing(on_database: Callable[..., Server]):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        server = on_database(f"postgres://x:y@127.0.0.1:{silent.getsockname()[1]}/x")
        caller = Caller(server, {"client_id": "x", "client_secret": "y"})
        for ask in (caller.token, lambda: caller.get(JWKS)):
            before = time.monotonic()
            unavailable(ask())
            assert time.monotonic() - before < 4


@contextmanager
def locked() -> Iterator[None]:
    """Somebody else writes to the SQLite file and does not stop."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(name, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20000")


@pytest.mark.django_db(transaction=True)
def test_a_locked_sqlite_file_is_503_for_writers_and_nothing_is_half_done(signed_in: Browser, person: Any):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not files")
    app = factories.app()
    body = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in, scope="openid offline_access")
    stored = AccessToken.objects.count()
    with locked():
        for answer in (
            app.client_credentials(),
            app.redeem(code),
            app.refresh(body["refresh_token"]),
            app.revoke(body["access_token"]),
            app.revoke(body["refresh_token"]),
        ):
            assert error(answer) == (503, "temporarily_unavailable")
            assert int(answer["Retry-After"]) >= 1
        # who only reads goes on
        assert app.is_active(body["access_token"])
        assert app.userinfo(body["access_token"]).status_code == 200
    assert AccessToken.objects.count() == stored
    assert app.redeem(code).status_code == 200
    assert app.refresh(body["refresh_token"]).status_code == 200
    assert app.revoke(body["refresh_token"]).status_code == 200
    assert not app.is_active(body["access_token"])


def broken(*_: Any, **__: Any) -> Any:
    raise OperationalError("the connection is gone")


@pytest.mark.django_db
@pytest.mark.threat(55)
@pytest.mark.threat(106)
def test_a_failure_at_any_statement_of_a_request_leaves_it_undone(signed_in: Browser):
    """The statement fails before it is sent; the answer is 503 and the same request succeeds afterwards."""
    app = factories.app()

    def ask(kind: str) -> Callable[[], Any]:
        body = app.tokens(signed_in, scope="openid offline_access")
        match kind:
            case "redeem":
                code = app.code(signed_in, scope="openid offline_access")
                return lambda: app.redeem(code)
            case "refresh":
                return lambda: app.refresh(body["refresh_token"])
            case "revoke":
                return lambda: app.revoke(body["refresh_token"])
            case "introspect":
                return lambda: app.introspect(body["access_token"])
            case "userinfo":
                return lambda: app.userinfo(body["access_token"])
            case _:
                return app.client_credentials

    for kind in ("redeem", "refresh", "revoke", "introspect", "userinfo", "client_credentials"):
        ask(kind)()
        for number in range(40):
            request = ask(kind)
            sent = fail_at(number, request)
            if sent is None:
                break
            assert error(sent) == (503, "temporarily_unavailable"), (kind, number)
            assert request().status_code == 200, (kind, number)
        else:
            pytest.fail(f"{kind} sends more statements than this test tries")


def fail_at(number: int, request: Callable[[], Any]) -> Any:
    """The answer when the statement of this number fails; None when there are not so many."""
    sent = 0

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == number + 1:
            raise OperationalError("the connection is gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        answer = request()
    return answer if sent > number else None


@pytest.mark.django_db
def test_public_documents_are_told_from_the_last_time(app: App, monkeypatch: pytest.MonkeyPatch):
    from oauth_server import copies, issuers

    before = {path: app.http.get(path) for path in (JWKS, DISCOVERY)}
    copies.clear()
    monkeypatch.setattr(issuers, "for_request", broken)
    for path, first in before.items():
        again = app.http.get(path)
        assert (again.status_code, again.content) == (200, first.content)
        assert again["Cache-Control"] == first["Cache-Control"]
        assert app.http.head(path).status_code == 200
    # of an issuer that was never asked for there is nothing to tell
    assert app.http.get("/other/.well-known/jwks.json").status_code == 503
    assert error(app.client_credentials()) == (503, "temporarily_unavailable")


@pytest.mark.pg
@pytest.mark.django_db
@pytest.mark.threat(104)
def test_the_clock_is_the_databases(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "_offsets", {})
    assert abs(clock.offset().total_seconds()) < 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.threat(106)
def test_a_failure_at_any_statement_of_a_page_is_503(signed_in: Browser, person: Any):
    """Those of the session, which Django's middleware stores behind the view, as well."""
    app = factories.app()
    signed_in.http.raise_request_exception = False
    for number in range(60):
        # as in a first tab: the session gets its name with this request
        session = signed_in.http.session
        session.pop("_oauth_server", None)
        session.save()
        sent = fail_at(number, lambda: signed_in.get(app.authorize_url()))
        if sent is None:
            break
        assert (sent.status_code, sent.get("Retry-After")) == (503, "1"), number
    else:
        pytest.fail("a page sends more statements than this test tries")
    assert app.code(signed_in)
