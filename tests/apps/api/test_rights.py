"""Every path and method of the management API against every scope and every role; and who has no business there at all."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as HTTP
from django.urls import reverse

from oauth_server import counters, issuers
from oauth_server.api.v1.routes import ROUTES
from oauth_server.deeds import admin_token
from oauth_server.models import AccessToken, AuditEvent, Client, Counter
from oauth_server.policy import roles
from oauth_server.tokens import lookup
from tests.apps.admin.conftest import PASSWORD, long_ago
from tests.apps.api.conftest import API, EVERY, api_of, check
from tests.flows import App, Browser

NOBODY = ""
# path → method → the scope of a token, the least role of a member of staff; "" where it depends on what is named
READ, WRITE, SECRETS, KEYS, LOGIN = "manage:read", "manage:write", "manage:secrets", "manage:keys", "manage:login"
AUDIT = "manage:audit"
_VIEW = (READ, "viewer")
_WRITTEN = {"GET": _VIEW, "PUT": (WRITE, "operator"), "PATCH": (WRITE, "operator"), "DELETE": (WRITE, "operator")}
RIGHTS: dict[str, dict[str, tuple[str, str]]] = {
    "issuers": {"GET": _VIEW, "POST": (LOGIN, "security")},
    "issuers/{id}": {"GET": _VIEW, "PATCH": (LOGIN, "security"), "DELETE": (LOGIN, "security")},
    "issuers/{id}/stop": {"POST": (LOGIN, "security")},
    "issuers/{id}/resume": {"POST": (LOGIN, "security")},
    "clients": {"GET": _VIEW, "POST": (WRITE, "operator")},
    "clients/{id}": _WRITTEN,
    "clients/{id}/fresh-consent": {"POST": (WRITE, "operator")},
    "clients/{id}/logo": {"GET": _VIEW, "PUT": (WRITE, "operator"), "DELETE": (WRITE, "operator")},
    "clients/{id}/secrets": {"GET": _VIEW, "POST": (SECRETS, "operator")},
    "clients/{id}/secrets/rotate": {"POST": (SECRETS, "operator")},
    "clients/{id}/secrets/{secret}": {"GET": _VIEW, "DELETE": (SECRETS, "operator")},
    "scopes": {"GET": _VIEW, "POST": (WRITE, "operator")},
    "scopes/{id}": _WRITTEN,
    "authorization-detail-types": {"GET": _VIEW, "POST": (WRITE, "operator")},
    "authorization-detail-types/{id}": _WRITTEN,
    "scopes/{id}/fresh-consent": {"POST": (WRITE, "operator")},
    "audiences": {"GET": _VIEW, "POST": (WRITE, "operator")},
    "audiences/{id}": _WRITTEN,
    "keys": {"GET": _VIEW, "POST": (KEYS, "security")},
    "keys/rotate": {"POST": (KEYS, "security")},
    "keys/{id}": {"GET": _VIEW},
    "keys/{id}/dependents": {"GET": _VIEW},
    "keys/{id}/revoke": {"POST": (KEYS, "security")},
    "key-sets/{key_set}/keys": {"GET": _VIEW, "POST": (KEYS, "security")},
    "key-sets/{key_set}/keys/{id}": {"GET": _VIEW, "DELETE": (KEYS, "security")},
    "tokens/inspect": {"POST": _VIEW},
    "tokens/revoke": {"POST": (WRITE, "support")},
    "revocations": {"POST": ("", "")},
    "revocations/preview": {"POST": ("", "")},
    "sessions": {"GET": _VIEW},
    "sessions/{id}": {"GET": _VIEW},
    "sessions/{id}/end": {"POST": (WRITE, "support")},
    "audit-events": {"GET": (AUDIT, "viewer")},
    "audit-events/export": {"GET": (AUDIT, "security")},
    "audit-events/{id}": {"GET": (AUDIT, "viewer")},
    "usage": {"GET": _VIEW},
    "openapi.json": {"GET": ("", "")},
    "consents": {"GET": _VIEW},
    "consents/withdraw": {"POST": (WRITE, "support")},
    "consents/{id}": {"GET": _VIEW},
    "consents/{id}/withdraw": {"POST": (WRITE, "support")},
}
# what a revocation names → scope, role
NAMED = {
    "family": (WRITE, "support"),
    "client": (WRITE, "operator"),
    "person": (WRITE, "operator"),
    "client_person": (WRITE, "operator"),
    "audience": (WRITE, "operator"),
    "scope": (WRITE, "operator"),
    "key": (KEYS, "security"),
    "issuer": (LOGIN, "security"),
}
ANOTHER = "https://elsewhere.example"


def every() -> list[tuple[str, str, str, str]]:
    """Path, method, scope, role. Nothing is named that exists, so nothing is done."""
    for route in ROUTES:
        assert set(RIGHTS[route.path]) == set(route.resource.acts()), route.path
    return [
        ("/" + path.replace("{id}", "none").replace("{secret}", "1").replace("{key_set}", "kept"), method, *needs)
        for path, methods in RIGHTS.items()
        for method, needs in methods.items()
    ]


@pytest.mark.bar("O12.3")
@pytest.mark.threat(95)
@pytest.mark.parametrize("scope", EVERY)
def test_a_token_does_what_its_scope_says_and_nothing_else(scope: str, db: None) -> None:
    api = api_of(issuers.first(), scope)
    for path, method, needs, _role in every():
        # what the path names does not exist, or the body is refused: whoever may do it gets as far as that
        answer = api(method, path, b"[]" if method != "GET" else None, if_match="*")
        if answer.streaming:
            assert needs == scope
            continue
        refused = answer.status_code == 403
        assert refused is (needs not in {"", scope}), (method, path, answer.content)
        if refused:
            assert answer.json()["scope"] == needs
            assert answer["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{needs}"'
    for what, (needs, _role) in NAMED.items():
        for path in ("/revocations", "/revocations/preview"):
            answer = api(
                "POST",
                path,
                {"what": what, "client": "none", "issuer": ANOTHER, "reason": "x"}
                if path == "/revocations"
                else {"what": what, "issuer": ANOTHER},
            )
            assert (answer.status_code == 403) is (needs != scope), (what, answer.content)


def in_browser(browser: HTTP, method: str, path: str, body: Any) -> Any:
    answer = browser.generic(method, f"/api/v1{path}", body, content_type="application/json", headers={"if-match": "*"})
    check(answer)
    return answer


@pytest.mark.bar("O12.3")
@pytest.mark.threat(95)
@pytest.mark.parametrize("role", ["", *roles.ROLES])
def test_a_member_of_staff_does_what_their_role_says(role: str, db: None) -> None:
    user = get_user_model().objects.create_user("staff@example.org", PASSWORD)
    user.is_staff = True
    user.save()
    if role:
        roles.give(user, role)
    browser = HTTP()
    browser.force_login(user)
    order = list(roles.ROLES)

    def may(least: str) -> bool:
        return not least or (role != "" and order.index(role) >= order.index(least))

    for path, method, _scope, least in every():
        answer = in_browser(browser, method, path, b"[]" if method != "GET" else b"")
        assert (answer.status_code == 403) is not may(least), (method, path, getattr(answer, "content", ""))
    for what, (_scope, least) in NAMED.items():
        answer = in_browser(browser, "POST", "/revocations/preview", f'{{"what": "{what}", "issuer": "{ANOTHER}"}}')
        assert (answer.status_code == 403) is not may(least), what


@pytest.mark.threat(71, 95)
def test_nobody_else_gets_in(api: API, app: App, signed_in: Browser, person: Any) -> None:
    """Without a token, with one that is not good, a person's, another issuer's, one for another API; a signed-in person; other methods."""
    other = issuers.create("Other", slug="other")
    elsewhere = admin_token.make(other, EVERY, 3_600).access_token
    for_another_api = admin_token.make(issuers.first(), EVERY, 3_600)
    row = for_another_api.access_token
    found = lookup.access_token(row)
    type(found.row).objects.filter(pk=found.row.pk).update(resource=[ANOTHER])
    app.row.scopes.add(issuers.first().scopes.get(name="manage:write"))
    of_a_person = app.tokens(signed_in, scope="openid manage:write")["access_token"]
    for value in ("x", "oas_at_nothing", elsewhere, row, of_a_person, "\x7f" * 5000):
        answer = api("GET", "/clients", token=value)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"'), value
    answer = api("GET", "/clients", token="")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    basic = api.http.get("/api/v1/clients", headers={"authorization": "Basic YTpi"})
    assert (basic.status_code, basic["WWW-Authenticate"]) == (401, "Bearer")
    assert in_browser(signed_in.http, "GET", "/clients", b"").json()["rule"] == "forbidden"
    # a cookie does not make up for a token that is not good, nor one header for another
    staff = HTTP()
    staff.force_login(get_user_model().objects.create_superuser(email="root@example.org", password=PASSWORD))
    assert staff.get("/api/v1/clients").status_code == 200
    assert staff.get("/api/v1/clients", headers={"authorization": "Bearer x"}).status_code == 401
    for name in ("x-admin-token", "x-http-method-override", "-oauth-server-api-pass", "x-forwarded-user"):
        assert api("GET", "/clients", token="", **{name: api.token}).status_code == 401, name
    # the other issuer's token at its own place
    there = API(other, elsewhere)
    assert [one["slug"] for one in there("GET", "/issuers").json()["items"]] == ["other"]
    assert there("GET", f"/issuers/{issuers.first().pk}").status_code == 404
    assert there("POST", "/issuers", {"name": "Third"}).json()["rule"] == "forbidden"
    assert there("DELETE", "/issuers/other", if_match="*").json()["rule"] == "forbidden"
    assert there("GET", f"/clients/{app.client_id}").status_code == 404
    assert there("POST", "/tokens/inspect", {"value": of_a_person}).status_code == 404
    assert there("POST", "/tokens/revoke", {"value": of_a_person, "reason": "x"}).status_code == 404
    assert there("POST", "/tokens/revoke", {"jti": "A" * 22, "reason": "x"}).status_code == 403
    for named in ({"what": "client", "client": app.client_id}, {"what": "issuer", "issuer": str(issuers.first().pk)}):
        assert there("POST", "/revocations", {**named, "reason": "x"}).status_code == 404
    assert there("POST", "/revocations", {"what": "person", "person": str(person.pk), "reason": "x"}).status_code == 403
    assert there("GET", "/audit-events").json()["items"] == [] or {
        event["issuer"] for event in there("GET", "/audit-events").json()["items"]
    } == {str(other.pk)}
    assert api("GET", "/clients?client_id=none").status_code == 200
    for method in ("TRACE", "OPTIONS", "PUT", "PROPFIND"):
        answer = api(method, "/clients")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST"), method
    assert api("HEAD", "/clients").status_code == 200
    assert api("GET", "/clients/").status_code == api("GET", "/nothing").status_code == 404


@pytest.mark.threat(83, 95)
def test_staff_comes_in_by_what_the_console_asks_for(db: None, settings: Any) -> None:
    http = HTTP()
    http.force_login(get_user_model().objects.create_superuser(email="root@example.org", password=PASSWORD))
    assert http.get("/api/v1/clients").status_code == 200
    # nobody who knows their password alone is let into the console
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "staff"}
    assert http.get("/admin/").status_code == 302
    for answer in (http.get("/api/v1/clients"), in_browser(http, "POST", "/scopes", '{"name": "a"}')):
        assert answer.json()["rule"] == "forbidden"


@pytest.mark.bar("O12.2")
@pytest.mark.threat(81)
def test_staff_changes_nothing_without_the_csrf_token_and_nothing_dangerous_late(db: None) -> None:
    user = get_user_model().objects.create_superuser(email="root@example.org", password=PASSWORD)
    http = HTTP(enforce_csrf_checks=True)
    http.force_login(user)
    answer = http.post("/api/v1/scopes", '{"name": "a"}', content_type="application/json")
    check(answer)
    assert answer.json()["rule"] == "csrf-failed"
    # the cookie alone, with whatever another site's form can send
    http.cookies["csrftoken"] = "x" * 32
    for kind in (
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        answer = http.post("/api/v1/scopes", b'{"name": "a"}', content_type=kind)
        assert answer.json()["rule"] == "csrf-failed", (kind, answer.content)
    assert http.get("/api/v1/scopes").status_code == 200
    late = HTTP()
    late.force_login(user)
    admin_token.make(issuers.first(), EVERY, 60)
    long_ago(late)
    for path, body in (
        ("/keys/rotate", '{"algorithm": "ES256", "force": true}'),
        ("/revocations", '{"what": "person", "person": "root@example.org", "reason": "x"}'),
        ("/clients", '{"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "manage:read"}'),
    ):
        answer = in_browser(late, "POST", path, body)
        assert answer.json()["rule"] == "reauthentication-required", answer.content


@pytest.mark.threat(95)
def test_who_may_change_a_client_or_scope_gets_no_secret_and_nothing_that_people_are_not_asked_about(
    api: API, token_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = token_of("manage:read", "manage:write")
    api.make("/clients", client_id="app", redirect_uris=["https://app.example/cb"], scope="email")
    Client.objects.get(client_id="app").secrets.all().delete()
    # a change makes the secret that is missing, and tells it
    refused = api("PATCH", "/clients/app", {"client_name": "New"}, if_match="*", token=write).json()
    assert (refused["rule"], refused["scope"]) == ("forbidden", "manage:secrets")
    assert api("PATCH", "/clients/app", {"client_name": "New"}, if_match="*").json()["client_secret"]

    scope = api.make("/scopes", name="all", skip_consent=True)
    for change in ({"claims": ["email", "phone_number"]}, {"skip_consent": False}):
        answer = api("PATCH", f"/scopes/{scope['id']}", change, if_match="*", token=write)
        assert answer.json()["rule"] == "beyond-your-rights", change
    assert api("PATCH", f"/scopes/{scope['id']}", {"title": "All"}, if_match="*", token=write).status_code == 200

    # a token that is bound to a key is worth nothing as a bearer token
    assert api("GET", "/clients", token=write).status_code == 200
    monkeypatch.setattr(AccessToken, "cnf", {"jkt": "A" * 43})
    assert api("GET", "/clients", token=write).status_code == 401


@pytest.mark.bar("O7.1")
@pytest.mark.threat(50)
def test_what_was_refused_in_the_middle_of_a_change_is_on_record(
    api: API, token_of: Callable[..., str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_running", True)  # its thread would write after this test
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "COUNT_USAGE": True}
    counters.write()
    Counter.objects.all().delete()
    write = token_of("manage:read", "manage:write")
    api.make("/clients", client_id="app", redirect_uris=["https://app.example/cb"], scope="email")
    hydra = {"client_id": "app", "redirect_uris": ["https://app.example/cb"], "skip_consent": True}
    for path, body, told in (
        (
            "/api/v1/clients/app",
            {"client_secret": "a secret of my own choosing"},
            "forbidden: The token lacks the scope manage:secrets",
        ),
        ("/api/v1/clients/app", {"skip_consent": True}, "beyond-your-rights: skip_consent"),
        ("/hydra/admin/clients/app", hydra, "manage:login"),
    ):
        method, headers = ("PUT" if "hydra" in path else "PATCH"), {"authorization": f"Bearer {write}", "if-match": "*"}
        answer = api.http.generic(method, path, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code == 403, answer.content
        event = AuditEvent.objects.filter(event="request:refused").latest("pk")
        assert told in event.reason, event.reason
        assert (event.object, event.client_id) == (path, f"admin-tokens.{api.issuer.pk}")
        assert event.actor == f"client:{event.client_id}"
        assert "choosing" not in event.reason
    # and what a member of staff may not do, here and in the console
    user = get_user_model().objects.create_user("clerk@example.org", PASSWORD, is_staff=True)
    roles.give(user, "viewer")
    browser = HTTP()
    browser.force_login(user)
    in_browser(browser, "PATCH", "/clients/app", '{"client_name": "New"}')
    browser.get(reverse("admin:oauth_server_client_new"))
    staff = AuditEvent.objects.filter(event="request:refused", actor="staff:clerk@example.org").order_by("pk")
    assert [event.object for event in staff] == ["/api/v1/clients/app", reverse("admin:oauth_server_client_new")]
    counters.write()
    counted = dict(Counter.objects.filter(client_id="").values_list("name", "count"))
    assert counted["refused:insufficient_scope"] == 4
    assert counted["refused:access_denied"] == 1


@pytest.mark.threat(95)
def test_nobody_gives_themselves_more_than_they_have(api: API) -> None:
    """By a change of the own client, by a client of one's own making, by a secret of a client that has more, or by its keys."""
    issuer = issuers.first()
    mine = api.make("/clients", client_id="mine", grant_types=["client_credentials"], scope="manage:read manage:write")
    more = api.make("/clients", client_id="more", grant_types=["client_credentials"], scope="manage:keys")
    app = App(Client.objects.get(client_id="mine"), mine["client_secret"])
    token = app.client_credentials(scope="manage:read manage:write").json()["access_token"]
    own = API(issuer, token)
    assert own("GET", "/clients/mine").status_code == 200
    for query in ("", "?provide=true"):
        for scope in ("manage:read manage:write manage:keys", "manage:secrets", "manage:login openid"):
            for method, path, extra in (
                ("PATCH", "/clients/mine", {}),
                ("PUT", "/clients/mine", {"grant_types": ["client_credentials"]}),
                ("POST", "/clients", {"grant_types": ["client_credentials"]}),
            ):
                answer = own(method, path + query, {**extra, "scope": scope}, if_match="*")
                assert answer.json()["rule"] == "beyond-your-rights", (method, scope, answer.content)
    secrets = API(issuer, admin_token.make(issuer, ["manage:read", "manage:write", "manage:secrets"], 60).access_token)
    for method, path, body in (
        ("POST", "/clients/more/secrets", {}),
        ("POST", "/clients/more/secrets/rotate", {}),
        ("DELETE", f"/clients/more/secrets/{secrets('GET', '/clients/more/secrets').json()['items'][0]['id']}", None),
        ("PATCH", "/clients/more", {"client_secret": "a secret of my own choosing"}),
        ("PATCH", "/clients/more", {"enabled": False}),
        ("POST", "/clients/more/fresh-consent", {}),
        ("DELETE", "/clients/more", None),
        ("POST", f"/clients/admin-tokens.{issuer.pk}/secrets", {}),
    ):
        assert secrets(method, path, body, if_match="*").json()["rule"] == "beyond-your-rights", (method, path)
    for body in ({"client_secret": "a secret of my own choosing"}, {"jwks_uri": "https://me.example/keys"}):
        refused = own("PATCH", "/clients/mine", body, if_match="*")
        assert (refused.status_code, refused.json()["scope"]) == (403, "manage:secrets")
    for body in ({"skip_consent": True}, {"verified": True}, {"publisher": "Bank"}):
        assert own("PATCH", "/clients/mine", body, if_match="*").json()["rule"] == "beyond-your-rights"
    assert set(Client.objects.get(client_id="mine").scopes.values_list("name", flat=True)) == {
        "manage:read",
        "manage:write",
    }
    assert more["scope"] == "manage:keys"
