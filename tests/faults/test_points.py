"""R3: a fault before and after every SQL statement of every grant and endpoint; the client asks again; the invariants hold.

What a fault hit was done whole or not at all, nobody is told of a success that is none, and nothing that was refused as a replay or was
revoked comes back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from oauth_server import clock
from oauth_server.keys import jose
from oauth_server.models import Authorization, Client, RefreshToken, TrustedIssuer
from oauth_server.tokens import lookup
from tests import factories
from tests.faults.points import AFTER, BEFORE, CONFLICT, DEATH, ERROR, LOST, Point, fault, in_child
from tests.flows import PASSWORD, Browser
from tests.invariants import Journal, problems
from tests.jwts import compact
from tests.plugins.figures import Figure

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_TYPES = ["authorization_code", "refresh_token", "client_credentials", "password", DEVICE_CODE, JWT_BEARER]
PARTNER = "https://partner.example"
_, PUBLIC, _private = jose.generate("ES256")
KEY = jose.load(_private)

pytestmark = [pytest.mark.goal("R3"), pytest.mark.threat(106), pytest.mark.django_db(transaction=True), pytest.mark.pg]


@dataclass
class Case:
    """One request. `again`: the statuses that asking once more may have; `spent`: where the journal keeps what it brings."""

    ask: Callable[[], Any]
    good: int = 200
    again: tuple[int, ...] = (200,)
    spent: list[dict[str, Any]] = field(default_factory=list)
    # what may not be active any more once the request was answered as it should be
    ends: tuple[str, ...] = ()


class Bench:
    """Fresh rows for each try."""

    def __init__(self) -> None:
        api = factories.AudienceFactory()
        orders = factories.ScopeFactory(name="orders.read", audience=api)
        self.app = factories.app(grant_types=GRANT_TYPES, audiences=[api])
        trusted = TrustedIssuer.objects.create(
            issuer=self.app.row.issuer, identifier=PARTNER, jwks={"keys": [PUBLIC]}, subjects=["robot-1"]
        )
        trusted.scopes.set([orders])
        trusted.audiences.set([api])
        self.browser, self.journal = Browser(), Journal()
        self.user = factories.UserFactory()
        self.session = factories.SessionFactory(user=self.user)
        self.browser.force_sign_in(self.user)
        self.audience = [self.app.row.issuer.identifier]

    def family(self) -> Authorization:
        made: Authorization = factories.AuthorizationFactory(
            client=self.app.row, user=self.user, session=self.session, audiences=self.audience
        )
        return made

    def new_code(self) -> str:
        made = factories.AuthorizationCodeFactory(authorization=self.family(), verifier=self.app.verifier)
        return str(made.clear)

    def new_tokens(self) -> tuple[str, str]:
        family = self.family()
        refresh, access = (
            factory(authorization=family).clear
            for factory in (factories.RefreshTokenFactory, factories.AccessTokenFactory)
        )
        self.journal.refreshes[refresh] = []
        self.journal.own.append({"access_token": access})
        return str(refresh), str(access)

    # the requests

    def redeem(self) -> Case:
        code = self.new_code()
        # the first answer may be the one that was lost: then it is a replay
        return Case(lambda: self.app.redeem(code), again=(200, 400), spent=self.journal.codes[code])

    def redeem_again(self) -> Case:
        code = self.new_code()
        body = self.app.redeem(code).json()
        self.journal.codes[code].append(body)
        ends = (body["access_token"], body["refresh_token"])
        return Case(lambda: self.app.redeem(code), 400, (400,), ends=ends)

    def redeem_with_a_wrong_verifier(self) -> Case:
        code = self.new_code()
        return Case(lambda: self.app.redeem(code, code_verifier="x" * 43), 400, (400,))

    def refresh(self) -> Case:
        token, _ = self.new_tokens()
        return Case(lambda: self.app.refresh(token), spent=self.journal.refreshes[token])

    def refresh_within_the_grace(self) -> Case:
        token, _ = self.new_tokens()
        self.journal.refreshes[token].append(self.app.refresh(token).json())
        return Case(lambda: self.app.refresh(token), spent=self.journal.refreshes[token])

    def refresh_with_less_within_the_grace(self) -> Case:
        token, _ = self.new_tokens()
        self.journal.refreshes[token].append(self.app.refresh(token).json())
        return Case(lambda: self.app.refresh(token, scope="openid"), spent=self.journal.refreshes[token])

    def refresh_too_late(self) -> Case:
        token, access = self.new_tokens()
        body = self.app.refresh(token).json()
        self.journal.refreshes[token].append(body)
        RefreshToken.objects.exclude(used_at=None).update(used_at=clock.now() - timedelta(hours=1))
        ends = (access, body["access_token"], body["refresh_token"])
        return Case(lambda: self.app.refresh(token), 400, (400,), ends=ends)

    def client_credentials(self) -> Case:
        return Case(self.app.client_credentials, spent=self.journal.own)

    def first_client_credentials(self) -> Case:
        app = factories.app()
        return Case(app.client_credentials, spent=self.journal.own)

    def revoke_a_refresh_token(self) -> Case:
        token, access = self.new_tokens()
        return Case(lambda: self.app.revoke(token), ends=(token, access))

    def revoke_an_access_token(self) -> Case:
        _, access = self.new_tokens()
        return Case(lambda: self.app.revoke(access), ends=(access,))

    def introspect(self) -> Case:
        _, access = self.new_tokens()
        return Case(lambda: self.app.introspect(access))

    def userinfo(self) -> Case:
        _, access = self.new_tokens()
        return Case(lambda: self.app.userinfo(access))

    def authorize(self) -> Case:
        return Case(lambda: self.browser.get(self.app.authorize_url()), 303, (303,))

    def push(self) -> Case:
        return Case(lambda: self.app.post("/oauth2/par", **self.app.request()), 201, (201,))

    def authorize_what_was_pushed(self) -> Case:
        uri = self.app.post("/oauth2/par", **self.app.request()).json()["request_uri"]
        address = f"/oauth2/auth?{urlencode({'client_id': self.app.client_id, 'request_uri': uri})}"
        # used up by the answer that was lost: the person is told on a page
        return Case(lambda: self.browser.get(address), 303, (303, 400))

    def consent(self) -> Case:
        app = factories.app(skip_authorization=False)
        page = app.authorize(self.browser)
        # answered once, by the answer that was lost; the page then says so
        return Case(lambda: self.browser.submit(page, {"decision": "allow"}), 303, (303, 400))

    def jwt_bearer(self) -> Case:
        now = int(clock.now().timestamp())
        claims = {"iss": PARTNER, "sub": "robot-1", "aud": self.audience[0], "iat": now, "exp": now + 300}
        assertion = compact({"alg": "ES256", "kid": KEY.kid}, {**claims, "jti": token_urlsafe()}, KEY)
        values = {"grant_type": JWT_BEARER, "assertion": assertion, "scope": "orders.read"}
        # a jti works once: whoever lost the answer makes another assertion
        return Case(lambda: self.app.token(**values), again=(200, 400), spent=self.journal.codes[assertion])

    def password(self) -> Case:
        values = {"username": self.user.get_username(), "password": PASSWORD, "scope": "openid offline_access"}
        return Case(lambda: self.app.token(grant_type="password", **values), spent=self.journal.own)

    def begin_on_a_device(self) -> Case:
        return Case(self._begin)

    def poll(self) -> Case:
        code = self._begin().json()["device_code"]
        return Case(lambda: self.app.token(grant_type=DEVICE_CODE, device_code=code), 400, (400,))

    def approve_a_device(self) -> Case:
        page = self._compare(self._begin().json()["user_code"])
        return Case(lambda: self.browser.submit(page, {"decision": "match"}))

    def redeem_a_device_code(self) -> Case:
        begun = self._begin().json()
        self.browser.submit(self._compare(begun["user_code"]), {"decision": "match"})
        code = begun["device_code"]
        values = {"grant_type": DEVICE_CODE, "device_code": code}
        return Case(lambda: self.app.token(**values), again=(200, 400), spent=self.journal.codes[code])

    def _begin(self) -> Any:
        return self.app.post("/oauth2/device/auth", scope="openid offline_access")

    def _compare(self, code: str) -> Any:
        return self.browser.submit(self.browser.open("/device"), {"user_code": code})


REQUESTS = [
    name
    for name, member in vars(Bench).items()
    if callable(member) and member.__annotations__.get("return") in (Case, "Case")
]
KINDS = [
    (ERROR, BEFORE), (ERROR, AFTER), (CONFLICT, BEFORE), (LOST, BEFORE), (LOST, AFTER), (DEATH, BEFORE), (DEATH, AFTER),
]  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_fault_at_every_statement(name: str, settings: Any):
    """One kind at each statement, another at the next; the long form strikes with all of them."""
    first = REQUESTS.index(name)
    set_up(settings)
    strike_each(name, Bench(), lambda hit: [KINDS[(first + hit) % len(KINDS)]])


@pytest.mark.long
def test_every_fault_at_every_statement(settings: Any, figure: Figure):
    began = time.monotonic()
    set_up(settings)
    bench = Bench()
    statements = sum(strike_each(name, bench, lambda hit: KINDS) for name in REQUESTS)
    text = f"{len(KINDS)} faults at each of {statements} statements of {len(REQUESTS)} requests: no violation"
    figure("R3", text, time.monotonic() - began)


def set_up(settings: Any) -> None:
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER,
        "PREPARED_STATEMENTS": True,
        "REFRESH_TOKEN_GRACE": 600,
        "PASSWORD_GRANT": True,
        "USER_CODE_FAILURES": 10_000,
    }


def strike_each(name: str, bench: Bench, kinds: Callable[[int], list[tuple[str, str]]]) -> int:
    """How many statements were hit, each of them."""
    make: Callable[[], Case] = getattr(bench, name)
    with fault(None) as watch:
        make().ask()
    assert watch.statements
    hit, fired = 0, True
    while fired:
        for kind, when in kinds(hit):
            fired = strike(bench, make(), Point(kind, hit, when))
        hit += 1
    # each statement was hit
    assert hit > 1, name
    assert problems(bench.journal) == [], name
    # nobody was left without a family, and no client with one that is gone
    standing = Client.objects.exclude(standing=None).values_list("standing", flat=True)
    assert Authorization.objects.filter(pk__in=standing, revoked_at=None).count() == len(standing)
    # the last one found no statement to hit
    return hit - 1


def strike(bench: Bench, case: Case, point: Point) -> bool:
    """One try: the fault, then the same request again. Whether there was such a point."""
    bench.app.http.raise_request_exception = bench.browser.http.raise_request_exception = False
    if point.kind == DEATH:
        fired, status, content = in_child(point, case.ask)
        body = {} if fired or not content.startswith(b"{") else _json(content)
    else:
        with fault(point) as watch:
            answer = case.ask()
        fired, status = watch.fired, answer.status_code
        body = _told(answer)
        if point.kind == LOST or point.when == AFTER:
            # a driver that does not know how a statement ended has no connection any more
            connection.close()
    said = f"{point} was answered with {status} {body}"
    if not fired:
        assert status == case.good, said
    elif point.kind == CONFLICT:
        assert status in (case.good, *case.again), said
    elif point.kind != DEATH:
        # cut behind the last statement, nobody misses the connection
        assert status in (503, case.good), said
        assert status != 503 or answer["Retry-After"], said
    if status == 200:
        case.spent.append(body)
    if status != case.good:
        bench.journal.unanswered += 1
        answer = case.ask()
        assert answer.status_code in case.again, (said, answer.status_code, answer.content)
        if answer.status_code == 200:
            case.spent.append(_told(answer))
    for value in case.ends:
        bench.journal.ended[value] = f"{point}"
        found = lookup.find(value)
        assert found is not None
        assert not found.active, said
    return fired


def _told(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json() if answer.get("Content-Type", "").startswith("application/json") else {}
    return found


def _json(content: bytes) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(content)
    return found
