"""RFC 7591 §5: addresses that a client chose. What they may be, what is fetched from them, and that nothing inside is ever connected."""

import json
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HTTP
from pytest_httpserver import HTTPServer

from oauth_server import clock, fetch, issuers, targets
from oauth_server.keys import jose, remote
from oauth_server.logout import backchannel
from oauth_server.models import Client, LogoutDelivery, TrustedIssuer
from tests import factories, jwts
from tests.flows import CALLBACK, App, Browser
from tests.unit.oauth_server.test_guarded_fetch import FORBIDDEN
from tests.unit.oauth_server.test_uris import UNREADABLE

pytestmark = [pytest.mark.django_db, pytest.mark.threat(73), pytest.mark.spec("RFC 7591", "5")]

PATH = "/oauth2/register"
GOOD: dict[str, Any] = {"redirect_uris": [CALLBACK]}
CALLED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "request_uris")
NEVER_CALLED = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri", "frontchannel_logout_uri")
# A name is judged when it is resolved, which is when it is called
NAMES: tuple[str, ...] = (
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://127.1/",
    "https://0/",
)
NAMES += ("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/")
_, PUBLIC, PRIVATE = jwts.a_key("RS256")


@pytest.fixture
def opened(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DYNAMIC_REGISTRATION": "open", "REGISTRATIONS": 10_000}


@pytest.fixture
def near(opened: None, settings: Any) -> None:
    """The web server of the test may be called."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "FETCH_PRIVATE_HOSTS": ["localhost"]}


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """To where a socket was connected."""
    made: list[Any] = []
    connect = socket.socket.connect

    def noting(self: socket.socket, address: Any) -> None:
        made.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting)
    return made


def post(**members: Any) -> Any:
    return HTTP().post(PATH, json.dumps({**GOOD, **members}), content_type="application/json")


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.spec("RFC 7591", "3.2.2")
@pytest.mark.parametrize(
    "members",
    [{"redirect_uris": ["https://rp.example/#x"]}, {"logo_uri": "http://rp.example/l"}, {"grant_types": ["x"]}],
)
def test_what_is_wrong_is_told_in_english_whatever_the_request_prefers(opened: None, members: Any) -> None:
    told = [
        HTTP().post(PATH, json.dumps({**GOOD, **members}), content_type="application/json", headers=headers).json()
        for headers in ({}, {"accept-language": "de"}, {"accept-language": "ja"})
    ]
    assert told[0] == told[1] == told[2]
    assert told[0]["error_description"]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_an_address_inside_is_refused_at_registration_and_nothing_is_connected(
    opened: None, url: str, connections: list[Any]
):
    for member in CALLED:
        answer = post(**{member: [url] if member == "request_uris" else url})
        if url in NAMES and member != "sector_identifier_uri":
            assert answer.status_code in {201, 400}, member
        else:
            assert told(answer) == (400, "invalid_client_metadata"), (member, answer.content)
    assert post(**dict.fromkeys(NEVER_CALLED, url)).status_code in {201, 400}
    assert connections == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/svg+xml,x", "http://rp.example/x", "//rp.example/x", "x"]
)
@pytest.mark.parametrize("member", NEVER_CALLED)
def test_what_people_see_or_follow_is_https(opened: None, url: str, member: str):
    assert told(post(**{member: url})) == (400, "invalid_client_metadata")


@pytest.mark.threat(27)
@pytest.mark.parametrize("hosts", [[], ["rp.example"]], ids=["any host", "some hosts"])
def test_an_address_that_cannot_be_read_is_refused_by_name(opened: None, settings: Any, hosts: list[str]):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REGISTRATION_HOSTS": hosts}
    lists = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
    for url in UNREADABLE:
        for member in (*CALLED, *NEVER_CALLED, *lists):
            answer = post(subject_type="pairwise", **{member: [url] if member in lists else url})
            expected = "invalid_redirect_uri" if member == "redirect_uris" else "invalid_client_metadata"
            assert told(answer) == (400, expected), (member, url, answer.content)


class Inside:
    """A socket on this machine that counts who comes, and the addresses that lead to it."""

    def __init__(self, listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
        self.listening = listening
        port = listening.getsockname()[1]
        hosts = ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "127.1", "2130706433", "rebound.example", "0")
        self.urls = [f"https://{host}:{port}/x" for host in hosts]
        # the port is no obstacle here: the addresses alone are
        monkeypatch.setattr(targets, "PORTS", frozenset({port}))
        real = socket.getaddrinfo

        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            """The name server of somebody who owns a domain."""
            return real("127.0.0.1" if host == "rebound.example" else host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    def nobody_came(self) -> bool:
        try:
            came, _ = self.listening.accept()
        except BlockingIOError:
            return True
        came.close()
        return False


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        found = Inside(listening, monkeypatch)
        with socket.create_connection(listening.getsockname()):
            assert not found.nobody_came(), "it counts"
        yield found


def signed(claims: dict[str, Any]) -> str:
    key = jose.load(PRIVATE)
    return jwts.compact({"alg": "RS256", "kid": key.kid}, claims, key)


def test_nothing_inside_is_connected_when_a_client_registers(opened: None, inside: Inside):
    for url in inside.urls:
        for member in (*CALLED, *NEVER_CALLED):
            post(**{member: [url] if member == "request_uris" else url})
    assert inside.nobody_came()


def test_nothing_inside_is_connected_for_the_keys_of_a_client(inside: Inside):
    for url in inside.urls:
        app = factories.app(token_endpoint_auth_method="private_key_jwt", client_jwks_uri=url)
        app.key = jose.load(PRIVATE)
        assert told(app.client_credentials()) == (401, "invalid_client")
    assert inside.nobody_came()


def test_nothing_inside_is_connected_for_a_request_object(inside: Inside, signed_in: Browser):
    for url in inside.urls:
        app = factories.app(request_uris=[url], client_jwks={"keys": [PUBLIC]})
        app.authorize(signed_in, request_uri=url)
    assert inside.nobody_came()


def test_nothing_inside_is_connected_for_the_keys_of_somebody_trusted(opened: None, inside: Inside):
    for number, url in enumerate(inside.urls):
        who = f"https://federation{number}.example"
        TrustedIssuer.objects.create(
            issuer=issuers.first(), identifier=who, jwks_uri=url, signs_software_statements=True
        )
        statement = signed({"iss": who, "software_id": "x"})
        assert told(post(software_statement=statement)) == (400, "invalid_software_statement")
    assert inside.nobody_came()


def test_nothing_inside_is_connected_to_tell_of_a_sign_out(inside: Inside):
    now = clock.now()
    rows = []
    for url in inside.urls:
        client = factories.ClientFactory(backchannel_logout_uri=url)
        session = factories.SessionFactory(issuer=client.issuer)
        rows.append(
            LogoutDelivery.objects.create(
                issuer=client.issuer,
                client=client,
                session=session,
                sub="ada",
                next_attempt=now,
                created=now,
                expires=now + timedelta(days=1),
            )
        )
    assert backchannel.deliver([row.pk for row in rows]) == len(rows)
    assert inside.nobody_came()


def test_a_redirect_inside_is_not_followed(near: None, inside: Inside, httpserver: HTTPServer):
    target = inside.urls[1]
    httpserver.expect_request("/x").respond_with_data(status=302, headers={"Location": target})
    url = httpserver.url_for("/x")
    with pytest.raises(fetch.Unreachable, match="302"):
        remote.keys_at(url)
    assert told(post(sector_identifier_uri=url)) == (400, "invalid_client_metadata")
    assert inside.nobody_came()


# what is fetched


@pytest.mark.op("D12")
def test_keys_at_an_address_verify_the_assertions_of_a_client(near: None, httpserver: HTTPServer):
    httpserver.expect_request("/jwks").respond_with_json({"keys": [PUBLIC]})
    body = post(token_endpoint_auth_method="private_key_jwt", jwks_uri=httpserver.url_for("/jwks")).json()
    app = App(Client.objects.get(client_id=body["client_id"]), key=jose.load(PRIVATE))
    assert app.revoke("x").status_code == 200
    assert app.revoke("x").status_code == 200
    assert len(httpserver.log) == 1


@pytest.mark.op("D16")
@pytest.mark.threat(74)
def test_a_client_changes_its_key_and_refreshes_a_minute_later(
    near: None, httpserver: HTTPServer, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
):
    passed = [0.0]
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + passed[0])
    published = {"keys": [PUBLIC]}
    httpserver.expect_request("/jwks").respond_with_handler(lambda request: _json(published))
    app = factories.app(token_endpoint_auth_method="private_key_jwt", client_jwks_uri=httpserver.url_for("/jwks"))
    app.key = jose.load(PRIVATE)
    tokens = app.tokens(signed_in, scope="openid offline_access")
    _, public, private = jose.generate("RS256")
    published["keys"] = [public]
    app.key = jose.load(private)
    assert told(app.refresh(tokens["refresh_token"])) == (401, "invalid_client")
    passed[0] = 60.0
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert len(httpserver.log) == 2


def _json(value: Any) -> Any:
    from werkzeug import Response

    return Response(json.dumps(value), content_type="application/json")


TWO = [CALLBACK, "https://other.example/cb"]


@pytest.mark.op("D13")
@pytest.mark.threat(97)
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0", "5")
def test_a_sector_that_lists_every_redirect_uri_is_taken(near: None, httpserver: HTTPServer):
    httpserver.expect_request("/sector").respond_with_json([*TWO, "https://third.example/"])
    url = httpserver.url_for("/sector")
    answer = post(redirect_uris=TWO, subject_type="pairwise", sector_identifier_uri=url)
    assert answer.status_code == 201, answer.content
    assert answer.json()["sector_identifier_uri"] == url
    assert answer.json()["subject_type"] == "pairwise"


SECTORS: dict[str, Any] = {
    "one is missing": lambda request: _json([CALLBACK]),
    "empty": lambda request: _json([]),
    "an object": lambda request: _json({"redirect_uris": TWO}),
    "a string": lambda request: _json(CALLBACK),
    "with a number": lambda request: _json([*TWO, 5]),
    "no JSON": lambda request: "<html>",
    "nested": lambda request: "[" * 50_000,
    "too large": lambda request: json.dumps([*TWO, "x" * 70_000]),
    "404": None,
}


@pytest.mark.op("D14")
@pytest.mark.threat(97)
@pytest.mark.parametrize("name", SECTORS)
def test_a_sector_that_does_not_vouch_for_the_client_is_refused(near: None, httpserver: HTTPServer, name: str):
    if SECTORS[name]:
        httpserver.expect_request("/sector").respond_with_handler(lambda request: _response(SECTORS[name](request)))
    url = httpserver.url_for("/sector")
    answer = post(redirect_uris=TWO, subject_type="pairwise", sector_identifier_uri=url)
    assert told(answer) == (400, "invalid_client_metadata")
    assert not Client.objects.exists()


def _response(value: Any) -> Any:
    from werkzeug import Response

    return Response(value) if isinstance(value, str) else value


def test_a_sector_that_is_gone_stops_a_replacement_too(near: None, httpserver: HTTPServer):
    httpserver.expect_ordered_request("/sector").respond_with_json(TWO)
    body = post(redirect_uris=TWO, sector_identifier_uri=httpserver.url_for("/sector")).json()
    again = HTTP().put(
        body["registration_client_uri"].removeprefix("http://testserver"),
        json.dumps(
            {
                "client_id": body["client_id"],
                "redirect_uris": [*TWO, "https://evil.example/cb"],
                "sector_identifier_uri": body["sector_identifier_uri"],
            }
        ),
        content_type="application/json",
        headers={"authorization": f"Bearer {body['registration_access_token']}"},
    )
    assert told(again) == (400, "invalid_client_metadata")
    assert Client.objects.get().redirect_uris.split() == TWO
