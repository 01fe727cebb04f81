"""RFC 6749 §2.3: exactly one method, the registered one, at every endpoint at which clients authenticate."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from django.db import connection
from django.test import Client as HTTP
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth_server import clock, conf, digest
from oauth_server.client_auth import secret
from oauth_server.models import AccessToken, Attempt, AuditEvent, Client, ClientSecret
from tests import factories
from tests.effort import at_most
from tests.flows import FORM, App
from tests.specs.oracle import same_answer

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 6749", "2.3")]

METHODS = ("client_secret_basic", "client_secret_post", "none")
# Each with a request that says 401 when authentication fails, and something else when it succeeds
ENDPOINTS = {
    "/oauth2/token": ({"grant_type": "refresh_token", "refresh_token": "x"}, 400),
    "/oauth2/introspect": ({"token": "x"}, 200),
    "/oauth2/revoke": ({"token": "x"}, 200),
}
Headers = dict[str, str]
Body = list[tuple[str, str]]


def basic(client_id: str, value: str) -> Headers:
    return {
        "authorization": "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(value)}".encode()).decode()
    }


def presented(method: str, client_id: str, value: str) -> tuple[Headers, Body]:
    match method:
        case "client_secret_basic":
            return basic(client_id, value), []
        case "client_secret_post":
            return {}, [("client_id", client_id), ("client_secret", value)]
        case _:
            return {}, [("client_id", client_id)]


def send(path: str, headers: Headers, body: Body, **extra: Any) -> Any:
    values, _ = ENDPOINTS[path]
    return HTTP().post(path, urlencode([*body, *values.items()]), content_type=FORM, headers=headers, **extra)


def registered(method: str, **fields: Any) -> App:
    grants = ["authorization_code", "refresh_token"] + ([] if method == "none" else ["client_credentials"])
    made = factories.app(token_endpoint_auth_method=method, grant_types=grants, **fields)
    if method == "none":
        made.secret = "anything"
    return made


@pytest.mark.seed("S-35")
@pytest.mark.threat(40)
@pytest.mark.asvs("10.4.10")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("used", [*METHODS, "nothing"])
@pytest.mark.parametrize("method", METHODS)
def test_only_the_registered_method_is_taken(method: str, used: str, path: str):
    app = registered(method)
    headers, body = ({}, []) if used == "nothing" else presented(used, app.client_id, app.secret)
    response = send(path, headers, body)
    may = used == method and not (method == "none" and path == "/oauth2/introspect")
    assert response.status_code == (ENDPOINTS[path][1] if may else 401), response.content
    if not may:
        assert response.json()["error"] == "invalid_client"


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("method", METHODS[:2])
def test_a_wrong_secret_is_refused_everywhere(method: str, path: str):
    app = registered(method)
    for wrong in ("", "x", app.secret[:-1], app.secret + "x", app.secret.swapcase(), app.client_id):
        headers, body = presented(method, app.client_id, wrong)
        response = send(path, headers, body)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), wrong


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.seed("S-36")
def test_a_refusal_names_the_scheme_and_the_realm(app: App):
    response = send("/oauth2/token", basic(app.client_id, "wrong"), [])
    assert response["WWW-Authenticate"] == 'Basic realm="http://testserver", charset="UTF-8"'
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"


def pairs_of(app: App) -> dict[str, tuple[Headers, Body]]:
    right, wrong = app.secret, "wrong"
    return {
        "wrong Basic, right body": (basic(app.client_id, wrong), [("client_secret", right)]),
        "right Basic, wrong body": (basic(app.client_id, right), [("client_secret", wrong)]),
        "both right": (basic(app.client_id, right), [("client_id", app.client_id), ("client_secret", right)]),
        "broken Basic, right body": (
            {"authorization": "Basic !"},
            [("client_id", app.client_id), ("client_secret", right)],
        ),
        "Bearer, right body": ({"authorization": "Bearer x"}, [("client_id", app.client_id), ("client_secret", right)]),
        "the body twice": ({}, [("client_id", app.client_id), ("client_secret", right), ("client_secret", right)]),
        "right Basic, another client in the body": (basic(app.client_id, right), [("client_id", "other")]),
    }


@pytest.mark.seed("S-35")
@pytest.mark.threat(39)
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("method", METHODS[:2])
@pytest.mark.parametrize("pair", pairs_of(App(Client(client_id="x"))))
def test_two_methods_at_once_are_a_malformed_request(pair: str, method: str, path: str):
    app = registered(method)
    headers, body = pairs_of(app)[pair]
    response = send(path, headers, body)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), pair
    assert not AccessToken.objects.exists()


def test_basic_with_the_same_client_id_in_the_body_is_one_method(app: App):
    assert send("/oauth2/revoke", basic(app.client_id, app.secret), [("client_id", app.client_id)]).status_code == 200


@pytest.mark.seed("S-37")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_credentials_in_the_url_are_refused(method: str, path: str):
    app = registered(method)
    query = urlencode({"client_id": app.client_id, "client_secret": app.secret})
    response = HTTP().post(f"{path}?{query}", urlencode(ENDPOINTS[path][0]), content_type=FORM)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


BROKEN: dict[str, str] = {
    "nothing": "Basic",
    "nothing after the space": "Basic ",
    "no base64": "Basic !!!",
    "cut base64": "Basic eDp",
    "base64url of other characters": "Basic _-8=",
    "no colon": "Basic " + base64.b64encode(b"id").decode(),
    "no id": "Basic " + base64.b64encode(b":secret").decode(),
    "no secret": "Basic " + base64.b64encode(b"id:").decode(),
    "only a colon": "Basic Og==",
    "NUL in the id": "Basic " + base64.b64encode(b"i\x00d:secret").decode(),
    "NUL in the secret": "Basic " + base64.b64encode(b"id:s\x00ecret").decode(),
    "encoded NUL": "Basic " + base64.b64encode(b"i%00d:secret").decode(),
    "no UTF-8": "Basic " + base64.b64encode(b"\xff\xfe:secret").decode(),
    "encoded bytes that are no UTF-8": "Basic " + base64.b64encode(b"%ff%fe:secret").decode(),
    "an encoded surrogate": "Basic " + base64.b64encode(b"%ed%a0%80:secret").decode(),
    "an overlong form": "Basic " + base64.b64encode(b"%c0%80:secret").decode(),
    "half an escape": "Basic " + base64.b64encode(b"id%:secret%z").decode(),
    "two at once": "Basic aWQ6c2VjcmV0, Basic aWQ6c2VjcmV0",
    "100 kB": "Basic " + base64.b64encode(b"x" * 100_000 + b":y").decode(),
    "another scheme": "Digest username=id",
    "a bearer token": "Bearer oas_at_x",
    "no scheme": base64.b64encode(b"id:secret").decode(),
    "empty": "",
    "Latin-1": "Basic é",
}


@pytest.mark.seed("S-36")
@pytest.mark.threat(41)
@pytest.mark.threat(69)
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_header_that_cannot_be_read_is_an_unknown_client(name: str, path: str):
    response = send(path, {"authorization": BROKEN[name]}, [])
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "BaSiC"])
def test_the_name_of_the_scheme_has_no_case(app: App, scheme: str):
    encoded = basic(app.client_id, app.secret)["authorization"].removeprefix("Basic ")
    assert send("/oauth2/revoke", {"authorization": f"{scheme} {encoded}"}, []).status_code == 200
    assert send("/oauth2/revoke", {"authorization": f"{scheme}  {encoded} "}, []).status_code == 200


def replace_secret(client: Client, value: str) -> None:
    client.secrets.all().delete()
    ClientSecret.objects.create(client=client, verifier=digest.digest(digest.Kind.CLIENT_SECRET, value))


ENCODERS: tuple[Callable[[str], str], ...] = (quote_plus, lambda value: quote(value, safe=""))


@pytest.mark.seed("S-36")
@pytest.mark.threat(41)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60)
    | st.sampled_from(["a:b", ":", "a+b", "a b", "a%20b", "%", "%zz", "é", "日本", "=&=", "a" * 2_000])
)
def test_any_secret_survives_the_encoding(app: App, value: str):
    replace_secret(app.row, value)
    for encode in ENCODERS:
        joined = f"{encode(app.client_id)}:{encode(value)}".encode()
        header = {"authorization": "Basic " + base64.b64encode(joined).decode()}
        assert send("/oauth2/revoke", header, []).status_code == 200
    Client.objects.filter(pk=app.row.pk).update(token_endpoint_auth_method="client_secret_post")
    assert send("/oauth2/revoke", {}, [("client_id", app.client_id), ("client_secret", value)]).status_code == 200
    Client.objects.filter(pk=app.row.pk).update(token_endpoint_auth_method="client_secret_basic")


@pytest.mark.threat(41)
def test_generated_secrets_need_no_encoding():
    value = registered("client_secret_basic").secret
    assert value == quote_plus(value)


@pytest.mark.seed("S-34")
@pytest.mark.seed("S-38")
@pytest.mark.threat(40)
@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
def test_a_public_client_that_sends_a_secret_is_refused(path: str):
    app = registered("none")
    for value in ("x", "dummy", app.row.client_secret):
        headers, body = presented("client_secret_post", app.client_id, value)
        assert send(path, headers, body).status_code == 401
        headers, body = presented("client_secret_basic", app.client_id, value)
        assert send(path, headers, body).status_code == 401
    # an empty parameter counts as absent (§3.1)
    headers, body = presented("client_secret_post", app.client_id, "")
    assert send(path, headers, body).status_code == ENDPOINTS[path][1]


@pytest.mark.seed("S-34")
@pytest.mark.threat(100)
def test_what_the_tables_hold_is_no_secret(app: App):
    row = app.row.secrets.get()
    stored = [app.row.client_secret, row.verifier, row.hint, str(row.pk), str(app.row.pk), "", "!", "pbkdf2_sha256"]
    for value in stored:
        assert send("/oauth2/revoke", basic(app.client_id, value), []).status_code == 401, value
    Client.objects.filter(pk=app.row.pk).update(token_endpoint_auth_method="client_secret_post")
    for value in stored:
        headers, body = presented("client_secret_post", app.client_id, value)
        assert send("/oauth2/revoke", headers, body).status_code == 401, value


def test_two_secrets_are_good_while_one_takes_the_place_of_the_other(app: App):
    second = secret.issue(app.row)
    for value in (app.secret, second):
        assert send("/oauth2/revoke", basic(app.client_id, value), []).status_code == 200
    app.row.secrets.earliest("pk").delete()
    assert send("/oauth2/revoke", basic(app.client_id, app.secret), []).status_code == 401
    assert send("/oauth2/revoke", basic(app.client_id, second), []).status_code == 200


def test_a_secret_ends_when_it_says(app: App, moving_clock: Any):
    value = secret.issue(app.row, expires=clock.now() + timedelta(hours=1))
    moving_clock.move(3599)
    assert send("/oauth2/revoke", basic(app.client_id, value), []).status_code == 200
    moving_clock.move(2)
    assert send("/oauth2/revoke", basic(app.client_id, value), []).status_code == 401
    assert app.client_credentials().status_code == 200


@pytest.mark.threat(39, 40)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_header_that_was_good_before_is_good_as_long_as_its_secret(app: App, path: str, moving_clock: Any):
    _, passed = ENDPOINTS[path]
    again = basic(app.client_id, app.secret)
    others = [body for name, (headers, body) in pairs_of(app).items() if headers == again and name.startswith("right")]
    for _ in range(3):
        assert send(path, again, []).status_code == passed
        assert {send(path, again, body).status_code for body in others} == {400}
    app.row.secrets.update(expires=clock.now() + timedelta(hours=1))
    assert send(path, again, []).status_code == passed
    moving_clock.move(3601)
    assert send(path, again, []).status_code == 401
    app.row.secrets.update(expires=None)
    assert send(path, again, []).status_code == passed
    app.row.secrets.all().delete()
    new = secret.issue(app.row)
    assert send(path, again, []).status_code == 401
    assert send(path, basic(app.client_id, new), []).status_code == passed


CHOSEN = "a secret which a person chose"


@pytest.fixture
def chosen() -> App:
    app = registered("client_secret_basic")
    app.row.secrets.all().delete()
    secret.choose(app.row, CHOSEN)
    app.secret = CHOSEN
    return app


@pytest.mark.seed("S-66")
def test_a_chosen_secret_works_and_is_kept_as_a_hash(chosen: App):
    assert chosen.client_credentials().status_code == 200
    row = chosen.row.secrets.get()
    assert (row.kind, row.hint) == ("hash", "")
    assert CHOSEN not in row.verifier
    assert send("/oauth2/revoke", basic(chosen.client_id, CHOSEN + "x"), []).status_code == 401


@pytest.mark.threat(100)
def test_the_hash_of_a_chosen_secret_is_no_secret(chosen: App):
    assert send("/oauth2/revoke", basic(chosen.client_id, chosen.row.secrets.get().verifier), []).status_code == 401


def guess(app: App, times: int, **extra: Any) -> list[int]:
    return [send("/oauth2/token", basic(app.client_id, f"wrong {n}"), [], **extra).status_code for n in range(times)]


@pytest.mark.threat(50)
def test_guesses_are_limited_and_the_real_client_goes_on(app: App):
    answers = guess(app, 1_000)
    limit = conf.settings.CLIENT_SECRET_FAILURES
    assert answers == [401] * limit + [429] * (1_000 - limit)
    refused = send("/oauth2/token", basic(app.client_id, "wrong"), [])
    assert refused.json()["error"] == "invalid_client"
    assert 1 <= int(refused["Retry-After"]) <= conf.settings.LIMIT_WINDOW
    # 256 random bits are not guessed: the owner works on, from the same address too
    assert app.client_credentials().status_code == 200


@pytest.mark.threat(50)
def test_guesses_at_a_chosen_secret_end_where_they_come_from(chosen: App):
    limit = conf.settings.CLIENT_SECRET_FAILURES
    answers = guess(chosen, limit + 10, REMOTE_ADDR="198.51.100.7")
    assert answers[limit:] == [429] * 10
    evil = {"REMOTE_ADDR": "198.51.100.7"}
    assert send("/oauth2/revoke", basic(chosen.client_id, CHOSEN), [], **evil).status_code == 429
    assert send("/oauth2/revoke", basic(chosen.client_id, CHOSEN), [], REMOTE_ADDR="203.0.113.1").status_code == 200


@pytest.mark.threat(50)
@pytest.mark.threat(86)
def test_a_forwarded_address_gives_no_further_guesses(app: App):
    limit = conf.settings.CLIENT_SECRET_FAILURES
    answers = [
        send("/oauth2/token", {**basic(app.client_id, "wrong"), "x-forwarded-for": f"198.51.100.{n}"}, []).status_code
        for n in range(limit + 5)
    ]
    assert answers == [401] * limit + [429] * 5


@pytest.mark.threat(50)
def test_the_limit_ends_with_its_window(chosen: App, moving_clock: Any):
    guess(chosen, conf.settings.CLIENT_SECRET_FAILURES + 1)
    assert chosen.client_credentials().status_code == 429
    moving_clock.move(conf.settings.LIMIT_WINDOW + 1)
    assert chosen.client_credentials().status_code == 200


@pytest.mark.threat(50)
def test_right_secrets_count_nothing(chosen: App):
    for _ in range(conf.settings.CLIENT_SECRET_FAILURES + 5):
        assert chosen.client_credentials().status_code == 200
    assert Attempt.objects.filter(count__gt=0).count() == 0


@pytest.mark.threat(42)
@pytest.mark.threat(101)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_unknown_client_and_a_wrong_secret_look_alike(app: App, path: str):
    def wrong() -> Any:
        return send(path, basic(app.client_id, "wrong"), [])

    def unknown() -> Any:
        return send(path, basic("unknown", "wrong"), [])

    same_answer(wrong(), unknown())
    counts = []
    for ask in (wrong, unknown):
        with CaptureQueriesContext(connection) as queries:
            ask()
        counts.append(len(queries))
    assert counts[0] == counts[1], "the number of statements tells whether the client exists"


@pytest.mark.threat(101)
def test_a_disabled_client_looks_like_an_unknown_one(app: App):
    before = send("/oauth2/token", basic("unknown", app.secret), [])
    Client.objects.filter(pk=app.row.pk).update(enabled=False)
    same_answer(send("/oauth2/token", basic(app.client_id, app.secret), []), before)


@pytest.mark.threat(37)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_client_that_is_switched_off_is_refused_at_once(app: App, path: str):
    values = {"grant_type": "client_credentials"} if path == "/oauth2/token" else ENDPOINTS[path][0]
    assert app.post(path, **values).status_code == 200
    Client.objects.filter(pk=app.row.pk).update(enabled=False)
    assert app.post(path, **values).status_code == 401


@pytest.mark.seed("S-52")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_client_of_another_issuer_is_unknown(app: App, path: str):
    factories.IssuerFactory(slug="other")
    values, good = ENDPOINTS[path]
    body = urlencode(values)
    header = basic(app.client_id, app.secret)
    assert HTTP().post(f"/other{path}", body, content_type=FORM, headers=header).status_code == 401
    assert HTTP().post(path, body, content_type=FORM, headers=header).status_code == good


@pytest.mark.threat(42)
def test_a_generated_secret_is_checked_in_less_than_a_millisecond(app: App):
    client = Client.objects.prefetch_related("secrets").get(pk=app.row.pk)
    with at_most(0.1):
        for _ in range(100):
            assert secret.verify(client, app.secret, "")


@pytest.mark.threat(99)
def test_refusals_are_recorded_without_what_was_sent(app: App):
    for _ in range(50):
        send("/oauth2/token", basic(app.client_id, "the-wrong-secret"), [])
    events = AuditEvent.objects.filter(event="client:refused")
    assert 1 <= events.count() <= 30
    assert "the-wrong-secret" not in str(list(events.values()))
    assert set(events.values_list("object", flat=True)) == {"/oauth2/token"}
