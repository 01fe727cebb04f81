"""What the management API keeps on the wire: pages, conditions, bodies; and that no bytes are a fault."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_server import copies, issuers
from oauth_server.api.v1.identity import id_of, key_of
from oauth_server.api.v1.inside import call
from oauth_server.api.v1.problem import RULES
from oauth_server.conf import settings as conf
from oauth_server.models import Client
from tests import factories
from tests.apps.admin.test_logo import PNG
from tests.apps.api.conftest import API


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("my-app", "my-app"),
        ("orders:read", "orders:read"),
        ("https://api.example.com", "~aHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20"),
        ("~aHR0", "~fmFIUjA"),
        ("..", "~Li4"),
        ("a b%2F?#", "~YSBiJTJGPyM"),
        ("ä", "~w6Q"),
    ],
)
def test_every_natural_key_has_one_name_in_a_path(key: str, name: str):
    assert id_of(key) == name
    assert key_of(name) == key


@pytest.mark.parametrize("name", ["", "..", "~", "~!", "~aHR0=", "~bXktYXBw", "~AA", "~_w", "a b", "a/b", "\x00"])
def test_what_is_nobodys_name_names_nothing(name: str):
    assert key_of(name) == ""


@pytest.mark.bar("O11.2")
def test_pages_go_by_key_and_cost_the_same_however_many_there_are(
    api: API, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while rows come and go between two pages; a cursor is good for its own list alone, and the same at any time."""
    issuer = issuers.first()
    scope = factories.ScopeFactory(issuer=issuer, name="a")
    apis = [factories.AudienceFactory(issuer=issuer, identifier=f"https://{n}.example") for n in range(2)]

    def more(numbers: range) -> None:
        for n in numbers:
            one = factories.app(name=f"App {n % 3}", client_id=f"client-{n:03}").row
            one.scopes.add(scope)
            one.audiences.set(apis)

    lists = (
        "/clients",
        "/scopes",
        "/audiences",
        "/keys",
        "/issuers",
        "/sessions",
        "/consents",
        "/audit-events",
        "/usage",
    )

    def statements() -> dict[str, int]:
        found: dict[str, int] = {}
        for path in (*lists, f"/clients/{app.client_id}/secrets"):
            # a copy of the issuer would be loaded anew whenever it is a second old
            copies.clear()
            with CaptureQueriesContext(connection) as queries:
                assert api("GET", path).status_code == 200
            found[path] = len(queries)
        return found

    more(range(3))
    few = statements()
    more(range(3, 12))
    many = statements()
    assert few == many
    assert max(many.values()) <= 10, many

    for order in ("client_name", "-client_name", "created_at", "-client_id"):
        seen: list[str] = []
        path = f"/clients?search=client-&limit=5&order={order}"
        answer = api("GET", path).json()
        seen += [one["id"] for one in answer["items"]]
        while answer["next"]:
            answer = api("GET", f"{path}&cursor={answer['next']}").json()
            seen += [one["id"] for one in answer["items"]]
        assert len(seen) == len(set(seen)) == 12, order
    first = api("GET", "/clients?limit=1")
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: 2_000_000_000.0)
        assert api("GET", "/clients?limit=1").json()["next"] == first.json()["next"]
    assert first["Link"] == f'</api/v1/clients?limit=1&cursor={first.json()["next"].replace(":", "%3A")}>; rel="next"'
    for path in (
        f"/scopes?cursor={first.json()['next']}",
        f"/clients?cursor={first.json()['next']}&order=client_id",
        "/clients?cursor=x",
        "/clients?limit=0",
        "/clients?limit=501",
        "/clients?limit=٣",
        "/clients?order=secret",
        "/clients?client_secret=x",
        "/clients?enabled=maybe",
        "/clients?client_id=",
        "/clients?client_id=a&client_id=b",
        "/clients?search=%00",
        "/audit-events?since=yesterday",
        "/keys?state=lost",
        "/scopes/openid?x=1",
    ):
        assert api("GET", path).json()["rule"] == "invalid-request", path


def test_conditions_are_strong_and_nothing_is_changed_without_one(api: API) -> None:
    made = api.make("/scopes", name="a")
    path, tag = "/scopes/a", made["etag"]
    for method in ("PUT", "PATCH", "DELETE"):
        assert api(method, path, {}).status_code == 428
        for stale in (f"W/{tag}", '"x"', "x", '"x", W/"y"', tag.strip('"'), f'{tag[:-2]}0"'):
            answer = api(method, path, {"title": "no"}, if_match=stale)
            assert answer.status_code == 412, (method, stale)
    assert api("GET", path).json() == made
    assert api("PATCH", path, {}, if_match=f'"x", {tag}').json() == made
    assert api("PATCH", path, {"title": "b"}, if_match=tag).status_code == 200
    assert api("DELETE", path, if_match=tag).status_code == 412
    assert api("DELETE", path, if_match="*").status_code == 204


