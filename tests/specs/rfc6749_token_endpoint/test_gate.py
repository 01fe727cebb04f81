"""The gate in front of the endpoints for machines: method, size, media type, bytes and repetitions are judged before anything else."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth_server import conf
from oauth_server.models import AccessToken, AuditEvent
from tests.effort import at_most
from tests.flows import FORM, App
from tests.specs.endpoints import (
    ALL,
    INTROSPECT,
    POSTED,
    PUBLIC,
    REVOKE,
    TOKEN,
    USERINFO,
    Machine,
    name,
    send,
    send_raw,
)

pytestmark = pytest.mark.django_db

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND")


def test_every_good_request_is_good(app: App):
    for machine in POSTED:
        assert send(app, machine).status_code == machine.good
    for machine in PUBLIC:
        assert app.http.get(machine.path).status_code == 200


@pytest.mark.seed("S-22")
@pytest.mark.seed("S-45")
@pytest.mark.threat(52)
@pytest.mark.threat(71)
@pytest.mark.spec("RFC 6749", "3.2")
@pytest.mark.spec("RFC 7662", "2.1")
@pytest.mark.spec("RFC 7009", "2.1")
@pytest.mark.parametrize("machine", ALL, ids=name)
def test_another_method_is_405_and_says_which_are_allowed(app: App, machine: Machine):
    allowed = {*machine.methods, *(["HEAD"] if "GET" in machine.methods else [])}
    for verb in VERBS:
        response = app.http.generic(verb, machine.path, headers=app.credentials()[0])
        if verb in allowed:
            assert response.status_code != 405, verb
        elif verb == "OPTIONS" and machine.public:
            assert response.status_code == 204
        else:
            assert response.status_code == 405, verb
            assert response.content == b"", verb
            assert set(response["Allow"].split(", ")) == {*machine.methods, *(["OPTIONS"] if machine.cors else [])}


@pytest.mark.threat(52)
def test_a_token_in_the_url_is_never_introspected_or_revoked(app: App):
    token = app.client_credentials().json()["access_token"]
    for path in (INTROSPECT.path, REVOKE.path):
        assert app.http.get(f"{path}?token={token}", headers=app.credentials()[0]).status_code == 405
        refused = app.http.post(f"{path}?token={token}", content_type=FORM, headers=app.credentials()[0])
        assert refused.status_code == 400
    assert app.is_active(token)


@pytest.mark.threat(71)
@pytest.mark.parametrize("override", ["x-http-method-override", "x-http-method", "x-method-override"])
def test_a_header_does_not_change_the_method(app: App, override: str):
    headers = {**app.credentials()[0], override: "POST"}
    assert app.http.get(f"{TOKEN.path}?grant_type=client_credentials", headers=headers).status_code == 405
    answer = send_raw(app, TOKEN, "grant_type=client_credentials&_method=DELETE", **{override: "DELETE"})
    assert answer.status_code == 200


# Content-Type, and whether a form under it is read
TYPES: list[tuple[str, bool]] = [
    ("application/x-www-form-urlencoded", True),
    ("application/x-www-form-urlencoded; charset=UTF-8", True),
    ("application/x-www-form-urlencoded;charset=utf-8", True),
    ("APPLICATION/X-WWW-FORM-URLENCODED", True),
    ("x-www-form-urlencoded", False),
    ("application/json", False),
    ("multipart/form-data; boundary=x", False),
    ("text/plain", False),
    ("application/xml", False),
    ("application/x-www-form-urlencoded2", False),
    ("application/octet-stream", False),
    ("*/*", False),
]


@pytest.mark.seed("S-39")
@pytest.mark.seed("S-66")
@pytest.mark.threat(70)
@pytest.mark.spec("RFC 6749", "4.1.3")
@pytest.mark.parametrize("machine", POSTED, ids=name)
def test_a_form_is_read_under_its_own_media_type_alone(app: App, machine: Machine):
    for content_type, is_read in TYPES:
        response = send_raw(app, machine, urlencode(machine.values), content_type=content_type)
        if is_read:
            assert response.status_code == machine.good, content_type
            continue
        assert response.status_code == 415, content_type
        assert response.json()["error"] == "invalid_request"
        assert "another media type" in response.json()["error_description"]


@pytest.mark.threat(70)
@pytest.mark.parametrize("machine", POSTED[:3], ids=name)
def test_json_multipart_and_utf16_are_not_taken_for_a_form(app: App, machine: Machine):
    form = urlencode(machine.values)
    assert (
        send_raw(app, machine, '{"grant_type":"client_credentials"}', content_type="application/json").status_code
        == 415
    )
    for body, charset in (
        (form.encode("utf-16"), "utf-16"),
        (form.encode("utf-16-le"), "utf-16le"),
        (b"token=%e9", "iso-8859-1"),
    ):
        headers = app.credentials()[0]
        response = app.http.generic("POST", machine.path, body, f"{FORM}; charset={charset}", headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert not AccessToken.objects.exists()


def test_a_body_without_a_type_is_not_read(app: App):
    response = app.http.generic(
        "POST", TOKEN.path, urlencode(TOKEN.values), content_type="", headers=app.credentials()[0]
    )
    assert response.status_code == 415


def test_an_empty_body_needs_no_type(app: App):
    response = app.http.generic("POST", TOKEN.path, "", content_type="", headers=app.credentials()[0])
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


PARAMETERS = (
    "grant_type client_id client_secret code redirect_uri code_verifier refresh_token scope token token_type_hint "
    "access_token username password device_code client_assertion client_assertion_type nonce state unknown".split()
)


@pytest.mark.threat(68)
@pytest.mark.spec("RFC 6749", "3.2")
@pytest.mark.parametrize("machine", POSTED, ids=name)
def test_a_parameter_that_comes_twice_is_malformed(app: App, machine: Machine):
    for parameter in PARAMETERS:
        body = urlencode([*machine.values.items(), (parameter, "a"), (parameter, "a")])
        response = send_raw(app, machine, body)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), parameter
        spelled = urlencode([*machine.values.items()]) + f"&{parameter}=a&%{ord(parameter[0]):02x}{parameter[1:]}=b"
        assert send_raw(app, machine, spelled).status_code == 400, parameter


@pytest.mark.threat(68)
@pytest.mark.parametrize("parameter", ["resource", "audience"])
def test_resource_and_audience_may_repeat(app: App, parameter: str):
    issuer = app.row.issuer.identifier
    assert app.client_credentials(**{parameter: [issuer, issuer]}).status_code == 200


@pytest.mark.threat(68)
@pytest.mark.parametrize("machine", POSTED, ids=name)
def test_a_query_beside_the_body_is_refused(app: App, machine: Machine):
    credentials = app.credentials()[0] if machine.authenticates else {}
    for query in ("grant_type=client_credentials", "x", "token=x", "access_token=x"):
        response = app.http.post(
            f"{machine.path}?{query}", urlencode(machine.values), content_type=FORM, headers=credentials
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_empty_pairs_and_parameters_without_value_count_as_absent(app: App):
    assert send_raw(app, TOKEN, "&&grant_type=client_credentials&&scope=&resource&").status_code == 200
    response = send_raw(app, TOKEN, "grant_type=")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


BYTES: dict[str, bytes] = {
    "NUL": b"%00",
    "NUL inside": b"a%00b",
    "raw NUL": b"\x00",
    "invalid UTF-8": b"%ff%fe",
    "raw invalid UTF-8": b"\xff\xfe",
    "cut UTF-8": b"%e2%82",
    "surrogate": b"%ed%a0%80",
    "overlong slash": b"%c0%af",
    "overlong NUL": b"%c0%80",
    "beyond Unicode": b"%f4%90%80%80",
    "CRLF": b"%0d%0aSet-Cookie:%20a=b",
    "raw CRLF": b"\r\nSet-Cookie: a=b",
    "quotes": b"%22%27%5c",
    "half an escape": b"%",
    "no escape": b"%zz",
    "SQL": b"%27%20OR%201=1%20--",
    "template": b"{{7*7}}${7*7}%25s",
    "BOM": b"%ef%bb%bf",
    "right to left": b"%e2%80%ae",
    "four bytes": b"%f0%9f%92%a9",
    "controls": b"%01%1b%7f%c2%85",
    "brackets": b"[]",
    "a negative number": b"-1",
    "a huge number": b"9" * 400,
    "a URI that cannot be parsed": b"http://[::1",
    "a port that is none": b"https://a:99999/",
    "10 kB": b"x" * 10_000,
}


@pytest.mark.threat(67)
@pytest.mark.threat(69)
@pytest.mark.seed("S-51")
@pytest.mark.parametrize("number", range(len(POSTED)), ids=[name(machine) for machine in POSTED])
def test_any_bytes_in_any_parameter_get_an_error_and_never_5xx(app: App, number: int):
    """A third of all: each bytes at each endpoint, in each of its parameters, and in each parameter somewhere."""
    send_any_bytes(app, number, every=3)


@pytest.mark.long
@pytest.mark.threat(69)
@pytest.mark.parametrize("number", range(len(POSTED)), ids=[name(machine) for machine in POSTED])
def test_all_bytes_in_all_parameters_get_an_error_and_never_5xx(app: App, number: int):
    send_any_bytes(app, number, every=1)


def send_any_bytes(app: App, number: int, every: int) -> None:
    machine = POSTED[number]
    for row, (kind, bad) in enumerate(BYTES.items()):
        for parameter in [*PARAMETERS, "resource", "audience"][(number + row) % every :: every]:
            others = [f"{key}={value}".encode() for key, value in machine.values.items() if key != parameter]
            body = b"&".join([*others, parameter.encode() + b"=" + bad])
            as_a_name = b"&".join([*others, bad + b"=x"])
            check(send_raw(app, machine, body), f"{parameter}: {kind}")
            check(send_raw(app, machine, body, authorization=""), f"{parameter}, nobody: {kind}")
            check(send_raw(app, machine, as_a_name), f"a name beside {parameter}: {kind}")


@pytest.mark.threat(69)
@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "client_credentials", "password", "x"])
def test_any_bytes_beside_each_grant(app: App, grant: str):
    good = {"code": "x", "refresh_token": "x", "redirect_uri": "x", "code_verifier": "x" * 43}
    for kind, bad in BYTES.items():
        for parameter in ("code", "refresh_token", "scope", "resource", "audience", "redirect_uri", "code_verifier"):
            kept = [f"{key}={value}".encode() for key, value in good.items() if key != parameter]
            body = b"&".join([f"grant_type={grant}".encode(), *kept, parameter.encode() + b"=" + bad])
            check(send_raw(app, TOKEN, body), f"{parameter}: {kind}")


def check(response: Any, parameter: str) -> None:
    assert response.status_code < 500, (parameter, response.content)
    for header, value in response.items():
        assert "\r" not in value, header
        assert "\n" not in value, header
    assert "Set-Cookie" not in response
    if response.content:
        body = response.json()
        assert set(body) <= {"error", "error_description"} or response.status_code == 200, parameter
        text = body.get("error_description", "")
        # RFC 6749 §5.2
        assert all(" " <= c <= "~" and c not in '"\\' for c in text)


@pytest.mark.threat(69)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300)
    | st.lists(
        st.tuples(st.sampled_from([*PARAMETERS, "resource", "audience"]), st.binary(max_size=40)), max_size=6
    ).map(lambda given: b"&".join(key.encode() + b"=" + value for key, value in given))
)
def test_any_body_gets_an_answer(app: App, body: bytes):
    for machine in POSTED:
        check(send_raw(app, machine, body), machine.path)


HEADERS = (
    "authorization",
    "origin",
    "traceparent",
    "content-type",
    "if-none-match",
    "x-forwarded-for",
    "accept",
    "cookie",
)


@pytest.mark.threat(66)
@pytest.mark.threat(69)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.sampled_from(HEADERS), value=st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_header_gets_an_answer(app: App, header: str, value: str):
    for machine in ALL:
        for scheme in ("", "Basic ", "Bearer "):
            headers = {header: f"{scheme}{value}"}
            response = (
                app.http.get(machine.path, headers=headers)
                if machine.public
                else app.http.post(machine.path, urlencode(machine.values), content_type=FORM, headers=headers)
            )
            assert response.status_code < 500


HUGE: dict[str, tuple[str, set[int]]] = {
    "100,000 parameters": ("&".join(f"p{n}=" for n in range(100_000)), {413}),
    "300 parameters": ("&".join(f"p{n}=1" for n in range(300)), {400}),
    "10,000 scopes": ("grant_type=client_credentials&scope=" + "+".join(f"s{n}" for n in range(10_000)), {400}),
    "a scope of 60 kB": ("grant_type=client_credentials&scope=" + "x" * 60_000, {400}),
    "1,000 resources": ("grant_type=client_credentials&" + "&".join(["resource=x"] * 1_000), {400}),
    "a long grant type": ("grant_type=" + "x" * 60_000, {400}),
    "a token of 60 kB": ("token=" + "x" * 60_000, {200, 400}),
    "a JWT of 60 kB": ("token=eyJ." + "x" * 60_000 + ".x", {200, 400}),
    "dots": ("token=" + "." * 60_000, {200, 400}),
    "3 MB": ("x" * 3_000_000, {413}),
    "ampersands": ("&" * 65_000, {400}),
    "percent signs": ("token=" + "%25" * 20_000, {200, 400}),
}


@pytest.mark.threat(66)
@pytest.mark.parametrize("case", HUGE)
@pytest.mark.parametrize("machine", POSTED[:3], ids=name)
def test_huge_input_is_refused_quickly(app: App, machine: Machine, case: str):
    body, expected = HUGE[case]
    send(app, machine)
    with at_most(0.1):
        response = send_raw(app, machine, body)
    assert response.status_code in expected, response.content[:200]
    # and nothing of it is kept
    assert all(len(event.reason) < 1_000 for event in AuditEvent.objects.all())


@pytest.mark.threat(66)
def test_a_body_just_within_the_limit_is_read(app: App):
    filler = "x" * (conf.settings.MAX_BODY - len("grant_type=client_credentials&pad="))
    assert send_raw(app, TOKEN, f"grant_type=client_credentials&pad={filler}").status_code == 200
    assert send_raw(app, TOKEN, f"grant_type=client_credentials&pad={filler}x").status_code == 413


def test_many_headers_cost_little(app: App):
    headers = {**app.credentials()[0], **{f"x-header-{n}": "x" for n in range(1_000)}}
    assert app.http.post(TOKEN.path, urlencode(TOKEN.values), content_type=FORM, headers=headers).status_code == 200


@pytest.mark.threat(17)
@pytest.mark.parametrize(
    "path",
    [
        "/oauth2/token/",
        "/oauth2//token",
        "//oauth2/token",
        "/oauth2/./token",
        "/oauth2/token;x",
        "/oauth2/token.",
        "/oauth2%2ftoken/",
        "/oauth2/Token",
        "/oauth2/token%00",
        "/.well-known/jwks.json/",
        "/.well-known/../oauth2/token",
        "/userinfo/",
    ],
)
def test_only_the_exact_address_answers(app: App, path: str):
    response = app.http.generic("POST", path, urlencode(TOKEN.values), content_type=FORM, headers=app.credentials()[0])
    assert response.status_code == 404


CACHING: dict[str, tuple[Machine, str, int]] = {
    "a token": (TOKEN, "", 200),
    "a refused token": (TOKEN, "grant_type=x", 400),
    "introspection": (INTROSPECT, "", 200),
    "refused introspection": (INTROSPECT, "x=y", 400),
    "revocation": (REVOKE, "", 200),
    "userinfo": (USERINFO, "", 401),
}


@pytest.mark.threat(90)
@pytest.mark.seed("S-51")
@pytest.mark.spec("RFC 6749", "5.1")
@pytest.mark.parametrize("case", CACHING)
def test_what_is_secret_is_not_cached(app: App, case: str):
    machine, body, status = CACHING[case]
    response = send_raw(app, machine, body or urlencode(machine.values))
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert response["Pragma"] == "no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.threat(90)
@pytest.mark.parametrize("machine", PUBLIC, ids=name)
def test_what_is_public_may_be_cached_by_anybody(app: App, machine: Machine):
    response = app.http.get(machine.path)
    assert response["Cache-Control"] == f"public, max-age={conf.settings.JWKS_MAX_AGE}"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


@pytest.mark.threat(90)
@pytest.mark.parametrize("machine", ALL, ids=name)
def test_no_endpoint_for_machines_sets_a_cookie(app: App, machine: Machine):
    app.http.cookies["sessionid"] = "a" * 32
    response = app.http.get(machine.path) if machine.public else send(app, machine)
    assert not response.cookies


def test_every_answer_names_its_trace(app: App):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = send_raw(app, TOKEN, "grant_type=x", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert response["X-Trace-Id"] == trace
    assert AuditEvent.objects.get().trace_id == trace
    for bad in (
        "",
        "x",
        f"00-{trace.upper()}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"{trace}\r\nX: y",
    ):
        given = send_raw(app, TOKEN, "grant_type=x", traceparent=bad)["X-Trace-Id"]
        assert given != trace
        assert len(given) == 32
