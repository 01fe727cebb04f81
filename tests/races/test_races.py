"""One credential, many requests at the same moment: exactly one success, no token too many, no server error.

After each race the invariants hold: a code gives at most one answer and one live family (I1), nothing of a replayed family is active
(I2), what was revoked stays dead (I3), a family has at most one live refresh token (I4).
"""

import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.db.models import Count

from oauth_server import issuers
from oauth_server.keys import jose
from oauth_server.models import AccessToken, AuditEvent, Authorization, AuthorizationCode, Client, RefreshToken, Session
from oauth_server.registration import initial_access_token
from oauth_server.tokens import lookup
from tests import factories
from tests.flows import FORM, App, Browser, pairs
from tests.plugins.servers import Server
from tests.races.parallel import AT_ONCE, Answer, Line, at_once, post, redeem, refresh, together

Workers = Callable[..., Server]


def grant(app: App, server: Server) -> Authorization:
    """A person's grant to the app, with offline access."""
    family: Authorization = factories.AuthorizationFactory(client=app.row, audiences=[server.url])
    return family


def new_code(app: App, server: Server) -> str:
    row = factories.AuthorizationCodeFactory(authorization=grant(app, server), verifier=app.verifier)
    return str(row.clear)


def new_refresh_token(app: App, server: Server) -> str:
    return str(factories.RefreshTokenFactory(authorization=grant(app, server)).clear)


def tally(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.error) for answer in answers)


def assert_invariants(server: Server, app: App, answers: list[Answer]) -> None:
    assert not [answer for answer in answers if answer.status >= 500]
    live = RefreshToken.objects.filter(used_at=None, revoked=None, authorization__revoked_at=None)
    assert not live.values("authorization").annotate(lines=Count("id")).filter(lines__gt=1).exists()
    for answer in answers:
        for name in ("access_token", "refresh_token"):
            if name in answer.body:
                told = post(server, app, "/oauth2/introspect", token=answer.body[name])
                dead = not Authorization.objects.filter(revoked_at=None).exists()
                assert not (dead and told.body["active"])
    families = set(Authorization.objects.values_list("pk", flat=True))
    for model in (AccessToken, RefreshToken):
        assert set(model.objects.values_list("authorization", flat=True)) <= families


