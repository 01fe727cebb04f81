"""An unchanged login and consent app of Hydra's: its calls, one by one, and what people and clients get out of it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from oauth_server import clock, digest
from oauth_server.digest import Kind
from oauth_server.keys import jose
from oauth_server.models import Authorization, Challenge, Client, Interaction, Session
from tests import factories
from tests.apps.hydra.conftest import Hydra
from tests.apps.hydra.models import CONSENT, CONSENT_SESSION, LOGIN, check
from tests.flows import App, Browser, parameters

pytestmark = pytest.mark.django_db

APP = "http://127.0.0.1:4446"
LOGIN_URL, CONSENT_URL = f"{APP}/login", f"{APP}/consent"
API, OTHER = "https://api.example/", "https://other.example/"
REQUESTS = "/admin/oauth2/auth/requests"


@dataclass
class Pages:
    """The app's two pages: what is behind a challenge, and what the app says to it."""

    hydra: Hydra

    def asked(self, response: Any, name: str) -> str:
        """The challenge with which the browser was sent to one of the pages."""
        assert response.status_code == 303, response.content
        where = urlsplit(response["Location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == {"login": LOGIN_URL, "consent": CONSENT_URL}[name]
        ((given, values),) = parse_qs(where.query, strict_parsing=True).items()
        assert (given, len(values)) == (f"{name}_challenge", 1)
        assert len(values[0]) < 80
        return values[0]

    def get(self, name: str, challenge: str) -> Any:
        answer = self.hydra("GET", f"{REQUESTS}/{name}?{name}_challenge={challenge}")
        if answer.status_code == 200:
            check(answer.json(), LOGIN if name == "login" else CONSENT)
        return answer

    def put(self, name: str, challenge: str, verb: str = "accept", body: Any = None) -> Any:
        return self.hydra("PUT", f"{REQUESTS}/{name}/{verb}?{name}_challenge={challenge}", body)

    def sent(self, answer: Any) -> str:
        """The path that the browser is sent to, on this very host."""
        assert answer.status_code == 200, answer.content
        assert set(answer.json()) == {"redirect_to"}
        where = urlsplit(answer.json()["redirect_to"])
        assert (where.scheme, where.netloc, where.path) == ("http", "testserver", "/oauth2/auth")
        return f"{where.path}?{where.query}"

    def login(self, browser: Browser, response: Any, subject: Any, **said: Any) -> Any:
        """From the login page to wherever the browser is sent next."""
        answer = self.put("login", self.asked(response, "login"), body={"subject": str(subject), **said})
        return browser.open(self.sent(answer))

    def consent(self, browser: Browser, response: Any, **said: Any) -> Any:
        """Everything that is asked for is granted, unless it is said otherwise."""
        challenge = self.asked(response, "consent")
        asked = self.get("consent", challenge).json()
        body = {
            "grant_scope": asked["requested_scope"],
            "grant_access_token_audience": asked["requested_access_token_audience"],
            **said,
        }
        return browser.open(self.sent(self.put("consent", challenge, body=body)))


@pytest.fixture
def pages(hydra: Hydra, settings: Any) -> Pages:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGIN_URL": LOGIN_URL, "HYDRA_CONSENT_URL": CONSENT_URL}
    return Pages(hydra)


@pytest.fixture
def shop(hydra: Hydra) -> App:
    made = hydra.make(
        client_id="shop",
        redirect_uris=["http://127.0.0.1:4446/callback"],
        grant_types=["authorization_code", "refresh_token"],
        scope="openid offline_access read write",
        audience=[API, OTHER],
    )
    return App(Client.objects.get(client_id="shop"), made["client_secret"], "http://127.0.0.1:4446/callback")


def start(shop: App, browser: Browser, **changes: Any) -> Any:
    """As Hydra's sample client asks: a nonce, no PKCE."""
    return shop.authorize(
        browser,
        **{
            "code_challenge": None,
            "code_challenge_method": None,
            "nonce": "n" * 24,
            "scope": "offline openid read",
            **changes,
        },
    )


def tokens_of(shop: App, arrived: Any) -> dict[str, Any]:
    came = parameters(arrived)
    answer = shop.redeem(came["code"], code_verifier=None)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.seed("S-30")
def test_a_whole_sign_in_by_the_calls_of_the_sample_app(pages: Pages, shop: App, visitor: Browser, person: Any):
    sub = str(person.pk)
    sent = start(shop, visitor, audience=API, login_hint="ada@example.org", acr_values="2 1", ui_locales="de en")
    challenge = pages.asked(sent, "login")
    told = pages.get("login", challenge).json()
    assert pages.get("login", challenge).json() == told  # as often as it likes
    assert told["challenge"] == challenge
    assert (told["skip"], told["subject"], told["client"]["client_id"]) == (False, "", "shop")
    assert "client_secret" not in told["client"]
    assert set(told["requested_scope"]) == {"offline_access", "openid", "read"}
    assert told["requested_access_token_audience"] == [API]
    assert told["oidc_context"] == {
        "acr_values": ["2", "1"],
        "login_hint": "ada@example.org",
        "ui_locales": ["de", "en"],
    }
    asked = dict(parse_qsl(urlsplit(told["request_url"]).query))
    assert told["request_url"].startswith("http://testserver/oauth2/auth?")
    assert (asked["client_id"], asked["state"]) == ("shop", "af0ifjsldkj")

    said = {
        "subject": sub,
        "remember": True,
        "remember_for": 3600,
        "acr": "2",
        "amr": ["pwd"],
        "context": {"via": "app"},
    }
    answer = pages.put("login", challenge, body=said)
    assert "login_verifier=" in answer.json()["redirect_to"]
    sent = visitor.open(pages.sent(answer))

    challenge = pages.asked(sent, "consent")
    asked_of = pages.get("consent", challenge).json()
    assert (asked_of["skip"], asked_of["subject"], asked_of["context"]) == (False, sub, {"via": "app"})
    assert (asked_of["acr"], asked_of["amr"]) == ("2", ["pwd"])
    assert asked_of["login_challenge"] == told["challenge"]
    assert asked_of["login_session_id"] == told["session_id"]
    listed = f"/admin/oauth2/auth/sessions/consent?login_session_id={told['session_id']}&subject={sub}"
    assert pages.hydra("GET", listed).json() == []
    session = {
        "access_token": {"tenant": "t1"},
        "id_token": {"plan": "gold", "sub": "evil", "nonce": "evil", "iss": "evil"},
    }
    said = {
        "grant_scope": ["openid", "offline_access"],
        "grant_access_token_audience": [OTHER],
        "remember": True,
        "remember_for": 0,
        "session": session,
        "context": {"seen": 1},
    }
    answer = pages.put("consent", challenge, body=said)
    assert "consent_verifier=" in answer.json()["redirect_to"]
    tokens = tokens_of(shop, visitor.open(pages.sent(answer)))

    assert set(tokens["scope"].split()) == {"openid", "offline_access"}
    introspected = pages.hydra(
        "POST", "/admin/oauth2/introspect", form=urlencode({"token": tokens["access_token"]})
    ).json()
    assert (introspected["sub"], introspected["aud"][0]) == (sub, OTHER)
    assert introspected["ext"]["tenant"] == "t1"
    claims = jose.unverified_claims(tokens["id_token"])
    assert (claims["sub"], claims["nonce"], claims["plan"], claims["acr"], claims["amr"]) == (
        sub,
        "n" * 24,
        "gold",
        "2",
        ["pwd"],
    )
    again = shop.refresh(tokens["refresh_token"]).json()
    assert jose.unverified_claims(again["id_token"])["plan"] == "gold"

    (one,) = pages.hydra("GET", listed).json()
    check(one, CONSENT_SESSION)
    assert one["consent_request_id"] == asked_of["consent_request_id"]
    assert one["consent_request"] == asked_of
    assert one["session"] == {"access_token": {"tenant": "t1"}, "id_token": {"plan": "gold"}}
    assert (one["remember"], one["remember_for"], one["context"]) == (True, 0, {"seen": 1})
    assert (set(one["grant_scope"]), one["grant_access_token_audience"][0]) == ({"openid", "offline_access"}, OTHER)


def test_who_is_remembered_is_skipped_and_who_is_not_is_a_stranger_again(
    pages: Pages, shop: App, visitor: Browser, person: Any
):
    sent = pages.login(visitor, start(shop, visitor), person.pk, remember=False)
    tokens_of(shop, pages.consent(visitor, sent, remember=True, remember_for=3600))
    assert not visitor.http.session.get("_auth_user_id")
    sent = start(shop, visitor)
    told = pages.get("login", pages.asked(sent, "login")).json()
    assert (told["skip"], told["subject"]) == (False, "")

    sent = pages.login(visitor, sent, person.pk, remember=True, remember_for=3600)
    asked = pages.get("consent", pages.asked(sent, "consent")).json()
    assert asked["skip"]  # the consent was to be remembered
    tokens_of(shop, pages.consent(visitor, sent))
    sent = start(shop, visitor)
    told = pages.get("login", pages.asked(sent, "login")).json()
    assert (told["skip"], told["subject"]) == (True, str(person.pk))
    assert Session.objects.filter(pk=told["session_id"]).exists()
    sent = pages.login(visitor, sent, person.pk)
    wider = start(shop, visitor, scope="openid write")
    wider = pages.login(visitor, wider, person.pk)
    assert not pages.get("consent", pages.asked(wider, "consent")).json()["skip"]  # more than was allowed
    assert parameters(pages.consent(visitor, sent))["code"]

    # nobody is asked with prompt=none: what is remembered answers
    assert set(tokens_of(shop, start(shop, visitor, prompt="none"))["scope"].split()) == {
        "offline_access",
        "openid",
        "read",
    }
    assert parameters(start(shop, visitor, prompt="none", scope="openid write"))["error"] == "consent_required"
    assert parameters(start(shop, Browser(), prompt="none"))["error"] == "login_required"
    for changes in ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "consent", "scope": "openid"}):
        sent = start(shop, visitor, **changes)
        skips = pages.get("login", pages.asked(sent, "login")).json()["skip"]
        assert skips == (changes.get("prompt") == "consent")


