"""`request` and `request_uri`: only what the client signed counts, and only what is meant for this server, now and once."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest

from oauth_server import fetch
from oauth_server.fetch import Response, Unreachable
from oauth_server.keys import jose
from oauth_server.models import Authorization, Interaction
from tests import factories, forged, jwts
from tests.flows import CALLBACK, App, Browser, error, fragment, leads_away, pairs, parameters
from tests.specs import front

ISSUER = "http://testserver"
URI = "https://rp.example/request.jwt#" + "A" * 43
Claims = dict[str, Any]

_, PUBLIC, _es = jose.generate("ES256")
KEY = jose.load(_es)
_, PUBLIC_RS, _rs = jwts.a_key("RS256")
KEY_RS = jose.load(_rs)
_, PUBLIC_PS, _ps = jwts.a_key("PS256")
KEY_PS = jose.load(_ps)


@pytest.fixture
def signing(db: None) -> App:
    """A client that signs its requests."""
    return factories.app(client_jwks={"keys": [PUBLIC, PUBLIC_RS, PUBLIC_PS]}, request_uris=[URI])


def claims(app: App, **changes: Any) -> Claims:
    """What a good object of this client holds; `...` takes a member out."""
    now = int(time.time())
    good = {
        **{name: value for name, value in app.request().items() if value is not None},
        "iss": app.client_id,
        "aud": ISSUER,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "state": "signed",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def sign(app: App, typ: Any = "oauth-authz-req+jwt", key: Any = KEY, **changes: Any) -> str:
    header = {"alg": key.algorithm, "kid": key.kid, **({} if typ is None else {"typ": typ})}
    return jwts.compact(header, claims(app, **changes), key)


def bare(app: App, **values: Any) -> str:
    """The URL of a request with these parameters alone."""
    return f"/oauth2/auth?{urlencode(pairs({'client_id': app.client_id, **values}), errors='surrogatepass')}"


# what counts


@pytest.mark.op("X23", "D17")
@pytest.mark.spec("RFC 9101", "5")
@pytest.mark.spec("OpenID Connect Core 1.0", "6.1")
@pytest.mark.parametrize("key", [KEY, KEY_RS, KEY_PS], ids=lambda key: key.algorithm)
def test_a_signed_object_is_obeyed(signing: App, signed_in: Browser, key: Any):
    found = parameters(signed_in.get(bare(signing, request=sign(signing, key=key))))
    assert (set(found), found["state"]) == ({"code", "state", "iss"}, "signed")
    assert signing.redeem(found["code"]).status_code == 200


@pytest.mark.threat(30)
@pytest.mark.spec("RFC 9101", "6.3")
def test_nothing_outside_counts(signing: App, signed_in: Browser):
    outside = {
        "scope": "openid profile email",
        "state": "outside",
        "nonce": "outside",
        "response_mode": "fragment",
        "prompt": "login",
        "max_age": "0",
        "redirect_uri": CALLBACK,
        "response_type": "code",
    }
    found = parameters(signed_in.get(bare(signing, request=sign(signing, state=...), **outside)))
    assert set(found) == {"code", "iss"}
    tokens = signing.redeem(found["code"]).json()
    assert tokens["scope"] == "openid"
    assert "nonce" not in front.claims(tokens["id_token"])


@pytest.mark.op("B29")
@pytest.mark.threat(13, 30)
def test_the_redirect_uri_is_the_one_inside(signing: App, signed_in: Browser):
    answer = signed_in.get(bare(signing, request=sign(signing), redirect_uri="https://evil.example/cb"))
    assert answer["Location"].startswith(CALLBACK + "?code=")
    inside = sign(signing, redirect_uri="https://evil.example/cb")
    answer = signed_in.get(bare(signing, request=inside, redirect_uri=CALLBACK))
    assert error(answer) == (400, "page")


@pytest.mark.op("M9")
@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "oauth-authz-req+jwt", "OAuth-AuthZ-Req+JWT"])
def test_which_types_it_may_have(signing: App, signed_in: Browser, typ: str | None):
    assert "code" in parameters(signed_in.get(bare(signing, request=sign(signing, typ=typ))))


@pytest.mark.op("M2", "M3")
@pytest.mark.parametrize(
    "change",
    [
        {"aud": [ISSUER, "https://other.example"]},
        {"nbf": int(time.time()) + 8, "iat": int(time.time()) + 8},
        {"nbf": ...},
        {"exp": ..., "nbf": ..., "iat": ...},
        {"max_age": 3600},
        {"resource": [ISSUER]},
        {"claims": {"userinfo": {"email": {"essential": True}}}},
        {"unknown": {"a": [1, None, True]}},
    ],
)
def test_what_else_is_good(signing: App, signed_in: Browser, change: Claims):
    now = int(time.time())
    moved = {name: now + 8 if name in {"nbf", "iat"} and value is not ... else value for name, value in change.items()}
    assert "code" in parameters(signed_in.get(bare(signing, request=sign(signing, **moved))))


def test_every_word_inside_is_checked_as_one_outside(signing: App, signed_in: Browser):
    for change, expected in (
        ({"scope": "unknown"}, "invalid_scope"),
        ({"max_age": "x"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
    ):
        assert error(signed_in.get(bare(signing, request=sign(signing, **change)))) == (303, expected)


# what is refused

NOW = int(time.time())
BAD: list[Claims] = [
    {"iss": ...},
    {"iss": "somebody"},
    {"aud": ...},
    {"aud": "https://other.example"},
    {"aud": ["https://other.example"]},
    {"aud": ISSUER + "/"},
    {"aud": {"a": ISSUER}},
    {"client_id": ...},
    {"client_id": "somebody"},
    {"sub": "the client"},
    {"request": "x"},
    {"request_uri": "https://rp.example/r"},
    {"exp": NOW - 300},
    {"exp": NOW + 4200},
    {"exp": "tomorrow"},
    {"exp": True},
    {"exp": None},
    {"nbf": NOW + 600},
    {"nbf": NOW - 4200},
    {"nbf": -1},
    {"iat": NOW + 600},
    {"iat": 10**300},
    {"state": "a\x00b"},
    {"state": "\ud800"},
]


def _now(value: Any) -> Any:
    """A time of `BAD` as of now: the tests are collected long before the last of them runs."""
    is_time = isinstance(value, int) and abs(value - NOW) < 10_000
    return value + int(time.time()) - NOW if is_time else value


@pytest.mark.op("M4", "M5", "M8")
@pytest.mark.threat(30, 46)
@pytest.mark.spec("RFC 9101", "6.2")
@pytest.mark.parametrize("change", BAD)
def test_an_object_with_a_fault_is_refused(signing: App, signed_in: Browser, change: Claims):
    change = {name: signing.client_id if value == "the client" else _now(value) for name, value in change.items()}
    answer = signed_in.get(bare(signing, request=sign(signing, **change), redirect_uri=CALLBACK, state="outside"))
    found = parameters(answer)
    assert (found["error"], found["state"]) == ("invalid_request_object", "outside")
    assert not Authorization.objects.exists()


# No fault here: an untyped object, or one whose client has a single key of its kind
FAULTLESS = {"typ missing", "typ JWT", "kid missing"}


@pytest.mark.op("M5", "B27")
@pytest.mark.threat(43, 64)
@pytest.mark.spec("RFC 8725", "3.1")
def test_a_forged_object_is_refused(signing: App, signed_in: Browser):
    # what is no text is refused before anything is read, and nothing is no object
    expected = {"a NUL": (400, "page"), "a surrogate": (400, "page"), "empty": (303, "invalid_request")}
    for name in forged.FORGED.keys() - FAULTLESS:
        parts = forged.Parts(KEY, KEY_RS, KEY_PS, "oauth-authz-req+jwt", claims(signing))
        answer = signed_in.get(bare(signing, request=forged.FORGED[name](parts), redirect_uri=CALLBACK))
        assert error(answer) == expected.get(name, (303, "invalid_request_object")), name
        assert not Authorization.objects.exists(), name


@pytest.mark.op("M6")
@pytest.mark.threat(30)
def test_the_key_of_another_client_does_not_count(signing: App, signed_in: Browser):
    _, public, private = jose.generate("ES256")
    factories.app(client_jwks={"keys": [public]})
    answer = signed_in.get(bare(signing, request=sign(signing, key=jose.load(private)), redirect_uri=CALLBACK))
    assert error(answer) == (303, "invalid_request_object")


@pytest.mark.op("M5")
def test_a_client_that_named_its_algorithm_is_held_to_it(signing: App, signed_in: Browser):
    signing.row.request_object_signing_alg = "PS256"
    signing.row.save()
    assert "code" in parameters(signed_in.get(bare(signing, request=sign(signing, key=KEY_PS))))
    for key in (KEY, KEY_RS):
        answer = signed_in.get(bare(signing, request=sign(signing, key=key), redirect_uri=CALLBACK))
        assert error(answer) == (303, "invalid_request_object")


@pytest.mark.op("M4", "M7")
@pytest.mark.spec("RFC 9101", "10.5")
def test_a_client_that_must_sign_must_bound_the_time_too(signing: App, signed_in: Browser):
    signing.row.require_signed_request_object = True
    signing.row.save()
    assert "code" in parameters(signed_in.get(bare(signing, request=sign(signing))))
    for change in ({"exp": ...}, {"nbf": ...}):
        answer = signed_in.get(bare(signing, request=sign(signing, **change), redirect_uri=CALLBACK))
        assert error(answer) == (303, "invalid_request_object")
    assert error(signing.authorize(signed_in)) == (303, "invalid_request")


@pytest.mark.threat(30)
def test_one_of_both_and_not_more(signing: App, signed_in: Browser):
    answer = signed_in.get(bare(signing, request=sign(signing), request_uri=URI, redirect_uri=CALLBACK))
    assert error(answer) == (303, "invalid_request")


@pytest.mark.op("B26", "B27")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.6")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://rp.example/r"}, "request_uri_not_supported"),
    ],
)
def test_a_client_without_keys_is_told_so(app: App, signed_in: Browser, values: Claims, expected: str):
    found = parameters(signed_in.get(bare(app, redirect_uri=CALLBACK, state="s", **values)))
    assert (found["error"], found["state"]) == (expected, "s")
    # nothing was read, so nothing is known of a redirect URI: a page, not a default one
    assert error(signed_in.get(bare(app, **values))) == (400, "page")
    assert error(signed_in.get(bare(app, redirect_uri="https://evil.example", **values))) == (400, "page")


@pytest.mark.threat(13, 14)
def test_an_unread_object_is_refused_in_the_mode_that_was_asked_for_outside(signing: App, signed_in: Browser):
    outside = {"request": "x", "redirect_uri": CALLBACK, "response_mode": "fragment", "state": "s"}
    assert fragment(signed_in.get(bare(signing, **outside)))["error"] == "invalid_request_object"


# once


@pytest.mark.threat(22, 29)
def test_a_jti_is_used_up_when_the_authorization_completes(signing: App, person: Any):
    url = bare(signing, request=sign(signing, jti="one"), redirect_uri=CALLBACK)
    browser = Browser()
    page = browser.open(url)
    again = browser.open(url)
    assert not leads_away(page)
    assert not leads_away(again)
    assert "code" in parameters(browser.sign_in(again, person))
    assert parameters(browser.open(url))["error"] == "invalid_request_object"
    # the sign-in that still waits cannot complete it a second time
    resume = page.address.partition("next=")[2].partition("&")[0].replace("%2F", "/")
    assert error(browser.open(resume)) == (303, "invalid_request_object")
    assert Authorization.objects.count() == 1


def test_a_jti_is_the_clients_own(signing: App, signed_in: Browser):
    other = factories.app(client_jwks={"keys": [PUBLIC]})
    for app in (signing, other):
        assert "code" in parameters(signed_in.get(bare(app, request=sign(app, jti="one"))))


def test_the_waiting_request_keeps_what_was_signed(signing: App, visitor: Browser, person: Any):
    signing.row.require_signed_request_object = True
    signing.row.save()
    page = visitor.open(bare(signing, request=sign(signing, exp=int(time.time()) + 2)))
    assert set(Interaction.objects.get().request) == {name for name, value in signing.request().items() if value}
    assert "code" in parameters(visitor.sign_in(page, person))


# behind a request_uri


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What lies at which address, in place of the guarded door; the addresses that were asked."""
    lies: dict[str, Any] = {"asked": []}

    def get(url: str, headers: Any = None, **limits: Any) -> Response:
        lies["asked"].append((url, limits))
        found = lies.get(url, Unreachable("nothing there"))
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Response) else Response(200, {}, found.encode())

    monkeypatch.setattr(fetch, "guarded_get", get)
    return lies


