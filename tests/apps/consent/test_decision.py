"""What is asked, what an answer is worth, and what is remembered: a table of cases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consent import decision
from consent.decision import Denied, Refused
from consent.models import Consent
from oauth_server import clock
from oauth_server.models import Audience, Authorization, Client
from tests import factories
from tests.apps.consent.conftest import API, asked, change, events, scope
from tests.flows import App

ALL = "openid email orders.read"


def rows() -> dict[str, tuple[str, str]]:
    """Audience → allowed, declined."""
    return {row.audience: (row.scope, row.declined) for row in Consent.objects.filter(withdrawn_at=None)}


def test_a_stranger_is_asked_everything_at_once_or_not_at_all(app: App, person: Any) -> None:
    question = decision.question(asked(app, ALL), person)
    assert question.is_open
    assert (question.required, question.optional, question.allowed) == (("openid", "email", "orders.read"), (), ())


def test_a_client_that_accepts_fewer_lets_people_choose(choosy: App, person: Any) -> None:
    question = decision.question(asked(choosy, ALL), person)
    assert (question.required, question.optional) == (("openid",), ("email", "orders.read"))
    change(scope("email"), required=True)
    assert decision.question(asked(choosy, ALL), person).required == ("openid", "email")


def test_an_answer_is_kept_under_the_api_that_each_scope_belongs_to(choosy: App, person: Any) -> None:
    assert decision.allow(asked(choosy, f"{ALL} orders.write"), person, ["openid", "orders.read"]) == (
        "openid",
        "orders.read",
    )
    assert rows() == {"": ("openid", "email"), API: ("orders.read", "orders.write")}
    assert events() == ["consent:given"]


@pytest.mark.bar("E9.3")
def test_to_ask_is_asked_less_granted_less_declined_in_three_rounds(choosy: App, person: Any) -> None:
    decision.allow(asked(choosy, "openid email"), person, ["openid"])
    second = decision.question(asked(choosy, "openid email orders.read"), person)
    assert (second.required, second.optional, second.allowed) == ((), ("orders.read",), ("openid",))
    assert decision.allow(asked(choosy, "openid email orders.read"), person, ["orders.read"]) == (
        "openid",
        "orders.read",
    )
    third = decision.question(asked(choosy, "openid email orders.read"), person)
    assert not third.is_open
    assert decision.granted(asked(choosy, "openid email orders.read"), person) == ("openid", "orders.read")
    everything = decision.question(asked(choosy, "openid email orders.read"), person, again=True)
    assert (everything.required, everything.optional) == (("openid",), ("email", "orders.read"))
    assert everything.ticked == {"openid", "orders.read"}


def test_what_was_declined_is_asked_again_once_the_client_cannot_do_without(choosy: App, person: Any) -> None:
    decision.allow(asked(choosy, "openid email"), person, ["openid"])
    change(choosy.row, accepts_fewer_scopes=False)
    assert decision.question(asked(choosy, "openid email"), person).required == ("email",)


@pytest.mark.bar("E8.3")
@pytest.mark.parametrize(
    "ticked",
    [
        ["openid", "orders.write"],
        ["openid", "email", "phone"],
        ["email"],
        [],
        ["openid", "nobody.knows.this"],
        ["openid", "openid email"],
    ],
)
def test_an_answer_that_does_not_fit_stores_nothing(choosy: App, person: Any, ticked: list[str]) -> None:
    with pytest.raises(Refused):
        decision.allow(asked(choosy, "openid email"), person, ticked)
    assert not Consent.objects.exists()
    assert events() == []


@pytest.mark.bar("E8.3")
def test_part_of_an_answer_is_none_where_the_client_needs_all(app: App, person: Any) -> None:
    with pytest.raises(Refused):
        decision.allow(asked(app, "openid email"), person, ["openid"])
    assert not Consent.objects.exists()


def test_nothing_ticked_is_a_denial(choosy: App, person: Any) -> None:
    with pytest.raises(Denied):
        decision.allow(asked(choosy, "orders.read orders.write"), person, [])
    assert not Consent.objects.exists()


@pytest.mark.bar("E8.5")
def test_a_scope_that_needs_no_consent_never_opens_the_page(app: App, person: Any) -> None:
    change(scope("openid"), skip_consent=True)
    change(scope("email"), skip_consent=True)
    assert not decision.question(asked(app, "openid email"), person).is_open
    assert decision.granted(asked(app, "openid email"), person) == ("openid", "email")
    beside = decision.question(asked(app, "openid orders.read"), person)
    assert (beside.required, beside.allowed) == (("orders.read",), ("openid",))
    assert decision.allow(asked(app, "openid orders.read"), person, ["orders.read"]) == ("openid", "orders.read")
    assert rows() == {API: ("orders.read", "")}


@pytest.mark.threat(93)
@pytest.mark.asvs("10.7.1")
def test_of_a_strangers_client_people_are_asked_all_the_same(app: App, person: Any) -> None:
    change(scope("openid"), skip_consent=True)
    Client.objects.filter(pk=app.row.pk).update(registration_source="dcr")
    request = asked(app, "openid")
    assert decision.question(request, person).is_open
    assert decision.granted(request, person) == ()
    Client.objects.filter(pk=app.row.pk).update(verified=True)
    assert not decision.question(asked(app, "openid"), person).is_open


def test_consent_for_one_scope_grants_no_other(app: App, person: Any) -> None:
    decision.allow(asked(app, "openid orders.read"), person, ["openid", "orders.read"])
    assert decision.granted(asked(app, "openid orders.read orders.write"), person) == ("openid", "orders.read")
    assert decision.question(asked(app, "openid orders.read orders.write"), person).required == ("orders.write",)


def test_consent_is_one_persons_to_one_client(app: App, choosy: App, person: Any) -> None:
    decision.allow(asked(app), person, ["openid"])
    assert decision.question(asked(choosy), person).is_open
    assert decision.question(asked(app), factories.UserFactory()).is_open


def test_a_scope_that_moved_to_another_api_is_asked_again(app: App, person: Any) -> None:
    decision.allow(asked(app, "orders.read"), person, ["orders.read"])
    change(scope("orders.read"), audience=factories.AudienceFactory())
    assert decision.question(asked(app, "orders.read"), person).required == ("orders.read",)


def test_an_api_that_is_named_without_scopes_is_asked_for_too(app: App, person: Any) -> None:
    decision.allow(asked(app, "openid"), person, ["openid"])
    other: Audience = factories.AudienceFactory(identifier="https://other.example", name="Other API")
    app.row.audiences.add(other)
    named = asked(app, "openid", resource="https://other.example")
    assert decision.question(named, person).apis == ("https://other.example",)
    assert decision.allow(named, person, []) == ("openid",)
    assert not decision.question(named, person).is_open
    assert decision.question(asked(app, "openid", resource=API), person).apis == (API,)


def test_a_request_for_nothing_in_particular_still_needs_a_yes(app: App, person: Any) -> None:
    bare = asked(app, None)
    assert decision.question(bare, person).is_open
    assert decision.allow(bare, person, []) == ()
    assert not decision.question(bare, person).is_open


@pytest.mark.bar("E9.4")
def test_consent_ends_by_its_own_time_alone(app: App, person: Any, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CONSENT_LIFETIME": 86_400 * 90}
    decision.allow(asked(app), person, ["openid"])
    with time_machine.travel(clock.now() + timedelta(days=89), tick=False):
        assert not decision.question(asked(app), person).is_open
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        assert decision.question(asked(app), person).required == ("openid",)
        decision.allow(asked(app, "openid email"), person, ["openid", "email"])
        assert not decision.question(asked(app, "openid email"), person).is_open


def test_without_a_lifetime_consent_never_ends(app: App, person: Any) -> None:
    decision.allow(asked(app), person, ["openid"])
    with time_machine.travel(clock.now() + timedelta(days=3650), tick=False):
        assert not decision.question(asked(app), person).is_open


def family(app: App, person: Any, held: str) -> Authorization:
    row: Authorization = factories.AuthorizationFactory(client=app.row, user=person, scope=held)
    return row


def lives(row: Authorization) -> bool:
    row.refresh_from_db()
    return row.revoked_at is None


def test_a_narrower_answer_ends_each_family_that_holds_more(choosy: App, person: Any) -> None:
    request = asked(choosy, "openid email orders.read", prompt="consent")
    decision.allow(request, person, ["openid", "email", "orders.read"], again=True)
    wide, narrow = family(choosy, person, "openid email"), family(choosy, person, "openid orders.read")
    others = family(choosy, factories.UserFactory(), "openid email")
    assert decision.allow(request, person, ["openid", "orders.read"], again=True) == ("openid", "orders.read")
    assert [lives(row) for row in (wide, narrow, others)] == [False, True, True]
    assert rows()[""] == ("openid", "email")


@pytest.mark.threat(37)
def test_withdrawing_ends_every_family_and_is_asked_again_from_nothing(choosy: App, person: Any) -> None:
    decision.allow(asked(choosy, "openid email"), person, ["openid"])
    mine, others = family(choosy, person, "openid"), family(choosy, factories.UserFactory(), "openid")
    elsewhere = family(factories.app(), person, "openid")
    assert decision.withdraw(person.pk, choosy.row) == 1
    assert [lives(row) for row in (mine, others, elsewhere)] == [False, True, True]
    question = decision.question(asked(choosy, "openid email"), person)
    assert (question.required, question.optional, question.ticked) == (("openid",), ("email",), frozenset())
    assert events() == ["consent:given", "consent:withdrawn"]
    decision.allow(asked(choosy, "openid"), person, ["openid"])
    assert rows() == {"": ("openid", "")}


def test_a_denial_is_recorded_and_not_remembered(app: App, person: Any) -> None:
    decision.deny(asked(app), person)
    assert events() == ["consent:denied"]
    assert decision.question(asked(app), person).is_open


@pytest.mark.threat(93)
@pytest.mark.parametrize(
    ("columns", "first_party"),
    [
        ({"skip_authorization": True}, True),
        ({"skip_authorization": False}, False),
        ({"skip_authorization": True, "registration_source": "dcr"}, False),
        ({"skip_authorization": True, "registration_source": "cimd"}, False),
    ],
)
def test_only_a_client_that_the_operator_entered_is_first_party(
    db: None, columns: dict[str, Any], first_party: bool
) -> None:
    row: Client = factories.ClientFactory(**columns)
    assert decision.is_first_party(row) is first_party


LOOPBACK, APP, WEB = "http://127.0.0.1:4446/callback", "com.example.app:/done", "https://rp.example/callback"


@pytest.mark.threat(93)
@pytest.mark.spec("RFC 8252", "8.6")
@pytest.mark.parametrize(
    ("uri", "method", "prompt", "always"),
    [
        (LOOPBACK, "none", None, True),
        (APP, "none", None, True),
        (WEB, "none", None, False),
        (LOOPBACK, "client_secret_basic", None, False),
        (WEB, "client_secret_basic", "consent", True),
        (WEB, "client_secret_basic", "login", False),
    ],
)
def test_memory_answers_only_for_a_client_that_nobody_can_pose_as(
    db: None, uri: str, method: str, prompt: str | None, always: bool
) -> None:
    app = factories.app(redirect_uris=uri, token_endpoint_auth_method=method)
    assert decision.always_asks(asked(app, prompt=prompt)) is always


def test_two_answers_add_up(choosy: App, person: Any) -> None:
    """The second page was open while the first was answered."""
    decision.allow(asked(choosy, "openid email"), person, ["openid", "email"])
    decision.allow(asked(choosy, "openid orders.read"), person, ["openid", "orders.read"])
    assert rows() == {"": ("email openid", ""), API: ("orders.read", "")}


def test_reading_what_is_remembered_takes_one_statement(
    app: App, person: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    request = asked(app, ALL)
    with django_assert_num_queries(1):
        decision.question(request, person)
    with django_assert_num_queries(1):
        decision.granted(request, person)


@pytest.mark.threat(37)
def test_what_is_taken_back_between_the_question_and_the_code_is_not_granted(choosy: App, person: Any) -> None:
    request = asked(choosy, ALL)
    decision.allow(request, person, ["openid", "email"])
    assert decision.still_granted(request, person) == ("openid", "email")
    decision.withdraw(person.pk, choosy.row)
    with pytest.raises(Refused):
        decision.still_granted(request, person)
