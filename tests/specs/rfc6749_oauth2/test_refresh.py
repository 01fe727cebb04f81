"""Refresh tokens: rotated at each use, a replay ends the family, a retry gets the same answer, nothing ever grows."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth_server import clock
from oauth_server.models import AccessToken, AuditEvent, Authorization, Client, Issuer, RefreshToken
from oauth_server.tokens import revoke
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser, error

SCOPE = "openid profile email offline_access"
GRACE = 10
DAY = 86_400


@pytest.fixture
def tokens(app: App, signed_in: Browser) -> dict[str, Any]:
    return app.tokens(signed_in, scope=SCOPE, nonce="n-0S6")


def set_grace(settings: Any, seconds: int) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REFRESH_TOKEN_GRACE": seconds}


@pytest.mark.seed("S-67", "S-51")
@pytest.mark.spec("RFC 6749", "6")
@pytest.mark.spec("OpenID Connect Core 1.0", "12.2")
def test_a_refresh_brings_a_new_pair(app: App, tokens: dict[str, Any], person: Any):
    answer = app.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer["Cache-Control"], answer["Pragma"]) == (200, "no-store", "no-cache")
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert body["scope"] == SCOPE
    for name in ("access_token", "refresh_token"):
        assert body[name] != tokens[name]
        assert app.is_active(body[name])
    before, after = (jwt.decode(t["id_token"], options={"verify_signature": False}) for t in (tokens, body))
    assert all(before[name] == after[name] for name in ("iss", "sub", "aud", "auth_time", "sid"))
    assert "nonce" not in after
    assert after["sub"] == str(person.pk)


@pytest.mark.threat(31)
@pytest.mark.asvs("10.4.5")
@pytest.mark.spec("RFC 9700", "4.14.2")
@pytest.mark.parametrize("generation", range(4))
def test_a_replay_of_any_generation_ends_all(app: App, tokens: dict[str, Any], moving_clock: Clock, generation: int):
    line = [tokens]
    for _ in range(4):
        line.append(app.refresh(line[-1]["refresh_token"]).json())
    moving_clock.move(GRACE + 1)
    assert error(app.refresh(line[generation]["refresh_token"])) == (400, "invalid_grant")
    for body in line:
        assert not app.is_active(body["access_token"])
        assert not app.is_active(body["refresh_token"])
        assert error(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
    assert AuditEvent.objects.filter(event="refresh_token:replayed").count() == 1


@pytest.mark.seed("S-67")
@pytest.mark.threat(32, 112)
@pytest.mark.parametrize(("seconds", "expected"), [(0, 200), (GRACE, 200), (GRACE + 1, 400)])
def test_a_retry_gets_the_same_answer_for_a_while(
    app: App, tokens: dict[str, Any], moving_clock: Clock, seconds: int, expected: int
):
    first = app.refresh(tokens["refresh_token"]).json()
    stored = RefreshToken.objects.count(), AccessToken.objects.count()
    moving_clock.move(seconds)
    again = app.refresh(tokens["refresh_token"])
    assert again.status_code == expected
    if expected == 200:
        # what is left of the access token's life has become less
        assert again.json() == {**first, "expires_in": first["expires_in"] - seconds}
        assert app.refresh(again.json()["refresh_token"]).status_code == 200
    else:
        assert not app.is_active(first["refresh_token"])
        assert (RefreshToken.objects.count(), AccessToken.objects.count()) == stored


@pytest.mark.threat(31, 32)
def test_the_grace_is_for_the_generation_just_before(app: App, tokens: dict[str, Any], moving_clock: Clock):
    second = app.refresh(tokens["refresh_token"]).json()
    third = app.refresh(second["refresh_token"]).json()
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    for body in (second, third):
        assert not app.is_active(body["refresh_token"])
        assert not app.is_active(body["access_token"])


@pytest.mark.threat(32)
def test_a_retry_for_less_gets_an_access_token_of_its_own_and_the_same_refresh_token(app: App, tokens: dict[str, Any]):
    first = app.refresh(tokens["refresh_token"]).json()
    less = app.refresh(tokens["refresh_token"], scope="openid").json()
    assert less["refresh_token"] == first["refresh_token"]
    assert less["scope"] == "openid"
    assert less["access_token"] != first["access_token"]
    assert app.introspect(less["access_token"]).json()["scope"] == "openid"
    assert RefreshToken.objects.count() == 2
    assert error(app.refresh(tokens["refresh_token"], scope="openid phone")) == (400, "invalid_scope")


@pytest.mark.threat(32)
def test_without_grace_a_second_use_is_a_replay(app: App, tokens: dict[str, Any], settings: Any, moving_clock: Clock):
    set_grace(settings, 0)
    first = app.refresh(tokens["refresh_token"]).json()
    assert RefreshToken.objects.get(previous__isnull=False).sealed == ""
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert not app.is_active(first["refresh_token"])


@pytest.mark.threat(32, 100)
def test_the_kept_answer_is_sealed_and_goes_with_the_next_use(app: App, tokens: dict[str, Any]):
    first = app.refresh(tokens["refresh_token"]).json()
    row = RefreshToken.objects.get(previous__isnull=False)
    assert row.sealed
    assert not any(first[name] in row.sealed for name in ("access_token", "refresh_token"))
    app.refresh(first["refresh_token"])
    row.refresh_from_db()
    assert row.sealed == ""


@pytest.mark.threat(33)
@pytest.mark.spec("RFC 7009", "2.1")
@pytest.mark.parametrize("which", [0, 1])
def test_what_was_revoked_is_dead_within_the_grace(app: App, tokens: dict[str, Any], which: int):
    line = [tokens, app.refresh(tokens["refresh_token"]).json()]
    assert app.revoke(line[which]["refresh_token"]).status_code == 200
    for body in line:
        assert error(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
        assert not app.is_active(body["access_token"])
        assert not app.is_active(body["refresh_token"])


def change(app: App, what: str) -> None:
    """As another process does it: what this one keeps of the client does not know."""
    match what:
        case "the secret is another":
            app.row.secrets.all().delete()
        case "the client is off":
            Client.objects.filter(pk=app.row.pk).update(enabled=False)
        case "the issuer is off":
            Issuer.objects.filter(pk=app.row.issuer.pk).update(enabled=False)
        case "the grant is gone":
            Client.objects.filter(pk=app.row.pk).update(grant_types=["authorization_code"])
        case "a scope is gone":
            app.row.scopes.remove(app.row.issuer.scopes.get(name="email"))


@pytest.mark.threat(32, 35, 37)
@pytest.mark.parametrize("asked", [None, "openid email"])
@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("the secret is another", (401, "invalid_client")),
        ("the client is off", (401, "invalid_client")),
        ("the issuer is off", 404),
        ("the grant is gone", (400, "unauthorized_client")),
        ("a scope is gone", 200),
    ],
)
def test_a_retry_gets_nothing_that_the_first_request_would_not_get_now(
    app: App, tokens: dict[str, Any], what: str, expected: Any, asked: str | None
):
    assert app.refresh(tokens["refresh_token"], scope="openid").status_code == 200
    change(app, what)
    answer = app.refresh(tokens["refresh_token"], scope=asked)
    if isinstance(expected, tuple):
        assert error(answer) == expected
    else:
        assert answer.status_code == expected
    if expected == 200:
        assert "email" not in answer.json()["scope"].split()


@pytest.mark.threat(31, 37)
@pytest.mark.parametrize("kind", ["code", "refresh token"])
def test_a_replay_by_who_holds_a_former_secret_ends_nothing(
    app: App, signed_in: Browser, moving_clock: Clock, kind: str
):
    code = app.code(signed_in, scope=SCOPE)
    tokens = app.redeem(code).json()
    app.refresh(tokens["refresh_token"])
    moving_clock.move(GRACE + 1)
    change(app, "the secret is another")
    again = app.redeem(code) if kind == "code" else app.refresh(tokens["refresh_token"])
    assert error(again) == (401, "invalid_client")
    assert Authorization.objects.get().revoked_at is None


@pytest.mark.threat(37)
@pytest.mark.parametrize("switched", ["the client is off", "the secret is another"])
def test_a_client_that_is_off_is_told_so_whatever_it_sends(app: App, signed_in: Browser, switched: str):
    spent = app.code(signed_in, scope=SCOPE)
    dead = app.redeem(spent).json()["refresh_token"]
    app.revoke(dead)
    fresh = app.code(signed_in, scope=SCOPE)
    change(app, switched)
    asked = (
        app.refresh(dead),
        app.refresh("oas_rt_unknown"),
        app.redeem(spent),
        app.redeem(fresh, code_verifier="x" * 43),
    )
    assert [error(answer) for answer in asked] == [(401, "invalid_client")] * 4


# never more than was granted


@pytest.mark.seed("S-67")
@pytest.mark.threat(35)
@pytest.mark.spec("RFC 6749", "6")
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (None, SCOPE),
        ("openid", "openid"),
        ("email openid", "openid email"),
        ("offline", "offline_access"),
        ("phone", "invalid_scope"),
        ("openid phone", "invalid_scope"),
        ("openid unknown", "invalid_scope"),
        ("openid,email", "invalid_scope"),
        ("*", "invalid_scope"),
        (" ", "invalid_scope"),
    ],
)
def test_the_same_scope_or_less(app: App, tokens: dict[str, Any], scope: str | None, expected: str):
    answer = app.refresh(tokens["refresh_token"], scope=scope)
    if expected == "invalid_scope":
        assert error(answer) == (400, expected)
        # and nothing is used up
        answer = app.refresh(tokens["refresh_token"])
        expected = SCOPE
    assert (answer.status_code, answer.json()["scope"]) == (200, expected)
    # what is left out now may be asked for again next time
    assert app.refresh(answer.json()["refresh_token"]).json()["scope"] == SCOPE


@pytest.mark.threat(35)
@pytest.mark.spec("RFC 8707", "2.2")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sets(st.sampled_from([*SCOPE.split(), "phone", "address"])), min_size=1, max_size=5))
def test_nothing_grows_whatever_is_asked_for(app: App, signed_in: Browser, asked: list[set[str]]):
    body = app.tokens(signed_in, scope="openid email offline_access")
    for scopes in asked:
        answer = app.refresh(body["refresh_token"], scope=" ".join(sorted(scopes)) or None)
        if answer.status_code == 200:
            body = answer.json()
        else:
            assert error(answer) == (400, "invalid_scope")
        assert set(body["scope"].split()) <= {"openid", "email", "offline_access"}
        assert set(app.introspect(body["access_token"]).json()["scope"].split()) == set(body["scope"].split())


@pytest.mark.threat(35)
def test_what_the_client_may_no_longer_ask_is_left_out(app: App, tokens: dict[str, Any]):
    app.row.scopes.remove(app.row.issuer.scopes.get(name="email"))
    assert app.refresh(tokens["refresh_token"]).json()["scope"] == "openid profile offline_access"


@pytest.mark.threat(35)
def test_without_openid_there_is_no_id_token_any_more(app: App, tokens: dict[str, Any]):
    app.row.scopes.remove(app.row.issuer.scopes.get(name="openid"))
    body = app.refresh(tokens["refresh_token"]).json()
    assert body["scope"] == "profile email offline_access"
    assert "id_token" not in body


@pytest.mark.threat(35)
def test_a_scope_that_the_client_got_later_was_not_granted(app: App, signed_in: Browser):
    body = app.tokens(signed_in, scope="openid offline_access")
    assert error(app.refresh(body["refresh_token"], scope="openid email")) == (400, "invalid_scope")


# for its client alone


@pytest.mark.threat(36)
@pytest.mark.parametrize("public", [False, True])
def test_another_client_cannot_use_it_and_the_family_stays(app: App, tokens: dict[str, Any], public: bool):
    thief = factories.app(token_endpoint_auth_method="none") if public else factories.app()
    assert error(thief.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    renewed = app.refresh(tokens["refresh_token"]).json()
    # nor provoke a replay with one that is used
    assert error(thief.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert app.is_active(renewed["refresh_token"])


@pytest.mark.threat(36, 40)
def test_the_client_authenticates(app: App, tokens: dict[str, Any]):
    app.secret = "wrong"
    assert error(app.refresh(tokens["refresh_token"])) == (401, "invalid_client")
    app.secret = app.row.clear
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_client_without_the_grant_may_not_refresh(app: App, tokens: dict[str, Any]):
    app.row.grant_types = ["authorization_code"]
    app.row.save()
    assert error(app.refresh(tokens["refresh_token"])) == (400, "unauthorized_client")


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"refresh_token": None}, "invalid_request"),
        ({"refresh_token": ""}, "invalid_request"),
        ({"refresh_token": "x"}, "invalid_grant"),
        ({"refresh_token": "oas_rt_" + "1" * 54}, "invalid_grant"),
        ({"refresh_token": ["x", "x"]}, "invalid_request"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"audience": "https://unknown.example"}, "invalid_target"),
    ],
    ids=str,
)
def test_a_wrong_request_uses_nothing_up(app: App, tokens: dict[str, Any], change: dict[str, Any], expected: str):
    assert error(app.refresh(tokens["refresh_token"], **change)) == (400, expected)
    assert app.refresh(tokens["refresh_token"]).status_code == 200


# for a while


@pytest.mark.seed("S-67")
@pytest.mark.threat(38, 118)
@pytest.mark.asvs("10.4.8")
@pytest.mark.parametrize(("seconds", "expected"), [(30 * DAY - 1, 200), (30 * DAY, 400), (31 * DAY, 400)])
def test_one_that_is_not_used_for_thirty_days_is_dead(
    app: App, tokens: dict[str, Any], moving_clock: Clock, seconds: int, expected: int
):
    moving_clock.time = RefreshToken.objects.get().created
    moving_clock.move(seconds)
    assert app.is_active(tokens["refresh_token"]) is (expected == 200)
    assert app.refresh(tokens["refresh_token"]).status_code == expected


@pytest.mark.seed("S-67")
@pytest.mark.threat(38)
@pytest.mark.asvs("10.4.8")
def test_after_a_year_it_ends_however_often_it_was_used(app: App, tokens: dict[str, Any], moving_clock: Clock):
    end = Authorization.objects.get().expires_at
    body = tokens
    while (end - moving_clock.now()).days >= 30:
        moving_clock.move(29 * DAY)
        body = app.refresh(body["refresh_token"]).json()
    moving_clock.time = end
    moving_clock.move(-1)
    answer = app.refresh(body["refresh_token"])
    assert answer.status_code == 200
    # nothing outlives the family
    assert answer.json()["expires_in"] <= 1
    moving_clock.move(1)
    assert error(app.refresh(answer.json()["refresh_token"])) == (400, "invalid_grant")
    assert not app.is_active(answer.json()["access_token"])


# as long as person, client and grant are there


def switch_off(what: str, app: App, person: Any) -> None:
    match what:
        case "person":
            type(person).objects.update(is_active=False)
        case "person deleted":
            person.delete()
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
        case "everything of the person":
            revoke.person(person.pk)


OFF = [
    "person",
    "person deleted",
    "client",
    "issuer",
    "family",
    "client's tokens",
    "everything",
    "everything of the person",
]


@pytest.mark.threat(37)
@pytest.mark.parametrize("what", OFF)
def test_what_is_switched_off_is_refused_at_once_everywhere(
    app: App, tokens: dict[str, Any], person: Any, signed_in: Browser, what: str
):
    resource_server = factories.app()
    audience = factories.AudienceFactory(identifier="http://testserver")
    audience.introspectors.add(resource_server.row)
    assert resource_server.is_active(tokens["access_token"])
    switch_off(what, app, person)
    assert app.refresh(tokens["refresh_token"]).status_code in {400, 401, 404}
    assert app.userinfo(tokens["access_token"]).status_code in {401, 404}
    if what != "issuer":
        assert not resource_server.is_active(tokens["access_token"])
    if what.startswith("person"):
        assert error(app.authorize(signed_in, prompt="none")) == (303, "login_required")


@pytest.mark.threat(37)
def test_a_changed_password_ends_what_the_sign_in_brought(
    app: App, tokens: dict[str, Any], person: Any, signed_in: Browser
):
    person.set_password("another good password")
    person.save()
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert error(app.authorize(signed_in, prompt="none")) == (303, "login_required")


@pytest.mark.threat(37)
def test_another_key_of_the_site_is_no_other_password(app: App, tokens: dict[str, Any], person: Any, settings: Any):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-of-the-same-site-" + "x" * 40
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.threat(37)
def test_off_is_final(app: App, tokens: dict[str, Any], person: Any):
    from oauth_server.registration import metadata

    metadata.switch(app.row, False)
    metadata.switch(app.row, True)
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert not app.is_active(tokens["access_token"])


@pytest.mark.threat(106)
def test_a_refused_refresh_leaves_no_trace(app: App, tokens: dict[str, Any]):
    factories.app().refresh(tokens["refresh_token"])
    app.refresh(tokens["refresh_token"], scope="unknown")
    row = RefreshToken.objects.get()
    assert (row.used_at, row.revoked) == (None, None)
    assert AccessToken.objects.count() == 1


def committed_late(app: App, whose: str, moving_clock: Clock, seconds: float) -> None:
    """As a revocation that took its time so many seconds ago, and is seen by others only now."""
    time = moving_clock.now() - timedelta(seconds=seconds)
    rows = Client.objects.filter(pk=app.row.pk) if whose == "client" else Issuer.objects.filter(pk=app.row.issuer.pk)
    rows.update(tokens_not_before=time)


@pytest.mark.threat(37, 110)
@pytest.mark.parametrize("whose", ["client", "issuer"])
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_what_is_issued_while_everything_is_revoked_is_dead_too(
    app: App, signed_in: Browser, moving_clock: Clock, whose: str, token_format: str
):
    audience = factories.AudienceFactory(token_format=token_format)
    app.row.audiences.add(audience)
    grant = app.tokens(signed_in, scope=SCOPE, resource=audience.identifier)
    assert app.client_credentials().status_code == 200
    moving_clock.move(5)
    own = app.client_credentials(resource=audience.identifier).json()
    renewed = app.refresh(grant["refresh_token"]).json()
    committed_late(app, whose, moving_clock, 2)
    for token in (own["access_token"], renewed["access_token"], renewed["refresh_token"]):
        assert not app.is_active(token)
    assert error(app.refresh(renewed["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.threat(104)
def test_a_client_goes_on_after_a_revocation_by_a_clock_that_is_ahead(app: App, moving_clock: Clock):
    revoke.client(app.row)
    committed_late(app, "client", moving_clock, -1)
    own = app.client_credentials().json()
    moving_clock.move(2)
    assert app.is_active(own["access_token"])
    assert app.is_active(app.client_credentials().json()["access_token"])


@pytest.mark.threat(31, 32)
def test_without_grace_who_came_first_and_lost_gets_nothing(
    app: App, tokens: dict[str, Any], settings: Any, moving_clock: Clock
):
    set_grace(settings, 0)
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    # read its clock before the winner did
    moving_clock.move(-0.01)
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert not app.is_active(tokens["access_token"])