@pytest.mark.threat(65, 70, 96)
def test_a_body_is_read_strictly(api: API, settings: Any) -> None:
    for body, rule in (
        (b"", "invalid-members"),
        (b"{", "invalid-request"),
        (b"\xff\xfe", "invalid-request"),
        (b"[" * 3000, "invalid-request"),
        (b'{"name": "a", "name": "b"}', "invalid-request"),
        (b'{"name": NaN}', "invalid-request"),
        (b'"text"', "invalid-request"),
        (b"null", "invalid-request"),
        (b'{"name": 1}', "invalid-members"),
        (b'{"name": "a\\u0000"}', "invalid-members"),
        (b'{"name\\u0000": "a"}', "invalid-members"),
        (b'{"name": "\\ud800"}', "invalid-request"),
        (b'{"name": "a", "required": "true"}', "invalid-members"),
        (b'{"name": "a", "required": 1}', "invalid-members"),
        (b'{"name": "a", "unknown": 1}', "invalid-members"),
        (b'{"name": "a", "issuer": "x"}', "invalid-members"),
        (b'{"name": "a", "claims": [1]}', "invalid-members"),
        (b'{"name": "a", "claims": {"0": "x"}}', "invalid-members"),
        (b'{"name": "a", "translations": {"de": {"x": "y"}}}', "invalid-members"),
        (b'{"name": "a", "audience": "https://nowhere.example"}', "invalid-members"),
        (b'{"name": "a b"}', "invalid-members"),
        (b'{"name": "' + b"a" * 200 + b'"}', "invalid-members"),
        (b'{"name": 1' + b"0" * 5000 + b"}", "invalid-request"),
        (b" " * (conf.MAX_BODY + 1), "too-large"),
    ):
        answer = api("POST", "/scopes", body)
        assert answer.json()["rule"] == rule, (body[:60], answer.content)
    assert api("POST", "/scopes", b"name=a", media_type="application/x-www-form-urlencoded").status_code == 415
    for members in (
        {"access_token_lifetime": 2**31},
        {"access_token_lifetime": -1},
        {"access_token_lifetime": 1e999},
        {"token_format": "xml"},
        {"introspectors": ["nobody"]},
        {"identifier": "no uri"},
    ):
        answer = api("POST", "/audiences", {"identifier": "https://a.example", **members})
        assert answer.status_code == 400, members
    # mass assignment: what is only read is not written, and what no operator sets is unknown
    made = api("POST", "/clients", {"client_name": "A", "redirect_uris": ["https://a.example"], "logo": "x" * 64})
    assert made.status_code == 201
    assert made.json()["logo"] == ""
    for name in ("user_id", "issuer", "version", "standing", "registration_access_token", "pk", "secrets"):
        answer = api("PATCH", f"/clients/{made.json()['id']}", {name: 1}, if_match="*")
        assert answer.json()["errors"] == [{"member": name, "detail": "It is unknown."}]
    assert not Client.objects.filter(client_id="").exists()


def test_the_logo_of_a_client(api: API, app: Any) -> None:

    path = f"/clients/{app.client_id}/logo"
    assert api("GET", path).status_code == 404
    for body, media_type, status in (
        (b"GIF89a", "image/png", 400),
        (b"\x89PNG", "image/svg+xml", 415),
        (b"\x89PNG" + b"x" * 600_000, "image/png", 413),
    ):
        assert api("PUT", path, body, media_type=media_type).status_code == status
    assert api("PUT", path, PNG, media_type="image/png").status_code == 204
    shown = call(issuers.first(), "GET", path, actor="cli:root")
    assert shown.body.startswith(b"\x89PNG")
    assert api("DELETE", path).status_code == 204


def test_too_many_requests_are_told_when_to_come_back(api: API, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "API_REQUESTS": 3, "API_FAILURES": 2}
    answers = [api("GET", "/keys") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert [api("GET", "/keys", token="x").status_code for _ in range(3)] == [401, 401, 429]


def test_the_document_is_the_committed_one(api: API) -> None:
    served = api("GET", "/openapi.json").json()
    assert served["servers"] == [{"url": f"{issuers.first().identifier}/api/v1"}]
    assert len(served["paths"]) == len(json.loads(json.dumps(served["paths"])))
    assert {"/clients", "/consents"} <= set(served["paths"])


def test_each_rule_has_a_description_and_off_is_off(api: API, settings: Any) -> None:
    for name in RULES:
        assert api("GET", f"/problems/{name}", token="").json()["status"] == RULES[name].status
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "MANAGEMENT_API": False}
    for path in ("/clients", "/openapi.json", "/problems/taken", "/docs"):
        assert api("GET", path).status_code == 404
