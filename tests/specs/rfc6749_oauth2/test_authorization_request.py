"""The authorization endpoint: what a good request brings, and how every bad one is refused."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth_server.models import AuditEvent, Authorization, AuthorizationCode, Interaction
from tests import factories
from tests.flows import CALLBACK, FORM, App, Browser, error, pairs, parameters

ISSUER = "http://testserver"


def nothing_is_left() -> bool:
    return not (AuthorizationCode.objects.exists() or Authorization.objects.exists() or Interaction.objects.exists())


# what a good request brings


@pytest.mark.seed("S-50", "S-65", "S-22")
@pytest.mark.threat(15, 24)
@pytest.mark.spec("RFC 6749", "4.1.2")
@pytest.mark.spec("RFC 9207", "2")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_code_comes_back_with_state_and_iss_and_nothing_else(app: App, signed_in: Browser, method: str):
    if method == "GET":
        answer = signed_in.get(app.authorize_url())
    else:
        kept = signed_in.http.post("/oauth2/auth", urlencode(pairs(app.request())), content_type=FORM)
        assert not kept.cookies
        answer = signed_in.get(kept["Location"])
    assert answer["Location"].startswith(CALLBACK + "?")
    found = parameters(answer)
    assert set(found) == {"code", "state", "iss"}
    assert (found["state"], found["iss"]) == ("af0ifjsldkj", ISSUER)
    assert app.redeem(found["code"]).status_code == 200


def test_without_state_none_comes_back(app: App, signed_in: Browser):
    assert set(parameters(app.authorize(signed_in, state=None))) == {"code", "iss"}


@pytest.mark.seed("S-64")
@pytest.mark.spec("RFC 6749", "3.1")
def test_an_empty_pair_is_skipped_and_an_unknown_parameter_ignored(app: App, signed_in: Browser):
    answer = signed_in.get(app.authorize_url(nonce="", session_state="x").replace("&", "&&"))
    assert "code" in parameters(answer)


@pytest.mark.seed("S-64", "S-65")
def test_the_example_of_the_documents_as_printed(signed_in: Browser):
    app = factories.app(redirect_uris="https://your-app.com/callback", require_pkce=False)
    lines = [
        "response_type=code&",
        f"&client_id={app.client_id}",
        "&redirect_uri=https://your-app.com/callback",
        "&scope=openid%20profile",
        "&state=1234567890",
    ]
    answer = signed_in.get("/oauth2/auth?" + "".join(lines))
    assert answer["Location"].startswith("https://your-app.com/callback?")
    found = parameters(answer)
    assert (set(found), found["state"]) == ({"code", "state", "iss"}, "1234567890")
    assert app.redeem(found["code"], code_verifier=None).json()["scope"] == "openid profile"


@pytest.mark.threat(7)
def test_the_query_of_a_registered_uri_is_kept(signed_in: Browser):
    app = factories.app(redirect_uris="https://rp.example/cb?tenant=7&x=%2F")
    answer = app.authorize(signed_in)
    assert answer["Location"].startswith("https://rp.example/cb?tenant=7&x=%2F&code=")


@pytest.mark.seed("S-08")
@pytest.mark.threat(9)
@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.parametrize(
    ("registered", "requested", "accepted"),
    [
        ("http://127.0.0.1:4446/callback", "http://127.0.0.1:53421/callback", True),
        ("http://[::1]/callback", "http://[::1]:53421/callback", True),
        ("http://127.0.0.1:4446/callback", "http://localhost:4446/callback", False),
        ("http://localhost:4446/callback", "http://localhost:4447/callback", False),
        ("http://127.0.0.1:4446/callback", "http://127.0.0.1:4446/callback/", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
    ],
)
def test_an_app_on_the_persons_own_device(signed_in: Browser, registered: str, requested: str, accepted: bool):
    app = factories.app(redirect_uris=registered, token_endpoint_auth_method="none")
    answer = app.authorize(signed_in, redirect_uri=requested)
    if not accepted:
        assert error(answer) == (400, "page")
        return
    assert answer["Location"].startswith(requested + "?")
    assert app.redeem(parameters(answer)["code"], redirect_uri=requested).status_code == 200


@pytest.mark.spec("RFC 6749", "3.1.2.3")
@pytest.mark.parametrize(
    ("registered", "scope", "accepted"),
    [
        (CALLBACK, "profile", True),
        (CALLBACK, "openid", False),
        (f"{CALLBACK} https://rp.example/other", "profile", False),
        ("", "profile", False),
    ],
)
def test_the_redirect_uri_may_be_left_out_when_there_is_one(
    signed_in: Browser, registered: str, scope: str, accepted: bool
):
    app = factories.app(redirect_uris=registered)
    answer = app.authorize(signed_in, redirect_uri=None, scope=scope)
    assert answer.status_code == (303 if accepted else 400)
    if accepted:
        assert app.redeem(parameters(answer)["code"], redirect_uri=None).status_code == 200


# state and nonce


@pytest.mark.seed("S-53")
@pytest.mark.threat(27)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=400))
def test_state_comes_back_as_it_was(app: App, signed_in: Browser, state: str):
    assert parameters(app.authorize(signed_in, state=state))["state"] == state


@pytest.mark.seed("S-53")
@pytest.mark.threat(27, 66)
@pytest.mark.parametrize("state", ["s" * 2000, "%" * 2000, "é" * 1000])
def test_two_kilobytes_of_state_and_nonce_come_back(app: App, signed_in: Browser, state: str):
    found = parameters(app.authorize(signed_in, state=state, nonce=state))
    assert found["state"] == state
    assert claims(app.redeem(found["code"]).json()["id_token"])["nonce"] == state


@pytest.mark.threat(27, 66)
@pytest.mark.parametrize("state", ["s" * 2001, "s" * 100_000, "é" * 1001, "\U0001f600" * 501])
def test_a_longer_state_is_refused_on_a_page(app: App, signed_in: Browser, state: str):
    answer = app.authorize(signed_in, state=state)
    assert error(answer) == (400, "page")
    assert nothing_is_left()


@pytest.mark.threat(27)
@pytest.mark.parametrize("name", ["nonce", "login_hint"])
def test_a_longer_nonce_or_hint_is_refused(app: App, signed_in: Browser, name: str):
    assert error(app.authorize(signed_in, **{name: "n" * 2001})) == (303, "invalid_request")


def claims(token: str) -> dict[str, Any]:
    import jwt

    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


# refusals before client and redirect URI are proven: a page, never a redirect

NEAR_MISSES = [
    "https://rp.example.evil.example/callback",
    "https://evil.example/callback",
    "https://rp.example/callbackX",
    "https://rp.example/callback/",
    "https://rp.example/Callback",
    "https://RP.example/callback",
    "https://rp.example:443/callback",
    "https://rp.example:8443/callback",
    "https://rp.example/callback?",
    "https://rp.example/callback?a=1",
    "https://rp.example/callback?code=1",
    "https://rp.example/callback#",
    "https://rp.example/callback#x",
    "https://rp.example/callback%23",
    "https://rp.example/callback/../x",
    "https://rp.example/x/../callback",
    "https://rp.example/./callback",
    "https://rp.example/%2e%2e/callback",
    "https://rp.example/%252e%252e/callback",
    "https://rp.example/..;/callback",
    "https://rp.example/callback;evil=1",
    "https://rp.example//callback",
    "https://rp.example\\@evil.example/callback",
    "https://rp.example@evil.example/callback",
    "https://evil.example@rp.example/callback",
    "https://user:pw@rp.example/callback",
    "http://rp.example/callback",
    "HTTPS://rp.example/callback",
    "https:rp.example/callback",
    "//rp.example/callback",
    "/callback",
    "https://rp.example/callback ",
    " https://rp.example/callback",
    "https://rp.example/callback\n",
    "https://rp.example/call\tback",
    "https://rp.example/callback\r\nSet-Cookie: a=b",
    "https://rp.ex\u0430mple/callback",
    "https://rp\uff0eexample/callback",
    "https://rp.example\u2044callback",
    "https://rp.example/callb\u00e4ck",
    "javascript:alert(1)//https://rp.example/callback",
    "data:text/html,https://rp.example/callback",
    "https://[::1/callback",
    "https://rp.example:99999/callback",
    "https://*.example/callback",
    "com.example.app:/callback",
    "http://127.0.0.1:80@evil.example/callback",
]


@pytest.mark.seed("S-33")
@pytest.mark.threat(1, 2, 3, 4, 5, 7, 8, 9, 11, 13)
@pytest.mark.asvs("10.4.1")
@pytest.mark.spec("RFC 9700", "4.1.3")
@pytest.mark.parametrize("uri", NEAR_MISSES)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_a_redirect_uri_that_is_not_registered_gets_a_page(app: App, signed_in: Browser, uri: str, prompt: str | None):
    answer = signed_in.get(app.authorize_url(redirect_uri=uri, prompt=prompt))
    assert error(answer) == (400, "page")
    assert "Location" not in answer
    assert CALLBACK not in answer.content.decode()
    assert answer["X-Trace-Id"] in answer.content.decode()
    assert nothing_is_left()


BAD_OTHERWISE = [
    {"response_type": None},
    {"response_type": "token"},
    {"response_mode": "fragment"},
    {"scope": "unknown"},
    {"scope": "openid,profile"},
    {"audience": "https://unknown.example"},
    {"prompt": "none login"},
    {"prompt": "none", "max_age": "0"},
    {"max_age": "x"},
    {"code_challenge": None},
    {"code_challenge_method": "plain"},
    {"request": "x"},
    {"request_uri": "https://rp.example/r"},
    {"id_token_hint": "x"},
    {"nonce": "n" * 3000},
]


@pytest.mark.threat(13)
@pytest.mark.spec("RFC 6749", "4.1.2.1")
@pytest.mark.parametrize("change", BAD_OTHERWISE, ids=str)
@pytest.mark.parametrize("unproven", [{"redirect_uri": "https://evil.example/cb"}, {"client_id": "nobody"}], ids=str)
def test_no_other_fault_comes_before_an_unproven_destination(
    app: App, signed_in: Browser, change: dict[str, Any], unproven: dict[str, Any]
):
    answer = signed_in.get(app.authorize_url(**change, **unproven))
    assert error(answer) == (400, "page")
    assert "Location" not in answer


@pytest.mark.threat(13)
@pytest.mark.parametrize("client_id", [None, "", "nobody", "x" * 3000, "\u0430", "' OR 1=1 --"])
def test_an_unknown_client_gets_a_page(app: App, visitor: Browser, client_id: str | None):
    answer = visitor.get(app.authorize_url(client_id=client_id))
    assert error(answer) == (400, "page")
    assert AuditEvent.objects.filter(event="request:refused").count() == 1
    assert nothing_is_left()


@pytest.mark.threat(13, 37)
def test_a_disabled_client_is_an_unknown_one(app: App, signed_in: Browser):
    app.row.enabled = False
    app.row.save()
    assert error(app.authorize(signed_in)) == (400, "page")


# refusals at the app

AT_THE_APP = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "code code"}, "unsupported_response_type"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_mode": "x"}, "invalid_request"),
    ({"scope": "unknown"}, "invalid_scope"),
    ({"scope": "openid profil"}, "invalid_scope"),
    ({"scope": "profile.*"}, "invalid_scope"),
    ({"scope": "*"}, "invalid_scope"),
    ({"scope": "openid,offline"}, "invalid_scope"),
    ({"scope": "openid\tprofile"}, "invalid_scope"),
    ({"scope": 'a"b'}, "invalid_scope"),
    ({"scope": " ".join(f"s{n}" for n in range(3000))}, "invalid_scope"),
    ({"audience": "https://unknown.example"}, "invalid_target"),
    ({"resource": "https://unknown.example"}, "invalid_target"),
    ({"resource": [ISSUER, "https://unknown.example"]}, "invalid_target"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "x"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "x"}, "invalid_request"),
    ({"max_age": "9" * 400}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "a" * 44}, "invalid_request"),
    ({"code_challenge": "+" * 43}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request_uri"),
    ({"request_uri": "https://rp.example/r"}, "request_uri_not_supported"),
    ({"request": "x", "request_uri": "https://rp.example/r"}, "invalid_request"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"id_token_hint": "x"}, "invalid_request"),
]


@pytest.mark.seed("S-07", "S-25", "S-32")
@pytest.mark.threat(16, 23, 24, 63)
@pytest.mark.asvs("10.4.4")
@pytest.mark.asvs("10.4.6")
@pytest.mark.spec("RFC 6749", "4.1.2.1")
@pytest.mark.spec("RFC 9207", "2")
@pytest.mark.parametrize(("change", "expected"), AT_THE_APP, ids=lambda v: str(v)[:60])
def test_the_app_is_told_with_state_and_iss(app: App, signed_in: Browser, change: dict[str, Any], expected: str):
    answer = signed_in.get(app.authorize_url(**change))
    assert answer["Location"].startswith(CALLBACK + "?")
    found = parameters(answer)
    assert set(found) == {"error", "error_description", "state", "iss"}
    assert (found["error"], found["state"], found["iss"]) == (expected, "af0ifjsldkj", ISSUER)
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", found["error_description"])
    assert nothing_is_left()


@pytest.mark.seed("S-07")
@pytest.mark.parametrize("fields", [{"grant_types": ["client_credentials"]}, {"response_types": []}], ids=str)
def test_a_client_without_the_grant_may_not_ask(signed_in: Browser, fields: dict[str, Any]):
    app = factories.app(**fields)
    assert error(app.authorize(signed_in)) == (303, "unauthorized_client")


@pytest.mark.seed("S-56")
def test_a_comma_gets_a_hint(app: App, signed_in: Browser):
    found = parameters(app.authorize(signed_in, scope="openid,offline"))
    assert (found["error"], "by spaces" in found["error_description"]) == ("invalid_scope", True)


@pytest.mark.threat(66, 101)
def test_refusals_of_one_address_are_recorded_only_so_often(app: App, visitor: Browser):
    for _ in range(40):
        visitor.get(app.authorize_url(redirect_uri="https://evil.example/cb"))
        visitor.get(app.authorize_url(scope="unknown"))
    assert AuditEvent.objects.count() <= 70


@pytest.mark.spec("OAuth 2.0 Multiple Response Type Encoding Practices", "2.1")
@pytest.mark.threat(16)
@pytest.mark.parametrize("mode", [None, "", "query"])
def test_code_and_state_travel_in_the_query(app: App, signed_in: Browser, mode: str | None):
    answer = app.authorize(signed_in, response_mode=mode)
    assert "code" in parameters(answer)
    assert "#" not in answer["Location"]


@pytest.mark.threat(14)
@pytest.mark.spec("RFC 9700", "4.11.2")
def test_a_client_that_registered_itself_cannot_send_people_away_by_an_error(signed_in: Browser):
    own = factories.app()
    stranger = factories.app(registration_source="dcr")
    assert error(own.authorize(signed_in, scope="unknown")) == (303, "invalid_scope")
    for change in ({"scope": "unknown"}, {"response_type": "token"}, {"max_age": "x"}):
        answer = stranger.authorize(signed_in, **change)
        assert error(answer) == (400, "page")
        assert "Location" not in answer
    silent = stranger.authorize(signed_in, prompt="none", scope="unknown")
    assert error(silent) == (303, "invalid_scope")


# each parameter at most once, only text

ONCE = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "unknown",
]


@pytest.mark.seed("S-64")
@pytest.mark.threat(68)
@pytest.mark.parametrize("name", ONCE)
def test_a_doubled_parameter_is_refused_on_a_page(app: App, signed_in: Browser, name: str):
    value = app.request().get(name, "x")
    answer = signed_in.get(app.authorize_url(**{name: [value, value]}))
    assert error(answer) == (400, "page")
    assert nothing_is_left()


@pytest.mark.threat(68)
def test_parameters_in_url_and_body_are_refused(app: App, signed_in: Browser):
    answer = signed_in.http.post(app.authorize_url(), urlencode(pairs(app.request())), content_type=FORM)
    assert error(answer) == (400, "page")


NOT_TEXT = ["%00", "%ff", "%c0%af", "%ed%a0%80", "%f8%88%80%80%80", "\xff", "\xed\xa0\x80", "%80", "\x00", "%e2%82"]


@pytest.mark.threat(3, 69)
@pytest.mark.parametrize("raw", NOT_TEXT, ids=ascii)
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "nonce", "login_hint", "x", ""])
def test_what_is_not_text_is_refused(app: App, signed_in: Browser, name: str, raw: str):
    query = urlencode(pairs(app.request(**{name: None}))) + f"&{name}={raw}"
    if not name:
        query = query.replace("state", raw)
    by_url = signed_in.http.get("/oauth2/auth", QUERY_STRING=query)
    by_body = signed_in.http.post("/oauth2/auth", query.encode("latin-1"), content_type=FORM)
    assert [error(by_url), error(by_body)] == [(400, "page")] * 2
    assert nothing_is_left()


@pytest.mark.threat(69)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*ONCE, "audience", "resource"]), raw=st.binary(max_size=200))
def test_no_bytes_are_a_server_error(app: App, signed_in: Browser, name: str, raw: bytes):
    rest = urlencode(pairs(app.request(**{name: None}))).encode()
    body = rest + f"&{name}=".encode() + raw.replace(b"&", b"")
    answer = signed_in.http.post("/oauth2/auth", body, content_type=FORM)
    assert answer.status_code in {302, 303, 400}
    if answer.status_code == 303 and not answer["Location"].startswith("/"):
        assert answer["Location"].startswith(CALLBACK + "?")


@pytest.mark.threat(69)
@pytest.mark.parametrize("name", ["sessionid", "oauth_server_browser", "csrftoken", "django_language", "messages"])
@pytest.mark.parametrize("path", ["/oauth2/auth", "/oauth2/interaction/x", "/account/sign-in/", "/account/", "/admin/"])
def test_no_cookie_is_a_server_error(app: App, visitor: Browser, path: str, name: str):
    # RFC 2109 §4.1 quoted strings: Django reads octal in them
    cookie = f'{name}="\\000\\377{"a" * 40}"'
    url = app.authorize_url() if path == "/oauth2/auth" else path
    assert visitor.http.get(url, headers={"cookie": cookie}).status_code < 500


@pytest.mark.threat(66)
def test_a_hundred_thousand_parameters_are_refused(app: App, signed_in: Browser):
    many = "&".join(f"p{n}=1" for n in range(100_000))
    assert error(signed_in.http.get("/oauth2/auth", QUERY_STRING=many)) == (400, "page")
    assert error(signed_in.http.post("/oauth2/auth", many, content_type=FORM)) == (400, "page")


@pytest.mark.threat(71)
@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_other_methods_are_told_which_there_are(app: App, signed_in: Browser, method: str):
    answer = signed_in.http.generic(method, "/oauth2/auth", QUERY_STRING=app.authorize_url().partition("?")[2])
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert nothing_is_left()


@pytest.mark.threat(70)
@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_another_media_type_is_refused(app: App, signed_in: Browser, media_type: str):
    answer = signed_in.http.post("/oauth2/auth", urlencode(pairs(app.request())), content_type=media_type)
    assert error(answer) == (400, "page")


@pytest.mark.threat(70)
def test_a_charset_is_no_other_media_type(app: App, signed_in: Browser):
    body = urlencode(pairs(app.request()))
    answer = signed_in.http.post("/oauth2/auth", body, content_type=f"{FORM}; charset=UTF-8")
    assert "code" in parameters(signed_in.get(answer["Location"]))


# what the answers carry besides


@pytest.mark.threat(15, 90, 91)
@pytest.mark.spec("RFC 9700", "4.12")
@pytest.mark.spec("RFC 9700", "4.2.4")
@pytest.mark.parametrize("change", [{}, {"scope": "unknown"}, {"redirect_uri": "https://evil.example"}], ids=str)
def test_no_answer_is_kept_framed_or_told_to_others(app: App, signed_in: Browser, change: dict[str, Any]):
    answer = signed_in.get(app.authorize_url(**change))
    assert answer.status_code in {303, 400}
    assert answer["Cache-Control"] == "no-store"
    # nothing of the address goes to another site
    assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer
    assert len(answer["X-Trace-Id"]) == 32


@pytest.mark.threat(92)
def test_no_origin_may_read_it(app: App, signed_in: Browser):
    app.row.allowed_origins = "https://spa.example"
    app.row.save()
    answer = signed_in.get(app.authorize_url(), headers={"origin": "https://spa.example"})
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.threat(80)
def test_what_is_asked_for_is_text_on_the_page(app: App, visitor: Browser):
    app.row.name = "<b>x</b>"
    app.row.save()
    script = "<script>alert(1)</script>"
    answer = visitor.get(app.authorize_url(redirect_uri=f"https://evil.example/{script}", state=script, nonce=script))
    assert script.encode() not in answer.content
    assert b"<b>x</b>" not in answer.content


CONFUSED = [
    "/oauth2/auth/",
    "/oauth2//auth",
    "//oauth2/auth",
    "/oauth2/./auth",
    "/oauth2/../oauth2/auth",
    "/oauth2/auth;x=1",
    "/oauth2;x/auth",
    "/oauth2/auth.",
    "/oauth2/auth%2f",
    "/oauth2/auth%00",
    "/OAUTH2/auth",
    "/oauth2/auth%20",
    "/nobody/oauth2/auth",
    "/oauth2/token/",
    "/oauth2/token;x",
    "/oauth2/..%2fadmin/",
    "/.well-known/../admin/",
    "/userinfo/",
]


@pytest.mark.threat(17)
@pytest.mark.parametrize("path", CONFUSED)
def test_only_exact_routes_are_served(app: App, signed_in: Browser, path: str):
    query = app.authorize_url().partition("?")[2]
    answer = signed_in.http.generic("GET", path, QUERY_STRING=query)
    assert answer.status_code == 404
    assert nothing_is_left()
