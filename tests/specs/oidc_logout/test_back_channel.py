"""What apps are told from server to server: by whom, when, with what; and what becomes of a message that does not arrive."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from django.core.management import call_command
from django.db import transaction
from joserfc import jwe
from joserfc.jwk import RSAKey
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from consent import decision
from oauth_server import clock, issuers
from oauth_server.keys import store
from oauth_server.logout import backchannel
from oauth_server.models import AuditEvent, LogoutDelivery, Session
from oauth_server.tokens import logout_token, revoke
from tests import factories, jwts
from tests.conftest import Clock
from tests.flows import App, Browser, parameters
from tests.specs.oidc_logout.conftest import GOODBYE, LOGOUT, Listener


@pytest.fixture
def told(rp: App, listener: Listener) -> App:
    """An app that listens; nothing is shown in a frame."""
    rp.row.backchannel_logout_uri = listener.url
    rp.row.frontchannel_logout_uri = ""
    rp.row.save()
    return rp


def sign_out(browser: Browser, hint: str, **values: str) -> Any:
    return browser.open(f"{LOGOUT}?{urlencode({'id_token_hint': hint, **values})}")


@pytest.mark.op("K1")
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.1")
@pytest.mark.parametrize("is_on", [True, False])
def test_it_is_announced_while_it_is_on(rp: App, switch: Callable[..., None], is_on: bool):
    switch(BACKCHANNEL_LOGOUT=is_on)
    found = rp.http.get("/.well-known/openid-configuration").json()
    for member in ("backchannel_logout_supported", "backchannel_logout_session_supported"):
        assert found.get(member, False) is is_on


@pytest.mark.op("K2", "K3", "K4")
@pytest.mark.asvs("10.5.5")
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.4")
def test_the_app_gets_a_logout_token_and_nothing_else(
    told: App, signed_in: Browser, listener: Listener, moving_clock: Clock
):
    hint = told.tokens(signed_in, nonce="n1")["id_token"]
    answer = sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE, state="x")
    assert answer["Location"] == f"{GOODBYE}?state=x"
    assert parameters(told.authorize(signed_in, prompt="none"))["error"] == "login_required"
    assert listener.requests == []  # never in the person's request
    assert backchannel.deliver(backchannel.due()) == 1
    (request,) = listener.requests
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert list(request.form) == ["logout_token"]
    assert request.query_string == b"tenant=7"
    (token,) = listener.tokens
    header, claims = jwts.parts(token)
    identity = jwts.parts(hint)[1]
    now = int(moving_clock.now().timestamp())
    assert header["typ"] == "logout+jwt"
    assert header["alg"] == "RS256"
    assert len(claims.pop("jti")) >= 16
    assert claims == {
        "iss": identity["iss"],
        "aud": told.client_id,
        "sub": identity["sub"],
        "sid": identity["sid"],
        "iat": now,
        "exp": now + 120,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    row = LogoutDelivery.objects.get()
    assert (row.state, row.attempts, row.next_attempt, row.delivered_at) == ("delivered", 1, None, moving_clock.now())


@pytest.mark.op("K3")
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.6")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_it_is_signed_as_the_apps_id_tokens_are(signed_in: Browser, listener: Listener, told: App, algorithm: str):
    told.row.algorithm = algorithm
    told.row.save()
    told.code(signed_in)
    revoke.session(Session.objects.get())
    backchannel.deliver(backchannel.due())
    keys = jwt.PyJWKSet.from_dict(told.http.get("/.well-known/jwks.json").json())
    (token,) = listener.tokens
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=[algorithm], audience=told.client_id, issuer="http://testserver")
    assert "nonce" not in claims


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.4")
def test_a_pairwise_app_hears_the_name_that_it_knows(signed_in: Browser, told: App, listener: Listener, person: Any):
    told.row.subject_type = "pairwise"
    told.row.save()
    identity = jwts.parts(told.tokens(signed_in)["id_token"])[1]
    assert identity["sub"] != str(person.pk)
    revoke.session(Session.objects.get())
    backchannel.deliver(backchannel.due())
    assert jwts.parts(listener.tokens[0])[1]["sub"] == identity["sub"]


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.4")
def test_it_is_encrypted_where_the_apps_id_tokens_are(signed_in: Browser, told: App, listener: Listener):
    theirs = RSAKey.generate_key(2048)
    told.row.client_jwks = {"keys": [{**theirs.as_dict(private=False), "use": "enc", "kid": "1"}]}
    told.row.id_token_encrypted_response_alg = "RSA-OAEP-256"
    told.row.save()
    told.code(signed_in)
    revoke.session(Session.objects.get())
    backchannel.deliver(backchannel.due())
    (token,) = listener.tokens
    inner = jwe.decrypt_compact(token, theirs, algorithms=["RSA-OAEP-256", "A128CBC-HS256"]).plaintext
    header, claims = jwts.parts((inner or b"").decode())
    assert (header["typ"], claims["aud"]) == ("logout+jwt", told.client_id)


def test_an_app_without_a_key_to_encrypt_to_is_told_nothing_in_the_clear(
    signed_in: Browser, told: App, listener: Listener
):
    told.row.id_token_encrypted_response_alg = "RSA-OAEP-256"
    told.row.save()
    told.code(signed_in)
    revoke.session(Session.objects.get())
    backchannel.deliver(backchannel.due())
    assert listener.requests == []
    assert LogoutDelivery.objects.get().last_error.startswith("no key: ")


@pytest.mark.threat(47)
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.4")
def test_a_logout_token_opens_nothing(told: App, signed_in: Browser):
    token = logout_token.make(issuers.first(), told.row, sub="x", sid="y", now=clock.now())
    assert told.userinfo(token).status_code == 401
    assert not told.is_active(token)
    assert parameters(told.authorize(signed_in, id_token_hint=token))["error"] == "invalid_request"


def by_the_account_page(browser: Browser, person: Any, app: App) -> None:
    browser.submit(browser.open("/account/sign-out/"))


def by_an_operator(browser: Browser, person: Any, app: App) -> None:
    revoke.session(Session.objects.get(), "by staff")


def by_a_new_password(browser: Browser, person: Any, app: App) -> None:
    revoke.person(person.pk, "a new password")


def by_deletion(browser: Browser, person: Any, app: App) -> None:
    person.delete()


def by_django(browser: Browser, person: Any, app: App) -> None:
    browser.http.logout()


WAYS = (by_the_account_page, by_an_operator, by_a_new_password, by_deletion, by_django)


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.5")
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_signing_out_tells_the_apps(
    told: App, signed_in: Browser, person: Any, listener: Listener, way: Callable[..., None]
):
    identity = jwts.parts(told.tokens(signed_in)["id_token"])[1]
    way(signed_in, person, told)
    backchannel.deliver(backchannel.due())
    (token,) = listener.tokens
    assert jwts.parts(token)[1]["sid"] == identity["sid"]


def test_each_app_hears_its_own_name_of_the_session(told: App, signed_in: Browser, listener: Listener):
    second = factories.app(backchannel_logout_uri=listener.url)
    for app in (told, second):
        app.code(signed_in)
    revoke.session(Session.objects.get())
    assert backchannel.deliver(backchannel.due()) == 2
    claims = [jwts.parts(token)[1] for token in listener.tokens]
    assert {one["aud"] for one in claims} == {told.client_id, second.client_id}
    assert len({one["sid"] for one in claims}) == 2
    assert len({one["jti"] for one in claims}) == 2


def test_a_session_that_is_over_is_told_of_once(told: App, signed_in: Browser):
    told.code(signed_in)
    for _ in range(3):
        revoke.session(Session.objects.get())
    assert LogoutDelivery.objects.count() == 1


def test_switched_off_nothing_is_written(told: App, signed_in: Browser, switch: Callable[..., None]):
    switch(BACKCHANNEL_LOGOUT=False)
    told.code(signed_in)
    revoke.session(Session.objects.get())
    assert not LogoutDelivery.objects.exists()


def test_a_sign_out_that_is_rolled_back_tells_nobody(told: App, signed_in: Browser):
    told.code(signed_in)

    def fail() -> None:
        with transaction.atomic():
            revoke.session(Session.objects.get())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not LogoutDelivery.objects.exists()


@pytest.mark.bar("E13.1")
def test_an_app_that_a_person_removes_is_told_and_the_others_are_not(
    told: App, signed_in: Browser, person: Any, listener: Listener
):
    second = factories.app(backchannel_logout_uri="https://second.example/out")
    identity = jwts.parts(told.tokens(signed_in)["id_token"])[1]
    second.code(signed_in)
    decision.withdraw(person.pk, told.row)
    assert backchannel.deliver(backchannel.due()) == 1
    assert jwts.parts(listener.tokens[0])[1]["sid"] == identity["sid"]
    revoke.session(Session.objects.get())
    assert LogoutDelivery.objects.filter(client=told.row).count() == 1
    assert LogoutDelivery.objects.filter(client=second.row).count() == 1


# What does not arrive


@pytest.fixture
def delivery(told: App) -> LogoutDelivery:
    row: LogoutDelivery = factories.LogoutDeliveryFactory(client=told.row)
    return row


def now_of(row: LogoutDelivery) -> LogoutDelivery:
    row.refresh_from_db()
    return row


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.8")
@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 429, 500, 503])
def test_an_answer_that_is_no_success_is_tried_again(
    delivery: LogoutDelivery, listener: Listener, status: int, moving_clock: Clock
):
    listener.status = status
    LogoutDelivery.objects.update(next_attempt=moving_clock.now())
    assert backchannel.deliver_all_due() == 1
    row = now_of(delivery)
    assert (row.state, row.attempts, row.last_error) == ("waiting", 1, f"HTTP status {status}")
    assert row.next_attempt == moving_clock.now() + timedelta(seconds=30)
    assert len(listener.requests) == 1  # no redirect was followed
    listener.status = 204
    moving_clock.move(29)
    assert backchannel.deliver_all_due() == 0
    moving_clock.move(1)
    assert backchannel.deliver_all_due() == 1
    assert now_of(delivery).state == "delivered"


@pytest.mark.threat(75)
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.8")
def test_each_pause_is_twice_the_one_before_and_at_last_it_is_given_up(
    delivery: LogoutDelivery, listener: Listener, moving_clock: Clock, switch: Callable[..., None]
):
    switch(LOGOUT_ATTEMPTS=4)
    listener.status = 500
    LogoutDelivery.objects.update(next_attempt=moving_clock.now())
    pauses = []
    while backchannel.deliver_all_due():
        due = now_of(delivery).next_attempt
        if due is None:
            break
        pauses.append((due - moving_clock.now()).total_seconds())
        moving_clock.move(pauses[-1])
    assert pauses == [30, 60, 120]
    row = now_of(delivery)
    assert (row.state, row.attempts, row.last_error) == ("failed", 4, "HTTP status 500")
    assert AuditEvent.objects.filter(event="logout:undelivered").count() == 1
    jtis = {jwts.parts(token)[1]["jti"] for token in listener.tokens}
    assert len(jtis) == 4  # what an app took for a replay would never arrive


@pytest.mark.threat(73)
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/out",
        "https://169.254.169.254/latest",
        "https://[::1]/out",
        "http://rp.example/out",
        "https://10.0.0.1:8443/",
        "ftp://rp.example/",
        "https://rp.example:22/",
    ],
)
def test_a_private_address_is_never_called(
    delivery: LogoutDelivery, told: App, url: str, monkeypatch: pytest.MonkeyPatch
):
    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a connection was made")

    monkeypatch.setattr("socket.socket.connect", never)
    told.row.backchannel_logout_uri = url
    told.row.save()
    backchannel.deliver([delivery.pk])
    reasons = {"the address is not public", "the URL is not https", "its port is neither 443 nor 8443"}
    assert now_of(delivery).last_error in reasons
    assert now_of(delivery).state == "waiting"


@pytest.mark.parametrize("change", [{"enabled": False}, {"backchannel_logout_uri": ""}])
def test_an_app_that_cannot_be_told_any_more_is_given_up(
    delivery: LogoutDelivery, told: App, listener: Listener, change: dict[str, Any]
):
    for name, value in change.items():
        setattr(told.row, name, value)
    told.row.save()
    backchannel.deliver_all_due()
    assert (now_of(delivery).state, listener.requests) == ("failed", [])


def test_the_message_for_a_deleted_app_goes_nowhere(delivery: LogoutDelivery, told: App, listener: Listener):
    told.row.delete()
    backchannel.deliver_all_due()
    assert (now_of(delivery).state, now_of(delivery).next_attempt, listener.requests) == ("failed", None, [])


def test_without_a_key_nothing_is_sent_and_it_is_tried_again(
    delivery: LogoutDelivery, listener: Listener, monkeypatch: pytest.MonkeyPatch
):
    def none(*args: Any) -> Any:
        raise store.NoKey("RS256")

    monkeypatch.setattr(store, "active", none)
    backchannel.deliver_all_due()
    row = now_of(delivery)
    assert (row.state, row.last_error, listener.requests) == ("waiting", "no key: RS256", [])


def test_a_row_is_taken_by_one_worker(delivery: LogoutDelivery, listener: Listener):
    keys = backchannel.due()
    assert (backchannel.deliver(keys), backchannel.deliver(keys)) == (1, 0)
    assert len(listener.requests) == 1


def test_what_a_worker_left_behind_is_due_again_after_its_lease(
    delivery: LogoutDelivery, listener: Listener, moving_clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    LogoutDelivery.objects.update(next_attempt=moving_clock.now())

    class Killed(BaseException):
        pass

    def die(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(logout_token, "make", die)
        with pytest.raises(Killed):
            backchannel.deliver(backchannel.due())
    assert backchannel.due() == []
    moving_clock.move(60)
    assert backchannel.deliver_all_due() == 1
    assert now_of(delivery).state == "delivered"


def test_an_operator_has_it_tried_again(delivery: LogoutDelivery, listener: Listener):
    LogoutDelivery.objects.update(state="failed", attempts=8, next_attempt=None, last_error="HTTP status 500")
    assert backchannel.retry(now_of(delivery))
    assert backchannel.deliver_all_due() == 1
    assert now_of(delivery).state == "delivered"
    assert not backchannel.retry(now_of(delivery))
    assert backchannel.deliver_all_due() == 0
    assert AuditEvent.objects.filter(event="logout:retried").count() == 1


def test_the_command_delivers_what_is_due(delivery: LogoutDelivery, listener: Listener):
    out = StringIO()
    call_command("deliver_logouts", stdout=out)
    assert (out.getvalue(), now_of(delivery).state) == ("1 tried\n", "delivered")


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.threat(75)
def test_a_thread_tells_the_apps_right_after_the_sign_out(
    transactional_db: None, httpserver: HTTPServer, switch: Callable[..., None]
):
    """100 apps, half of them dead: the person's request does not wait for any of them."""
    switch(FETCH_PRIVATE_HOSTS=["localhost"])
    came, answered = threading.Semaphore(0), threading.Event()

    def answer(request: Request) -> Response:
        # no app says anything before the person's request is over
        answered.wait(30)
        came.release()
        return Response(status=200)

    httpserver.expect_request("/alive").respond_with_handler(answer)
    person = factories.UserFactory()
    session = factories.SessionFactory(user=person)
    for number in range(100):
        dead = number % 2
        url = "http://localhost:1/dead" if dead else httpserver.url_for("/alive")
        client = factories.ClientFactory(backchannel_logout_uri=url)
        factories.SessionClientFactory(session=session, client=client)
    revoke.session(session, "signed out")
    assert not came.acquire(blocking=False), "the person's request waited"
    answered.set()
    for _ in range(50):
        assert came.acquire(timeout=30)
    end = time.monotonic() + 30
    while LogoutDelivery.objects.filter(attempts=0).exists() or _threads():
        assert time.monotonic() < end
        time.sleep(0.05)
    states = LogoutDelivery.objects.values_list("state", flat=True)
    assert sorted(states) == ["delivered"] * 50 + ["waiting"] * 50


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "deliver_logouts"]