@pytest.mark.op("D17")
@pytest.mark.spec("OpenID Connect Core 1.0", "6.2")
def test_a_registered_request_uri_is_fetched_without_its_fragment(
    signing: App, signed_in: Browser, remote: dict[str, Any]
):
    remote["https://rp.example/request.jwt"] = sign(signing) + "\n"
    found = parameters(signed_in.get(bare(signing, request_uri=URI)))
    assert (set(found), found["state"]) == ({"code", "state", "iss"}, "signed")
    ((_, limits),) = remote["asked"]
    assert limits["most"] == jose.MAX_LENGTH


@pytest.mark.threat(73)
@pytest.mark.spec("RFC 9101", "10.4.1")
@pytest.mark.parametrize(
    "uri",
    [
        "https://rp.example/request.jwt",
        URI + "x",
        "https://rp.example/other.jwt",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "urn:x",
    ],
)
def test_another_request_uri_is_never_asked(signing: App, signed_in: Browser, remote: dict[str, Any], uri: str):
    answer = signed_in.get(bare(signing, request_uri=uri, redirect_uri=CALLBACK))
    assert error(answer) == (303, "invalid_request_uri")
    assert remote["asked"] == []


@pytest.mark.threat(73)
@pytest.mark.parametrize(
    ("lies", "expected"),
    [
        (Unreachable("its address is not public"), "invalid_request_uri"),
        (Response(302, {"location": "https://evil.example"}, b""), "invalid_request_uri"),
        (Response(404, {}, b"no"), "invalid_request_uri"),
        (Response(200, {}, b"\xff" * 100), "invalid_request_object"),
        (Response(200, {}, b""), "invalid_request_object"),
        (Response(200, {}, b"<html>"), "invalid_request_object"),
        (Response(200, {}, b"eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
    ],
    ids=str,
)
def test_what_lies_there_must_be_an_object(
    signing: App, signed_in: Browser, remote: dict[str, Any], lies: Any, expected: str
):
    remote["https://rp.example/request.jwt"] = lies
    answer = signed_in.get(bare(signing, request_uri=URI, redirect_uri=CALLBACK, state="s"))
    assert (parameters(answer)["error"], parameters(answer)["state"]) == (expected, "s")


def test_a_client_without_request_uris_is_told_so(signing: App, signed_in: Browser, remote: dict[str, Any]):
    signing.row.request_uris = []
    signing.row.save()
    answer = signed_in.get(bare(signing, request_uri=URI, redirect_uri=CALLBACK))
    assert error(answer) == (303, "request_uri_not_supported")
    assert remote["asked"] == []


@pytest.mark.threat(73, 74)
def test_one_address_makes_us_fetch_only_so_often(
    signing: App, signed_in: Browser, settings: Any, remote: dict[str, Any]
):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REQUEST_URI_FETCHES": 3}
    for _ in range(3):
        signed_in.get(bare(signing, request_uri=URI, redirect_uri=CALLBACK))
    answer = signed_in.get(bare(signing, request_uri=URI, redirect_uri=CALLBACK))
    assert error(answer) == (303, "temporarily_unavailable")
    assert len(remote["asked"]) == 3


@pytest.mark.threat(73)
def test_the_guarded_door_lets_nobody_in(signing: App, signed_in: Browser):
    for uri in ("https://127.0.0.1/r", "https://[::1]/r", "https://169.254.169.254/r", "http://rp.example/r"):
        signing.row.request_uris = [uri]
        signing.row.save()
        answer = signed_in.get(bare(signing, request_uri=uri, redirect_uri=CALLBACK))
        assert error(answer) == (303, "invalid_request_uri")
