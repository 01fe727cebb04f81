"""The authorization code: what it buys, for whom, how long, and that it buys it once."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import DatabaseError, connection

from oauth_server import clock
from oauth_server.models import AccessToken, AuditEvent, Authorization, AuthorizationCode, RefreshToken
from oauth_server.tokens import opaque
from tests import factories
from tests.conftest import Clock
from tests.flows import FORM, App, Browser, challenge_of, error

FULL = "openid profile offline_access"


@pytest.fixture
def code(app: App, signed_in: Browser) -> str:
    return app.code(signed_in, scope=FULL)


def stored() -> tuple[int, int]:
    return AccessToken.objects.count(), RefreshToken.objects.count()


@pytest.mark.seed("S-49", "S-51")
@pytest.mark.threat(90)
@pytest.mark.spec("RFC 6749", "5.1")
def test_a_code_buys_tokens(app: App, code: str):
    answer = app.redeem(code)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (body["token_type"], body["scope"]) == ("Bearer", FULL)
    assert 3590 <= body["expires_in"] <= 3600
    assert stored() == (1, 1)


@pytest.mark.seed("S-49")
@pytest.mark.spec("RFC 6749", "4.1.3")
def test_parameters_come_in_any_order(app: App, code: str):
    values = {"code_verifier": app.verifier, "redirect_uri": app.redirect_uri, "code": code}
    assert app.post("/oauth2/token", **values, grant_type="authorization_code").status_code == 200


@pytest.mark.seed("S-26", "S-27")
@pytest.mark.parametrize(
    ("scope", "fields", "expected"),
    [
        ("profile", {}, set()),
        ("openid", {}, {"id_token"}),
        ("profile offline_access", {}, {"refresh_token"}),
        ("profile offline", {}, {"refresh_token"}),
        ("openid offline", {}, {"refresh_token", "id_token"}),
        ("openid offline_access", {"grant_types": ["authorization_code"]}, {"id_token"}),
        ("openid", {"refresh_token_rule": "always"}, {"refresh_token", "id_token"}),
        ("openid", {"refresh_token_rule": "always", "grant_types": ["authorization_code"]}, {"id_token"}),
    ],
    ids=str,
)
@pytest.mark.spec("OpenID Connect Core 1.0", "11")
def test_which_tokens_are_due(signed_in: Browser, scope: str, fields: dict[str, Any], expected: set[str]):
    body = factories.app(**fields).tokens(signed_in, scope=scope)
    assert set(body) - {"access_token", "token_type", "expires_in", "scope"} == expected
    assert body["scope"] == scope.replace("offline_access", "offline").replace("offline", "offline_access")


def test_without_scope_the_clients_default_is_granted(signed_in: Browser):
    app = factories.app(default_scopes="profile email")
    assert app.tokens(signed_in, scope=None)["scope"] == "profile email"
    assert factories.app().tokens(signed_in, scope=None)["scope"] == ""


# once


@pytest.mark.seed("S-58")
@pytest.mark.threat(18)
@pytest.mark.asvs("10.4.2")
@pytest.mark.spec("RFC 6749", "4.1.2")
def test_a_second_use_ends_all_that_the_first_one_bought(app: App, code: str):
    first = app.redeem(code).json()
    since = app.refresh(first["refresh_token"]).json()
    assert app.is_active(first["access_token"])
    assert app.is_active(since["access_token"])
    assert error(app.redeem(code)) == (400, "invalid_grant")
    for token in (first["access_token"], since["access_token"], since["refresh_token"], first["refresh_token"]):
        assert not app.is_active(token)
    assert app.userinfo(since["access_token"]).status_code == 401
    assert error(app.refresh(since["refresh_token"])) == (400, "invalid_grant")
    assert AuditEvent.objects.filter(event="code:replayed").count() == 1
    assert stored() == (2, 2)


@pytest.mark.threat(18)
def test_a_third_use_finds_nothing_to_end(app: App, code: str):
    app.redeem(code)
    assert [error(app.redeem(code)) for _ in range(3)] == [(400, "invalid_grant")] * 3
    assert AuditEvent.objects.filter(event="family:revoked").count() == 1


@pytest.mark.threat(18)
def test_a_second_use_that_proves_nothing_ends_nothing(app: App, code: str):
    body = app.redeem(code).json()
    other = factories.app()
    for answer in (
        other.redeem(code, code_verifier=app.verifier),
        app.redeem(code, code_verifier="x" * 43),
        app.redeem(code, code_verifier=None),
        app.redeem(code, redirect_uri="https://rp.example/other"),
    ):
        assert error(answer) == (400, "invalid_grant")
    app.secret = "wrong"
    assert error(app.redeem(code)) == (401, "invalid_client")
    app.secret = app.row.clear
    assert app.is_active(body["access_token"])
    assert app.refresh(body["refresh_token"]).status_code == 200


@pytest.mark.threat(18)
def test_a_late_duplicate_is_only_refused_where_that_is_set(app: App, code: str, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CODE_REPLAY_TOLERANCE": 5}
    body = app.redeem(code).json()
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert app.is_active(body["access_token"])


# bound


@pytest.mark.threat(12, 20, 25, 36)
@pytest.mark.seed("S-41", "S-49", "S-55")
@pytest.mark.spec("RFC 6749", "4.1.3")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"redirect_uri": "https://rp.example/other"}, "invalid_grant"),
        ({"redirect_uri": "https://rp.example/callback/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"redirect_uri": ["https://rp.example/callback"] * 2}, "invalid_request"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "x" * 86}, "invalid_grant"),
        ({"code_verifier": "x" * 42}, "invalid_grant"),
        ({"code_verifier": "x" * 129}, "invalid_grant"),
        ({"code_verifier": "é" * 43}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"code": "x"}, "invalid_grant"),
        ({"code": "x" * 60_000}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
    ],
    ids=lambda v: str(v)[:50],
)
def test_a_wrong_request_is_refused_and_leaves_the_code_to_its_owner(
    app: App, code: str, change: dict[str, Any], expected: str
):
    assert error(app.redeem(code, **change)) == (400, expected)
    assert stored() == (0, 0)
    assert app.redeem(code).status_code == 200


@pytest.mark.threat(20)
@pytest.mark.parametrize("public", [False, True])
def test_another_client_cannot_use_it_nor_use_it_up(app: App, code: str, public: bool):
    thief = factories.app(token_endpoint_auth_method="none") if public else factories.app()
    for _ in range(8):
        assert error(thief.redeem(code, code_verifier=app.verifier)) == (400, "invalid_grant")
        assert error(thief.redeem(code)) == (400, "invalid_grant")
    assert app.redeem(code).status_code == 200


@pytest.mark.threat(20)
def test_the_fifth_wrong_verifier_uses_it_up(app: App, code: str):
    for _ in range(4):
        assert error(app.redeem(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert AuthorizationCode.objects.get().used_at is None
    assert error(app.redeem(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert stored() == (0, 0)


@pytest.mark.threat(20)
def test_four_wrong_verifiers_leave_it_to_its_owner(app: App, code: str):
    for _ in range(4):
        app.redeem(code, code_verifier="x" * 43)
    assert app.redeem(code).status_code == 200


@pytest.mark.threat(18, 20)
def test_a_wrong_verifier_in_the_moment_of_the_first_use_does_not_give_it_back(
    app: App, code: str, moving_clock: Clock
):
    assert app.redeem(code).status_code == 200
    for _ in range(6):
        assert error(app.redeem(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert stored() == (1, 1)


@pytest.mark.seed("S-55", "S-38")
@pytest.mark.threat(23, 40)
def test_secret_and_verifier_are_both_asked_for(app: App, public_app: App, signed_in: Browser, code: str):
    app.secret = "wrong"
    assert error(app.redeem(code)) == (401, "invalid_client")
    app.secret = app.row.clear
    assert app.redeem(code).status_code == 200
    theirs = public_app.code(signed_in)
    assert error(public_app.redeem(theirs, code_verifier=None)) == (400, "invalid_grant")
    assert public_app.redeem(theirs).status_code == 200
    assert error(public_app.authorize(signed_in, code_challenge=None, code_challenge_method=None)) == (
        303,
        "invalid_request",
    )


@pytest.mark.seed("S-38", "S-42")
@pytest.mark.threat(23)
@pytest.mark.asvs("10.4.6")
@pytest.mark.spec("RFC 9700", "4.8.2")
def test_pkce_for_a_client_that_is_freed_of_it(signed_in: Browser):
    app = factories.app(require_pkce=False)
    none = {"code_challenge": None, "code_challenge_method": None}
    with_it, without = app.code(signed_in), app.code(signed_in, **none)
    # a challenge once sent always binds
    assert error(app.redeem(with_it, code_verifier=None)) == (400, "invalid_grant")
    assert app.redeem(with_it).status_code == 200
    # a verifier without challenge is a downgrade under way
    assert error(app.redeem(without)) == (400, "invalid_grant")
    assert app.redeem(without, code_verifier=None).status_code == 200
    public = factories.app(require_pkce=False, token_endpoint_auth_method="none")
    assert error(public.authorize(signed_in, **none)) == (303, "invalid_request")


@pytest.mark.seed("S-54")
@pytest.mark.threat(23)
@pytest.mark.spec("RFC 7636", "4.6")
@pytest.mark.parametrize(("length", "expected"), [(42, 400), (43, 200), (86, 200), (128, 200), (129, 400)])
def test_the_length_of_a_verifier(app: App, signed_in: Browser, length: int, expected: int):
    verifier = "v" * length
    code = app.code(signed_in, code_challenge=challenge_of(verifier))
    assert app.redeem(code, code_verifier=verifier).status_code == expected


@pytest.mark.threat(23)
def test_the_challenge_is_no_verifier(app: App, signed_in: Browser):
    code = app.code(signed_in)
    assert error(app.redeem(code, code_verifier=challenge_of(app.verifier))) == (400, "invalid_grant")


@pytest.mark.threat(25)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.7")
def test_the_nonce_is_the_requests(app: App, signed_in: Browser):
    mine, theirs = (app.code(signed_in, nonce=nonce) for nonce in ("mine", "theirs"))
    for code, nonce in ((theirs, "theirs"), (mine, "mine")):
        token = app.redeem(code, nonce="injected").json()["id_token"]
        assert jwt.decode(token, options={"verify_signature": False})["nonce"] == nonce


# of its kind


@pytest.mark.threat(22)
def test_nothing_else_is_a_code_and_a_code_is_nothing_else(app: App, signed_in: Browser, code: str):
    body = app.redeem(app.code(signed_in, scope=FULL, nonce="nonce-of-the-request")).json()
    handle = factories.InteractionFactory(client=app.row).clear
    for value in (
        *(body[name] for name in ("access_token", "refresh_token", "id_token")),
        handle,
        app.secret,
        "nonce-of-the-request",
        code.replace("_ac_", "_rt_"),
        AuthorizationCode.objects.first().code,
    ):
        assert error(app.redeem(value)) == (400, "invalid_grant")
    for value in (code, body["access_token"], code.replace("_ac_", "_rt_")):
        assert error(app.refresh(value)) == (400, "invalid_grant")
    for value in (code, code.replace("_ac_", "_at_"), body["id_token"]):
        assert not app.is_active(value)
        assert app.userinfo(value).status_code == 401
    assert app.redeem(code).status_code == 200
    assert app.is_active(body["access_token"])


# for a while


@pytest.mark.seed("S-58")
@pytest.mark.threat(21, 118)
@pytest.mark.asvs("10.4.3")
@pytest.mark.parametrize(("seconds", "expected"), [(0, 200), (59, 200), (60, 400), (61, 400), (86_400, 400)])
def test_it_lives_for_sixty_seconds(app: App, signed_in: Browser, moving_clock: Clock, seconds: int, expected: int):
    code = app.code(signed_in)
    moving_clock.move(seconds)
    assert app.redeem(code).status_code == expected


@pytest.mark.threat(118)
def test_an_expired_code_revokes_nothing_and_counts_nothing(app: App, signed_in: Browser, moving_clock: Clock):
    code = app.code(signed_in)
    moving_clock.move(61)
    for _ in range(3):
        assert error(app.redeem(code)) == (400, "invalid_grant")
        assert error(app.redeem(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert not AuditEvent.objects.filter(event="code:replayed").exists()


# as long as the family lives


@pytest.mark.threat(37)
@pytest.mark.parametrize("what", ["person", "client", "issuer", "family", "client's tokens", "everything", "password"])
def test_a_code_of_what_was_switched_off_is_dead(app: App, person: Any, code: str, what: str):
    from oauth_server.tokens import revoke

    match what:
        case "person":
            type(person).objects.update(is_active=False)
        case "client":
            app.row.enabled = False
            app.row.save()
        case "issuer":
            app.row.issuer.enabled = False
            app.row.issuer.save()
        case "family":
            revoke.family(Authorization.objects.get().pk)
        case "client's tokens":
            revoke.client(app.row)
        case "everything":
            revoke.issuer_before(app.row.issuer, clock.now())
        case "password":
            person.set_password("another good password")
            person.save()
    answer = app.redeem(code)
    assert answer.status_code in {400, 401, 404}
    assert stored() == (0, 0)


@pytest.mark.threat(37)
def test_a_deleted_person_or_client_leaves_a_dead_code(app: App, person: Any, signed_in: Browser):
    code, other = app.code(signed_in), factories.app()
    theirs = other.code(signed_in)
    other.row.delete()
    assert error(other.redeem(theirs)) == (401, "invalid_client")
    person.delete()
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert stored() == (0, 0)


# whole or not at all


class Fault:
    """The database fails at one statement."""

    def __init__(self, place: int) -> None:
        self.left = place

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            raise DatabaseError("broken")
        return execute(sql, params, many, context)


@pytest.mark.threat(106, 110)
@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "client_credentials"])
def test_a_fault_at_any_statement_leaves_nothing_and_the_credential_usable(app: App, signed_in: Browser, grant: str):
    app.client_credentials()  # the first one makes the client's own family
    body = app.tokens(signed_in, scope=FULL)
    code = app.code(signed_in, scope=FULL)

    def ask() -> Any:
        match grant:
            case "authorization_code":
                return app.redeem(code)
            case "refresh_token":
                return app.refresh(body["refresh_token"])
            case _:
                return app.client_credentials()

    before, broken = (*stored(), Authorization.objects.count()), 0
    for place in range(50):
        with connection.execute_wrapper(Fault(place)):
            answer = ask()
        if answer.status_code == 200:
            break
        broken += 1
        assert answer.status_code == 503
        assert (*stored(), Authorization.objects.count()) == before
    assert 0 < broken < 50
    assert stored()[0] == before[0] + 1


@pytest.mark.threat(101)
@pytest.mark.spec("RFC 6749", "5.2")
def test_every_wrong_code_client_and_verifier_sounds_the_same(app: App, signed_in: Browser, moving_clock: Clock):
    other = factories.app()
    used, good, late = app.code(signed_in), app.code(signed_in), app.code(signed_in)
    app.redeem(used)
    answers = [
        app.redeem("oas_ac_x"),
        app.redeem(opaque.make(opaque.AUTHORIZATION_CODE, None)),
        app.redeem(used),
        app.redeem(good, code_verifier="x" * 43),
        app.redeem(good, redirect_uri="https://rp.example/other"),
        other.redeem(good, code_verifier=app.verifier),
    ]
    moving_clock.move(100)
    answers.append(app.redeem(late))
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}
    assert b"Traceback" not in answers[0].content


@pytest.mark.threat(121)
@pytest.mark.spec("RFC 6749", "3.2")
def test_parameters_that_nobody_asked_for_change_nothing(app: App, person: Any, signed_in: Browser):
    code = app.code(signed_in, scope=FULL)
    stranger = factories.UserFactory()
    injected = {
        "refresh_token_instance": "x",
        "nonce": "injected",
        "sid": "injected",
        "acr": "injected",
        "amr": "injected",
        "auth_time": "1",
        "sub": str(stranger.pk),
        "user": str(stranger.pk),
        "user_id": str(stranger.pk),
        "username": "admin",
        "client": "x",
        "scope": "openid email phone",
        "scopes": "email",
        "claims": '{"id_token":{"email":null}}',
        "state": "x",
        "decision": "x",
        "authorization": "x",
        "session": "x",
        "state_token": "x",
    }
    answer = app.redeem(code, **injected)
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["id_token"], options={"verify_signature": False})
    assert claims["sub"] == str(person.pk)
    assert "injected" not in str(claims)
    assert claims["auth_time"] != 1
    assert answer.json()["scope"] == FULL
    again = app.refresh(answer.json()["refresh_token"], **{**injected, "scope": None})
    assert again.status_code == 200
    assert "injected" not in str(jwt.decode(again.json()["id_token"], options={"verify_signature": False}))


@pytest.mark.threat(52, 71)
@pytest.mark.seed("S-22")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_the_token_endpoint_takes_posts_only(app: App, code: str, method: str):
    credentials, _ = app.credentials()
    query = f"grant_type=authorization_code&code={code}&code_verifier={app.verifier}"
    answer = app.http.generic(method, "/oauth2/token", QUERY_STRING=query, headers=credentials)
    assert (answer.status_code, "POST" in answer["Allow"]) == (405, True)
    assert stored() == (0, 0)


@pytest.mark.threat(68)
def test_a_query_at_the_token_endpoint_is_refused(app: App, code: str):
    credentials, _ = app.credentials()
    answer = app.http.post(f"/oauth2/token?code={code}", "grant_type=x", content_type=FORM, headers=credentials)
    assert error(answer) == (400, "invalid_request")


@pytest.mark.threat(112)
def test_a_client_that_asks_again_after_a_lost_answer_never_holds_two_grants(app: App, code: str):
    app.redeem(code)  # the answer is lost
    assert error(app.redeem(code)) == (400, "invalid_grant")
    live = Authorization.objects.filter(revoked_at=None, user__isnull=False)
    assert (live.count(), AccessToken.objects.count()) == (0, 1)


@pytest.mark.threat(100)
def test_no_column_holds_a_code_or_token(app: App, code: str):
    body = app.redeem(code).json()
    dump = " ".join(
        str(list(model.objects.values_list()))
        for model in (AuthorizationCode, AccessToken, RefreshToken, Authorization)
    )
    for value in (code, body["access_token"], body["refresh_token"], body["id_token"], app.secret, app.verifier):
        assert value not in dump


def test_a_family_ends_where_the_settings_say(app: App, code: str):
    family = Authorization.objects.get()
    assert abs(family.expires_at - clock.now() - timedelta(days=365)) < timedelta(minutes=1)


@pytest.mark.threat(18, 19)
def test_who_came_first_and_lost_is_a_replay(app: App, code: str, moving_clock: Clock):
    body = app.redeem(code).json()
    # read its clock before the winner did
    moving_clock.move(-0.01)
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert not app.is_active(body["access_token"])