def test_another_subject_than_the_one_who_is_skipped_starts_over(
    pages: Pages, shop: App, visitor: Browser, person: Any
):
    sent = pages.login(visitor, start(shop, visitor), person.pk, remember=True)
    pages.consent(visitor, sent)
    other = factories.UserFactory()
    sent = start(shop, visitor)
    answer = pages.put("login", pages.asked(sent, "login"), body={"subject": str(other.pk)})
    url = pages.sent(answer)
    assert dict(parse_qsl(urlsplit(url).query))["prompt"] == "login"
    sent = visitor.open(url)
    assert not pages.get("login", pages.asked(sent, "login")).json()["skip"]
    sent = pages.login(visitor, sent, other.pk)
    assert pages.get("consent", pages.asked(sent, "consent")).json()["subject"] == str(other.pk)


@pytest.mark.threat(76)
def test_a_challenge_and_a_verifier_work_once_and_in_one_browser(
    pages: Pages, shop: App, visitor: Browser, person: Any
):
    """Whoever sends a challenge of their own to somebody else does not become that person."""
    for name in ("login", "consent"):
        sent = start(shop, visitor)
        if name == "consent":
            sent = pages.login(visitor, sent, person.pk)
        challenge = pages.asked(sent, name)
        body = {"subject": str(person.pk)} if name == "login" else {"grant_scope": ["openid"]}
        assert pages.hydra("GET", f"{REQUESTS}/{name}?challenge={challenge}").status_code == 200  # the bare name
        url = pages.sent(pages.put(name, challenge, body=body))
        request_url = None
        for call in (
            lambda name=name, challenge=challenge: pages.get(name, challenge),
            lambda name=name, challenge=challenge, body=body: pages.put(name, challenge, body=body),
            lambda name=name, challenge=challenge: pages.put(name, challenge, "reject"),
        ):
            answer = call()
            assert answer.status_code == 410
            request_url = answer.json()["redirect_to"]
            assert set(answer.json()) == {"redirect_to"}
        assert request_url.startswith("http://testserver/oauth2/auth?")
        stranger = Browser()
        assert stranger.open(url).status_code == 400
        went_on = visitor.open(url)
        assert went_on.status_code == 303
        assert visitor.open(url).status_code == 400
        other = {"login": "consent", "consent": "login"}[name]
        assert pages.get(other, challenge).status_code == 404
    for name in ("login", "consent"):
        for value in ("x", "%00", "a" * 500, challenge[:-1]):
            assert pages.hydra("GET", f"{REQUESTS}/{name}?{name}_challenge={value}").status_code in {400, 404}
        assert pages.hydra("GET", f"{REQUESTS}/{name}").json()["error"] == "invalid_request"
    for verifier in ("x", "a" * 65, ""):
        assert visitor.open(f"/oauth2/auth?{urlencode({'login_verifier': verifier})}").status_code == 400


