"""R7: the life of codes and tokens, step by step in any order, against a model of what they should do.

The server is the real one behind both its tables and its endpoints; only the time is moved. The model holds families with their lines of
refresh tokens, and knows of each value whether it is good, and what asking for it does.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from oauth_server import clock, copies
from oauth_server.conf import settings as ours
from oauth_server.models import Client, Session
from oauth_server.registration import metadata
from oauth_server.tokens import revoke
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser
from tests.invariants import Journal, problems
from tests.plugins.figures import Figure, counted

pytestmark = [pytest.mark.goal("R7"), pytest.mark.threat(18, 31, 33, 35, 37, 38)]

SCOPES = ("openid", "openid offline_access", "openid profile offline_access")
GRACE, CODE_LIFE, ACCESS_LIFE = 10, 60, 3600
MOVES = (1.0, GRACE + 1.0, CODE_LIFE + 1.0, ACCESS_LIFE + 1.0, 31 * 86_400.0, 366 * 86_400.0)
PASSWORDS = ("correct horse battery staple", "another horse and its battery")


@dataclass
class Refresh:
    value: str
    born: datetime
    used: datetime | None = None
    successor: "Refresh | None" = None


@dataclass
class Access:
    value: str
    born: datetime
    scope: frozenset[str]
    revoked: bool = False


@dataclass
class Family:
    app: App
    scope: frozenset[str]
    code: str
    born: datetime
    session: int
    code_used: bool = False
    guesses: int = 0
    over: bool = False
    access: list[Access] = field(default_factory=list)
    line: list[Refresh] = field(default_factory=list)


class Life(RuleBasedStateMachine):
    """Everything a client, a person or an operator may do; each step says what the answer has to be."""

    time: Clock
    app: App

    def __init__(self) -> None:
        super().__init__()
        self.families: list[Family] = []
        self.journal = Journal()
        self.signed_out: set[int] = set()
        self.sign_ins = 0
        self.password = 0

    @initialize()
    def start(self) -> None:
        self.person = factories.UserFactory()
        self.apps = [factories.app(), factories.app(token_endpoint_auth_method="none")]
        self.enabled = dict.fromkeys(range(2), True)
        self.off_before: dict[int, datetime | None] = dict.fromkeys(range(2))
        self.browser = Browser()
        self._sign_in()

    def _sign_in(self) -> None:
        self.browser = Browser()
        self.browser.force_sign_in(self.person)
        self.sign_ins += 1

    # what the model says

    def is_family_good(self, family: Family) -> bool:
        number = self.apps.index(family.app)
        before = self.off_before[number]
        if family.over or not self.enabled[number] or (before is not None and family.born < before):
            return False
        if self.time.time >= family.born + timedelta(seconds=ours.REFRESH_TOKEN_LIFETIME):
            return False
        return not (family.session in self.signed_out and "offline_access" not in family.scope)

    def is_access_good(self, family: Family, token: Access) -> bool:
        age = self.time.time - token.born
        return self.is_family_good(family) and not token.revoked and age < timedelta(seconds=ACCESS_LIFE)

    def is_refresh_good(self, token: Refresh) -> bool:
        return self.time.time < token.born + timedelta(seconds=ours.REFRESH_TOKEN_IDLE_LIFETIME)

    def pick(self, data: st.DataObject, what: list[Any]) -> Any:
        return what[data.draw(st.integers(0, len(what) - 1))]

    # people and clients

    @rule(number=st.integers(0, 1), scope=st.sampled_from(SCOPES))
    def authorize(self, number: int, scope: str) -> None:
        if not self.enabled[number]:
            return
        page = self.apps[number].authorize(self.browser, scope=scope)
        location = page.get("Location", "")
        if "code=" not in location:
            # the session of the browser is over: whoever wants more signs in again
            assert self.sign_ins in self.signed_out or page.status_code in {200, 303}, page.content
            self._sign_in()
            return
        code = location.partition("code=")[2].partition("&")[0]
        self.families.append(Family(self.apps[number], frozenset(scope.split()), code, self.time.time, self.sign_ins))

    @precondition(lambda self: self.families)
    @rule(data=st.data(), wrong=st.sampled_from(["", "", "", "verifier", "redirect_uri", "client"]))
    def redeem(self, data: st.DataObject, wrong: str) -> None:
        family = self.pick(data, self.families)
        number, app, changes = self.apps.index(family.app), family.app, {}
        if wrong == "client":
            other = self.apps[1 - number]
            app = App(other.row, other.secret, family.app.redirect_uri, family.app.verifier)
        elif wrong:
            changes = {"code_verifier": "x" * 43} if wrong == "verifier" else {"redirect_uri": "https://rp.example/x"}
        answer = app.redeem(family.code, **changes)
        fresh = self.time.time < family.born + timedelta(seconds=CODE_LIFE)
        if not self.enabled[self.apps.index(self._of(app))]:
            # what is dead anyway may be refused as such while a copy of the client lives
            assert answer.status_code in {400, 401}, answer.content
        elif wrong or family.code_used or not fresh or not self.is_family_good(family):
            assert answer.status_code == 400, (wrong, answer.content)
            if family.code_used and not wrong:
                self._end(family, "a replay of the code")
            elif not family.code_used and wrong == "verifier" and fresh:
                # a guess: so many use the code up
                family.guesses += 1
                family.code_used = family.guesses >= ours.CODE_ATTEMPTS
        else:
            assert answer.status_code == 200, answer.content
            family.code_used = True
            self._issued(family, answer.json(), family.scope)

    def _of(self, app: App) -> App:
        return next(own for own in self.apps if own.row.pk == app.row.pk)

    @precondition(lambda self: any(family.line for family in self.families))
    @rule(data=st.data(), narrow=st.booleans())
    def refresh(self, data: st.DataObject, narrow: bool) -> None:
        family = self.pick(data, [family for family in self.families if family.line])
        token = self.pick(data, family.line)
        scope = frozenset({"openid"}) if narrow else family.scope
        answer = family.app.refresh(token.value, scope="openid" if narrow else None)
        if not self.enabled[self.apps.index(family.app)]:
            assert answer.status_code in {400, 401}
            return
        if not self.is_refresh_good(token) or not self.is_family_good(family):
            assert answer.status_code == 400, answer.content
            return
        body = answer.json()
        if token.used is None:
            assert answer.status_code == 200, body
            token.used = self.time.time
            token.successor = self._issued(family, body, scope)
            self.journal.refreshes[token.value].append(body)
            return
        in_time = self.time.time - token.used <= timedelta(seconds=GRACE)
        if in_time and token.successor is not None and token.successor.used is None:
            # a retry: the same refresh token, whatever part is asked for
            assert answer.status_code == 200, body
            assert body["refresh_token"] == token.successor.value
            known = {access.value for access in family.access}
            if body["access_token"] not in known:
                family.access.append(Access(body["access_token"], self.time.time, scope))
            self.journal.refreshes[token.value].append(body)
            return
        assert (answer.status_code, body["error"]) == (400, "invalid_grant")
        self._end(family, "a replay of a refresh token")

    def _issued(self, family: Family, body: dict[str, Any], scope: frozenset[str]) -> Refresh | None:
        assert frozenset(body["scope"].split()) == scope
        family.access.append(Access(body["access_token"], self.time.time, scope))
        if not family.line:
            self.journal.codes[family.code].append(body)
        assert ("refresh_token" in body) == ("offline_access" in family.scope)
        if "refresh_token" not in body:
            return None
        family.line.append(Refresh(body["refresh_token"], self.time.time))
        return family.line[-1]

    @precondition(lambda self: any(family.access for family in self.families))
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        family = self.pick(data, [family for family in self.families if family.access])
        token = self.pick(data, family.access)
        good = self.is_access_good(family, token)
        assert (family.app.userinfo(token.value).status_code == 200) is good
        number = self.apps.index(family.app)
        if number == 0 and self.enabled[0]:
            assert family.app.is_active(token.value) is good

    # what ends something

    @precondition(lambda self: any(family.access for family in self.families))
    @rule(data=st.data(), whole=st.booleans())
    def revoke(self, data: st.DataObject, whole: bool) -> None:
        family = self.pick(data, [family for family in self.families if family.access])
        token = self.pick(data, family.line if whole and family.line else family.access)
        answer = family.app.revoke(token.value)
        if not self.enabled[self.apps.index(family.app)]:
            assert answer.status_code in {400, 401}
            return
        assert answer.status_code == 200
        if isinstance(token, Refresh):
            self._end(family, "a revocation")
        else:
            token.revoked = True
            self.journal.ended[token.value] = "a revocation"

    @rule(number=st.integers(0, 1))
    def revoke_everything_of_a_client(self, number: int) -> None:
        self.time.move(0.001)
        revoke.client(Client.objects.select_related("issuer").get(pk=self.apps[number].row.pk))
        self.off_before[number] = self.time.time

    @rule(number=st.integers(0, 1))
    def switch(self, number: int) -> None:
        """Off is final: what there was stays dead when the client is on again."""
        self.time.move(0.001)
        row = Client.objects.get(pk=self.apps[number].row.pk)
        metadata.switch(row, not row.enabled)
        # the database says when, by its own clock, which does not stand still
        row.refresh_from_db()
        if row.tokens_not_before and row.tokens_not_before > self.time.time:
            self.time.time = row.tokens_not_before
        self.enabled[number] = row.enabled
        if not row.enabled:
            self.off_before[number] = self.time.time

    @rule()
    def sign_out(self) -> None:
        for session in Session.objects.filter(user=self.person, ended_at=None):
            revoke.session(session)
        self.signed_out |= set(range(1, self.sign_ins + 1))
        self._sign_in()

    @rule()
    def change_the_password(self) -> None:
        """As the accounts do it: what the sign-ins brought ends."""
        self.password = 1 - self.password
        self.person.set_password(PASSWORDS[self.password])
        self.person.save()
        revoke.person(self.person.pk, "the password was changed")
        for family in self.families:
            self._end(family, "a new password")
        self.signed_out |= set(range(1, self.sign_ins + 1))
        self._sign_in()

    @rule(seconds=st.sampled_from(MOVES))
    def time_passes(self, seconds: float) -> None:
        self.time.move(seconds)
        # a browser does not stay signed in for so long
        self._sign_in()

    def _end(self, family: Family, why: str) -> None:
        family.over = True
        tokens: list[Access | Refresh] = [*family.access, *family.line]
        for token in tokens:
            self.journal.ended[token.value] = why

    def teardown(self) -> None:
        self.journal.unanswered = sum(len(family.access) for family in self.families)
        assert problems(self.journal) == []
        for family in self.families:
            for token in family.access:
                assert (family.app.userinfo(token.value).status_code == 200) is self.is_access_good(family, token)


def run(examples: int, steps: int) -> None:
    class Case(Life):
        def __init__(self) -> None:
            # a world of its own for each sequence
            self.world = ExitStack()
            self.world.enter_context(rolled_back())
            self.time = Clock()
            self.world.enter_context(patch.object(clock, "now", self.time.now))
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.world.close()
                copies.clear()

    chosen = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        # the short form is the same each time; the long one looks where nobody has
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Case, settings=chosen)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_few_lives():
    # each step is many requests; the model knows nothing of databases
    run(8 if connection.vendor == "postgresql" else 2, 30)


@pytest.mark.long
@pytest.mark.django_db
def test_many_lives(figure: Figure):
    examples, began = counted(2_000), time.monotonic()
    run(examples, 50)
    figure("R7", f"{examples:,} sequences of up to 50 steps: no divergence", time.monotonic() - began)