@pytest.mark.seed("S-58")
@pytest.mark.threat(18, 19)
@pytest.mark.asvs("10.4.2")
@pytest.mark.goal("R1")
def test_a_code_buys_once_however_many_ask_at_once(app: App, workers: Workers):
    server = workers()
    for _ in range(4):
        code = new_code(app, server)
        answers = at_once(server, [(app, "/oauth2/token", redeem(app, code))] * AT_ONCE)
        assert tally(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
        family = AuthorizationCode.objects.latest("id").authorization
        assert AccessToken.objects.filter(authorization=family).count() == 1
        assert RefreshToken.objects.filter(authorization=family).count() == 1
        # every loser was fully valid, and so a replay
        assert family.revoked_at is not None
        assert_invariants(server, app, answers)
    assert AuditEvent.objects.filter(event="family:revoked").count() == 4


@pytest.mark.threat(19, 32)
@pytest.mark.goal("R1")
def test_a_host_that_left_its_sqlite_as_it_was_loses_no_race(app: App, workers: Workers):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such setting")
    server = workers(sqlite="DEFERRED")
    code, token = new_code(app, server), new_refresh_token(app, server)
    answers = at_once(server, [(app, "/oauth2/token", redeem(app, code))] * AT_ONCE)
    assert tally(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
    answers = at_once(server, [(app, "/oauth2/token", refresh(token))] * AT_ONCE)
    assert tally(answers) == {(200, ""): AT_ONCE}
    assert len({answer.body["refresh_token"] for answer in answers}) == 1


@pytest.mark.threat(19, 20)
@pytest.mark.goal("R1")
def test_those_who_prove_nothing_take_nothing_from_the_owner(app: App, workers: Workers):
    server, thief = workers(), factories.app()
    for _ in range(4):
        code = new_code(app, server)
        good = (app, "/oauth2/token", redeem(app, code))
        wrong = (app, "/oauth2/token", {**redeem(app, code), "code_verifier": "x" * 43})
        elsewhere = (app, "/oauth2/token", {**redeem(app, code), "redirect_uri": "https://rp.example/other"})
        stolen = (thief, "/oauth2/token", redeem(app, code))
        answers = at_once(
            server, [wrong, stolen, stolen, wrong, good, elsewhere, stolen, wrong, wrong, elsewhere, stolen]
        )
        assert tally(answers) == {(200, ""): 1, (400, "invalid_grant"): 10}
        assert answers[4].status == 200
        assert AuthorizationCode.objects.latest("id").authorization.revoked_at is None
        assert post(server, app, "/oauth2/introspect", token=answers[4].body["access_token"]).body["active"]
    assert AccessToken.objects.count() == RefreshToken.objects.count() == 4


@pytest.mark.threat(20)
def test_guesses_at_once_are_counted_one_by_one(app: App, workers: Workers):
    server = workers()
    code = new_code(app, server)
    wrong = (app, "/oauth2/token", {**redeem(app, code), "code_verifier": "x" * 43})
    assert tally(at_once(server, [wrong] * AT_ONCE)) == {(400, "invalid_grant"): AT_ONCE}
    assert post(server, app, **redeem(app, code)).error == "invalid_grant"
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-67")
@pytest.mark.threat(32)
@pytest.mark.goal("R1")
def test_within_the_grace_everybody_gets_the_same_pair(app: App, workers: Workers):
    server = workers()
    for _ in range(4):
        token = new_refresh_token(app, server)
        answers = at_once(server, [(app, "/oauth2/token", refresh(token))] * AT_ONCE)
        assert tally(answers) == {(200, ""): AT_ONCE}
        assert len({(answer.body["access_token"], answer.body["refresh_token"]) for answer in answers}) == 1
        family = RefreshToken.objects.earliest("-id").authorization
        assert family.revoked_at is None
        assert RefreshToken.objects.filter(authorization=family).count() == 2
        assert AccessToken.objects.filter(authorization=family).count() == 1
        # the pair lives
        assert post(server, app, "/oauth2/introspect", token=answers[0].body["access_token"]).body["active"]
        assert post(server, app, **refresh(answers[0].body["refresh_token"])).status == 200
        assert_invariants(server, app, answers[:1])


@pytest.mark.threat(31, 32)
@pytest.mark.asvs("10.4.5")
@pytest.mark.goal("R1")
def test_without_grace_exactly_one_gets_a_pair(app: App, workers: Workers):
    server = workers(grace=0)
    for _ in range(4):
        token = new_refresh_token(app, server)
        answers = at_once(server, [(app, "/oauth2/token", refresh(token))] * AT_ONCE)
        assert tally(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
        family = RefreshToken.objects.earliest("-id").authorization
        assert RefreshToken.objects.filter(authorization=family).count() == 2
        assert AccessToken.objects.filter(authorization=family).count() == 1
        # the losers are replays
        assert family.revoked_at is not None
        assert_invariants(server, app, answers)


@pytest.mark.threat(32, 35)
def test_retries_for_different_parts_share_one_refresh_token(app: App, workers: Workers):
    server = workers()
    token = new_refresh_token(app, server)
    parts: list[dict[str, Any]] = [{}, {"scope": "openid"}, {"scope": "offline_access"}, {"scope": "phone"}]
    answers = at_once(server, [(app, "/oauth2/token", refresh(token, **part)) for part in parts * 4])
    assert tally(answers) == {(200, ""): 12, (400, "invalid_scope"): 4}
    good = [answer for answer in answers if answer.status == 200]
    assert len({answer.body["refresh_token"] for answer in good}) == 1
    for answer in good:
        told = post(server, app, "/oauth2/introspect", token=answer.body["access_token"]).body
        assert (told["active"], told["scope"]) == (True, answer.body["scope"])
    assert_invariants(server, app, good[:3])


@pytest.mark.threat(31, 32)
def test_two_generations_at_once_leave_one_line_or_none(app: App, workers: Workers):
    server = workers()
    for _ in range(3):
        old = new_refresh_token(app, server)
        new = post(server, app, **refresh(old)).body["refresh_token"]
        answers = at_once(server, [(app, "/oauth2/token", refresh(token)) for token in (old, new) * 6])
        assert not [answer for answer in answers if answer.status >= 500]
        assert_invariants(server, app, [answer for answer in answers if answer.status == 200][:3])


@pytest.mark.threat(33, 37, 110)
def test_what_was_revoked_among_refreshes_stays_dead(app: App, workers: Workers):
    server = workers()
    for _ in range(4):
        token = new_refresh_token(app, server)
        revocation = (app, "/oauth2/revoke", {"token": token})
        requests = [(app, "/oauth2/token", refresh(token))] * 6
        answers = at_once(server, [*requests[:3], revocation, *requests[3:]])
        assert answers[3].status == 200
        assert not [answer for answer in answers if answer.status >= 500]
        for answer in answers:
            for name in ("access_token", "refresh_token"):
                if name in answer.body:
                    assert not post(server, app, "/oauth2/introspect", token=answer.body[name]).body["active"]
        assert post(server, app, **refresh(token)).error == "invalid_grant"


@pytest.mark.threat(110)
def test_everything_at_once_on_the_same_families_locks_nobody_out(app: App, workers: Workers):
    server = workers()
    requests: list[tuple[App, str, dict[str, Any]]] = []
    for _ in range(4):
        code, token = new_code(app, server), new_refresh_token(app, server)
        row = RefreshToken.objects.latest("id")
        access = factories.AccessTokenFactory(authorization=row.authorization).clear
        requests += [(app, "/oauth2/token", redeem(app, code))] * 3
        requests += [(app, "/oauth2/token", refresh(token))] * 3
        requests += [(app, "/oauth2/revoke", {"token": access}), (app, "/oauth2/revoke", {"token": token})]
        requests += [(app, "/oauth2/introspect", {"token": access})] * 2
        requests += [(app, "/oauth2/token", {"grant_type": "client_credentials"})] * 2
    answers = at_once(server, requests)
    assert not [answer for answer in answers if answer.status not in {200, 400}]
    assert_invariants(server, app, [])


@pytest.mark.threat(110, 112)
def test_the_first_tokens_of_a_client_hang_on_one_family(app: App, workers: Workers):
    server = workers()
    answers = at_once(server, [(app, "/oauth2/token", {"grant_type": "client_credentials"})] * AT_ONCE)
    assert tally(answers) == {(200, ""): AT_ONCE}
    assert Authorization.objects.count() == 1
    assert Client.objects.get(pk=app.row.pk).standing_id == Authorization.objects.get().pk
    for answer in answers[:4]:
        assert post(server, app, "/oauth2/introspect", token=answer.body["access_token"]).body["active"]


@pytest.mark.threat(28, 110)
def test_of_many_clicks_one_makes_a_code(app: App, workers: Workers):
    server, person = workers(), factories.UserFactory()
    browser = Browser()
    browser.force_sign_in(person)
    asked = {name: [value] for name, value in pairs(app.request())}
    waiting = factories.InteractionFactory(client=app.row, user=person, request=asked)
    cookies = f"sessionid={browser.cookies['sessionid']}; oauth_server_browser={'b' * 43}"
    path = f"/oauth2/interaction/{waiting.clear}"
    found = together([partial(Line(server).send, "GET", path, Cookie=cookies) for _ in range(8)])
    assert Counter(status for status, _, _ in found) == {303: 1, 400: 7}
    assert AuthorizationCode.objects.count() == Authorization.objects.count() == 1
    (location,) = [headers["location"] for status, headers, _ in found if status == 303]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert post(server, app, **redeem(app, code)).status == 200


@pytest.mark.threat(22, 29, 30)
@pytest.mark.spec("RFC 9126", "7.3")
@pytest.mark.parametrize("how", ["pushed", "signed"])
def test_a_pushed_or_signed_request_completes_once_however_often_it_is_opened(workers: Workers, how: str):
    _, public, private = jose.generate("ES256")
    server, app, browser = workers(), factories.app(client_jwks={"keys": [public]}), Browser()
    browser.force_sign_in(factories.UserFactory())
    cookie = f"sessionid={browser.cookies['sessionid']}"
    asked = {name: value for name, value in app.request().items() if value}
    if how == "pushed":
        brought = {"request_uri": post(server, app, "/oauth2/par", **asked).body["request_uri"]}
    else:
        claims = {**asked, "iss": app.client_id, "aud": server.url, "jti": "one", "exp": int(time.time()) + 300}
        brought = {"request": jose.sign(claims, jose.load(private), typ="oauth-authz-req+jwt")}
    path = f"/oauth2/auth?{urlencode({'client_id': app.client_id, **brought})}"
    found = together([partial(Line(server).send, "GET", path, Cookie=cookie) for _ in range(8)])
    assert {status for status, _, _ in found} <= {303, 400}
    told = [parse_qs(urlsplit(headers["location"]).query) for status, headers, _ in found if status == 303]
    assert len([answer for answer in told if "code" in answer]) == 1
    expected = "invalid_request_uri" if how == "pushed" else "invalid_request_object"
    assert all(answer.get("error", [expected]) == [expected] for answer in told)
    assert AuthorizationCode.objects.count() == Authorization.objects.count() == 1


@pytest.mark.threat(37, 82)
def test_two_first_tabs_at_once_are_one_sign_in(app: App, workers: Workers):
    server, browser = workers(), Browser()
    browser.force_sign_in(factories.UserFactory())
    cookie = f"sessionid={browser.cookies['sessionid']}"
    found = together([partial(Line(server).send, "GET", app.authorize_url(), Cookie=cookie) for _ in range(8)])
    assert Counter(status for status, _, _ in found) == {303: 8}
    assert Session.objects.count() == 1
    assert set(Authorization.objects.values_list("session", flat=True)) == {Session.objects.get().pk}


@pytest.mark.threat(106, 112)
@pytest.mark.goal("R1")
def test_whoever_lost_the_answer_never_holds_two_grants(app: App, workers: Workers):
    server = workers()
    code, token = new_code(app, server), new_refresh_token(app, server)
    for values in (redeem(app, code), refresh(token)):
        cut(server, app, values)
    # the code was used or not; a second use gives a grant only if the first one did not
    used = AuthorizationCode.objects.get().used_at is not None
    assert post(server, app, **redeem(app, code)).status == (400 if used else 200)
    family = AuthorizationCode.objects.get().authorization
    assert AccessToken.objects.filter(authorization=family).count() == 1
    # a refresh can be repeated, and gives what was lost
    again = post(server, app, **refresh(token))
    assert again.status == 200
    assert post(server, app, "/oauth2/introspect", token=again.body["access_token"]).body["active"]
    line = RefreshToken.objects.exclude(authorization=family)
    assert line.filter(used_at=None).count() == 1
    assert_invariants(server, app, [again])


def cut(server: Server, app: App, values: dict[str, Any]) -> None:
    """Send a request and hang up before the answer."""
    headers, _ = app.credentials()
    body = urlencode(values)
    head = (
        f"POST /oauth2/token HTTP/1.1\r\nHost: localhost:{server.port}\r\nAuthorization: {headers['authorization']}\r\n"
    )
    head += f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("localhost", server.port)) as line:
        line.sendall(f"{head}{body}".encode())
    # until the worker has done what it was asked for
    end = time.monotonic() + 5
    while time.monotonic() < end and not AccessToken.objects.filter(authorization=family_of(values)).exists():
        time.sleep(0.05)


def family_of(values: dict[str, Any]) -> Authorization:
    found = lookup.find(values.get("code") or values["refresh_token"])
    assert found is not None
    return found.authorization


@pytest.mark.threat(34, 108)
@pytest.mark.goal("R1")
def test_a_restart_forgets_no_use(app: App, start_server: Callable[..., Server]):
    first = start_server(workers=2)
    token, code = new_refresh_token(app, first), new_code(app, first)
    renewed = post(first, app, **refresh(token)).body
    assert post(first, app, **redeem(app, code)).status == 200
    again = post(first, app, **refresh(renewed["refresh_token"])).body
    first.kill()
    second = start_server(workers=2, OAUTH_SERVER_ISSUER=first.url)
    ask = partial(post, second, app, host=f"localhost:{first.port}")
    assert ask(**refresh(token)).error == "invalid_grant"
    assert ask(**redeem(app, code)).error == "invalid_grant"
    assert ask("/oauth2/introspect", token=again["access_token"]).body == {"active": False}
    assert not Authorization.objects.filter(revoked_at=None).exists()


@pytest.mark.threat(44)
@pytest.mark.goal("R1")
@pytest.mark.spec("RFC 7523", "3")
def test_an_assertion_authenticates_once_however_many_send_it_at_once(workers: Workers):
    server = workers()
    for _ in range(4):
        # one of its own each time: the refusals count against the limit of a client
        app = factories.app(token_endpoint_auth_method="private_key_jwt")
        same = {"grant_type": "client_credentials", **app.assertion(aud=server.url)}
        sender = App(Client(client_id=app.client_id, token_endpoint_auth_method="none"))
        answers = at_once(server, [(sender, "/oauth2/token", {"client_id": None, **same})] * AT_ONCE)
        assert tally(answers) == {(200, ""): 1, (401, "invalid_client"): AT_ONCE - 1}


@pytest.mark.threat(96)
@pytest.mark.spec("RFC 7591", "3")
def test_the_last_place_of_an_initial_access_token_goes_to_one(workers: Workers):
    server = workers()
    row, value = initial_access_token.make(issuers.first(), most=3)
    body = json.dumps({"redirect_uris": ["https://rp.example/callback"]})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {value}"}
    lines = [Line(server) for _ in range(AT_ONCE)]
    jobs = [partial(line.send, "POST", "/oauth2/register", body, **headers) for line in lines]
    statuses = Counter(status for status, _, _ in together(jobs))
    assert statuses == {201: 3, 401: AT_ONCE - 3}
    row.refresh_from_db()
    assert row.used == Client.objects.filter(registration_source="dcr").count() == 3