def test_the_answer_without_its_verifier_counts_nowhere(pages: Pages, shop: App, person: Any):
    """The attacker begins, the victim answers in a browser of their own, and the attacker's browser goes on as before."""
    attacker, victim = Browser(), Browser()
    challenge = pages.asked(start(shop, attacker), "login")
    url = pages.sent(pages.put("login", challenge, body={"subject": str(person.pk)}))
    assert victim.open(url).status_code == 400
    resumed = attacker.open(f"/oauth2/interaction/{challenge[:43]}")
    assert resumed.status_code == 200  # the page that asks to go on: still nobody
    assert "_auth_user_id" not in attacker.http.session
    assert not Challenge.objects.exclude(used_at=None).exists()


def test_what_an_accepted_login_may_say(pages: Pages, shop: App, visitor: Browser, person: Any):
    off = factories.UserFactory(is_active=False)
    challenge = pages.asked(start(shop, visitor), "login")
    sub = str(person.pk)
    bodies: tuple[Any, ...] = (
        {},
        {"subject": ""},
        {"subject": "nobody"},
        {"subject": str(off.pk)},
        {"subject": person.email},
        {"subject": f" {sub}"},
        {"subject": 1},
        {"subject": sub, "remember": "yes"},
        {"subject": sub, "remember_for": -1},
        {"subject": sub, "remember_for": 1.5},
        {"subject": sub, "amr": "pwd"},
        {"subject": sub, "acr": 1},
        {"subject": sub, "force_subject_identifier": "other"},
        {"subject": sub, "context": {"a": "\x00"}},
        [],
        None,
    )
    for body in bodies:
        answer = pages.put("login", challenge, body=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body
    answer = pages.put("login", challenge, body={"subject": sub, "unknown": 1, "context": None, "amr": None})
    assert pages.asked(visitor.open(pages.sent(answer)), "consent")


def test_what_an_accepted_consent_may_say(pages: Pages, shop: App, visitor: Browser, person: Any):
    factories.AudienceFactory(identifier="https://not-yours.example/")
    sent = pages.login(visitor, start(shop, visitor), person.pk)
    challenge = pages.asked(sent, "consent")
    bodies: tuple[Any, ...] = (
        {"grant_scope": ["openid", "write"]},  # allowed to the client, and not requested
        {"grant_scope": ["email"]},
        {"grant_scope": "openid"},
        {"grant_scope": [1]},
        {"grant_access_token_audience": ["https://not-yours.example/"]},
        {"grant_access_token_audience": ["x"]},
        {"session": []},
        {"session": {"id_token": 1}},
        {"remember_for": "1"},
        [],
        None,
    )
    for body in bodies:
        answer = pages.put("consent", challenge, body=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body
    # only what is named is granted
    tokens = tokens_of(shop, visitor.open(pages.sent(pages.put("consent", challenge, body={"grant_scope": ["read"]}))))
    assert (tokens["scope"], "refresh_token" in tokens, "id_token" in tokens) == ("read", False, False)


@pytest.mark.parametrize("name", ["login", "consent"])
def test_a_rejection_ends_at_the_client(pages: Pages, shop: App, visitor: Browser, person: Any, name: str):
    for body, error, description in (
        (None, "access_denied", "The request was denied."),
        ({}, "access_denied", "The request was denied."),
        (
            {"error": "login_required", "error_description": "Not now", "error_hint": "Come\nback", "status_code": 403},
            "login_required",
            "Not now Come'back",
        ),
    ):
        sent = start(shop, visitor, prompt="login")
        if name == "consent":
            sent = pages.login(visitor, sent, person.pk)
        challenge = pages.asked(sent, name)
        assert pages.put(name, challenge, "reject", {"error": 'a"b'}).status_code == 400
        assert pages.put(name, challenge, "reject", {"error": 1}).status_code == 400
        arrived = visitor.open(pages.sent(pages.put(name, challenge, "reject", body)))
        came = parameters(arrived)
        assert (came["error"], came["error_description"], came["state"]) == (error, description, "af0ifjsldkj")
        assert arrived["Location"].startswith(shop.redirect_uri)
    assert not Authorization.objects.filter(client=shop.row).exists()
    assert "_auth_user_id" not in visitor.http.session or name == "login"


def test_consents_and_sign_ins_are_listed_and_ended(
    pages: Pages, shop: App, visitor: Browser, person: Any, app: App, signed_in: Browser, settings: Any
):
    sub, sessions = str(person.pk), "/admin/oauth2/auth/sessions"

    def ids(query: str = "") -> list[str]:
        found = pages.hydra("GET", f"{sessions}/consent?subject={sub}{query}")
        for one in found.json():
            check(one, CONSENT_SESSION)
        return [one["consent_request_id"] for one in found.json()]

    def grant() -> dict[str, Any]:
        sent = pages.login(visitor, start(shop, visitor), sub, remember=True)
        return tokens_of(shop, pages.consent(visitor, sent, remember=True))

    first, second = grant(), grant()
    assert len(ids()) == 2
    assert len(ids("&page_size=1")) == 1
    link = pages.hydra("GET", f"{sessions}/consent?subject={sub}&page_size=1")["Link"]
    assert 'rel="next"' in link
    (one, other) = ids()
    assert pages.hydra("DELETE", f"{sessions}/consent?consent_request_id={one}").status_code == 204
    assert ids() == [other]
    assert sorted([shop.refresh(t["refresh_token"]).status_code for t in (first, second)]) == [200, 400]
    third = grant()
    assert pages.hydra("DELETE", f"{sessions}/consent?subject={sub}&client=shop").status_code == 204
    assert shop.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert ids() == []
    sent = pages.login(visitor, start(shop, visitor), sub)
    assert not pages.get("consent", pages.asked(sent, "consent")).json()["skip"]  # nothing is remembered any more
    pages.consent(visitor, sent)

    # what people allowed on the built-in pages is there as well
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGIN_URL": "", "HYDRA_CONSENT_URL": ""}
    built_in = app.tokens(signed_in, scope="openid offline_access")
    assert len(ids()) == 2
    assert pages.hydra("DELETE", f"{sessions}/consent?subject={sub}&all=true").status_code == 204
    assert ids() == []
    assert app.refresh(built_in["refresh_token"]).status_code == 400
    for query in (
        "",
        f"subject={sub}",
        "client=shop",
        "all=true",
        f"subject={sub}&client=shop&all=true",
        f"consent_request_id={one}&all=true",
    ):
        assert pages.hydra("DELETE", f"{sessions}/consent?{query}").status_code == 400, query
    for query in (
        "subject=nobody&all=true",
        "subject=nobody&client=x",
        "consent_request_id=x",
        f"consent_request_id={one}",
    ):
        assert pages.hydra("DELETE", f"{sessions}/consent?{query}").status_code == 204, query
    assert pages.hydra("GET", f"{sessions}/consent").status_code == 400
    assert pages.hydra("GET", f"{sessions}/consent?subject=&login_session_id=").json() == []

    live = Session.objects.filter(user=person.pk, ended_at=None)
    sid = live.latest("created").pk
    assert pages.hydra("DELETE", f"{sessions}/login?sid={sid}").status_code == 204
    assert not live.filter(pk=sid).exists()
    assert pages.hydra("DELETE", f"{sessions}/login?subject={sub}").status_code == 204
    assert not live.exists()
    for query in ("", f"subject={sub}&sid={sid}"):
        assert pages.hydra("DELETE", f"{sessions}/login?{query}").status_code == 400
    for query in ("subject=nobody", "sid=x", f"sid={sid}"):
        assert pages.hydra("DELETE", f"{sessions}/login?{query}").status_code == 204


def test_a_client_or_a_person_that_is_gone_meanwhile(pages: Pages, shop: App, visitor: Browser, person: Any):
    challenge = pages.asked(start(shop, visitor), "login")
    url = pages.sent(pages.put("login", challenge, body={"subject": str(person.pk)}))
    person.is_active = False
    person.save()
    assert parameters(visitor.open(url))["error"] == "access_denied"
    challenge = pages.asked(start(shop, visitor), "login")
    shop.row.delete()
    assert pages.get("login", challenge).status_code == 404


def test_an_old_challenge_is_unknown(pages: Pages, shop: App, visitor: Browser, moving_clock: Any):
    challenge = pages.asked(start(shop, visitor), "login")
    moving_clock.move(3_601)
    assert pages.get("login", challenge).status_code == 404


def test_nothing_that_works_is_in_the_table(pages: Pages, shop: App, visitor: Browser, person: Any):
    challenge = pages.asked(start(shop, visitor), "login")
    row = Challenge.objects.get()
    assert row.challenge == digest.digest(Kind.CHALLENGE, challenge)
    assert challenge not in str(vars(row))
    url = pages.sent(pages.put("login", challenge, body={"subject": str(person.pk)}))
    row.refresh_from_db()
    assert dict(parse_qsl(urlsplit(url).query))["login_verifier"] not in str(vars(row))
    assert Interaction.objects.get().expires == row.expires > clock.now()


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.6")
def test_each_page_can_be_handed_off_alone(hydra: Hydra, shop: App, person: Any, settings: Any, signed_in: Browser):
    pages = Pages(hydra)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGIN_URL": LOGIN_URL}
    for remember in (False, True):
        browser = Browser()
        arrived = pages.login(browser, start(shop, browser), person.pk, remember=remember)
        if not remember:  # the built-in consent page, which remembers
            scope = ["openid", "offline_access", "read"]
            arrived = browser.submit(arrived, {"decision": "allow", "scope": scope})
        assert parameters(arrived)["code"]
        assert ("_auth_user_id" in browser.http.session) == remember
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGIN_URL": "", "HYDRA_CONSENT_URL": CONSENT_URL}
    assert set(tokens_of(shop, pages.consent(signed_in, start(shop, signed_in)))["scope"].split()) >= {"openid", "read"}
    # that a client is the operator's own, the app sees by itself
    Client.objects.filter(pk=shop.row.pk).update(skip_authorization=True)
    asked = pages.get("consent", pages.asked(start(shop, signed_in), "consent")).json()
    assert (asked["skip"], asked["client"]["skip_consent"]) == (False, True)


def test_the_address_of_a_page_may_name_the_issuer(pages: Pages, shop: App, visitor: Browser, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGIN_URL": f"{APP}/login?for={{issuer}}"}
    where = urlsplit(start(shop, visitor)["Location"])
    assert set(parse_qs(where.query)) == {"for", "login_challenge"}
    assert parse_qs(where.query)["for"] == ["http://testserver"]
