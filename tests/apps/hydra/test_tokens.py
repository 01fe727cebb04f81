"""`/hydra`: introspection, revocation and token requests as Hydra's command-line client makes them, and who may make them."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.urls import Resolver404, resolve

from oauth_server import issuers
from oauth_server.client_auth import secret
from oauth_server.models import AuditEvent, Client
from tests import factories
from tests.apps.hydra.conftest import Hydra
from tests.apps.hydra.models import INTROSPECTION, check
from tests.flows import App, Browser, parameters

pytestmark = pytest.mark.django_db

OFFLINE = "openid offline_access"


def basic(client_id: str, value: str, *, raw: bool = False) -> str:
    joined = f"{client_id}:{value}" if raw else f"{quote_plus(client_id)}:{quote_plus(value)}"
    return "Basic " + b64encode(joined.encode()).decode()


def introspect(hydra: Hydra, token: str, scope: str = "") -> Any:
    return hydra("POST", "/admin/oauth2/introspect", form=urlencode({"scope": scope, "token": token})).json()


@pytest.mark.seed("S-13")
@pytest.mark.spec("RFC 7662", "2.2")
def test_introspection_tells_what_its_model_has_and_nothing_else(
    hydra: Hydra, app: App, signed_in: Browser, person: Any
):
    own = app.client_credentials().json()["access_token"]
    told = introspect(hydra, own)
    check(told, INTROSPECTION)
    issuer = issuers.first().identifier
    assert {name: told[name] for name in told if name not in {"exp", "iat", "nbf"}} == {
        "active": True,
        "client_id": app.client_id,
        "sub": app.client_id,
        "aud": [issuer],
        "iss": issuer,
        "token_type": "Bearer",
        "token_use": "access_token",
    }
    assert told["nbf"] == told["iat"] < told["exp"]

    tokens = app.tokens(signed_in, scope=OFFLINE)
    for name, use in (("access_token", "access_token"), ("refresh_token", "refresh_token")):
        told = introspect(hydra, tokens[name])
        check(told, INTROSPECTION)
        assert (told["sub"], told["token_use"], set(told["scope"].split())) == (
            str(person.pk),
            use,
            set(OFFLINE.split()),
        )
        assert told["ext"]["auth_time"] <= told["iat"]
        assert introspect(hydra, tokens[name], "offline openid")["active"]
        assert introspect(hydra, tokens[name], "openid email") == {"active": False}

    api = factories.AudienceFactory(token_format="jwt")
    other = factories.app(audiences=[api])
    told = introspect(hydra, other.client_credentials(audience=api.identifier).json()["access_token"])
    check(told, INTROSPECTION)
    assert (told["aud"], set(told["ext"])) == ([api.identifier], {"jti"})

    foreign = factories.app(issuer=factories.IssuerFactory())
    for value in ("", "x", foreign.client_credentials().json()["access_token"], "oas_at_" + "1" * 54):
        assert introspect(hydra, value) == {"active": False}
    assert hydra("POST", "/admin/oauth2/introspect", form="scope=").json() == {"active": False}
    assert hydra("POST", "/admin/oauth2/introspect", form="").status_code == 400
    assert hydra("POST", "/admin/oauth2/introspect", form="token=a&token=b").status_code == 400
    assert hydra("POST", "/admin/oauth2/introspect", form="token=%00").status_code == 400


def test_the_access_tokens_of_a_client_end_and_its_refresh_tokens_stay(hydra: Hydra, app: App, signed_in: Browser):
    tokens, own = app.tokens(signed_in, scope=OFFLINE), app.client_credentials().json()["access_token"]
    bystander = factories.app().client_credentials().json()["access_token"]
    for client_id in (app.client_id, "nobody"):
        gone = hydra("DELETE", f"/admin/oauth2/tokens?client_id={client_id}")
        assert (gone.status_code, gone.content) == (204, b"")
    assert [introspect(hydra, value)["active"] for value in (tokens["access_token"], own)] == [False, False]
    assert introspect(hydra, bystander)["active"]
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert app.client_credentials().status_code == 200
    assert hydra("DELETE", "/admin/oauth2/tokens").json()["error"] == "invalid_request"


@pytest.mark.threat(95)
@pytest.mark.bar("O12.3")
def test_nothing_is_answered_without_a_token_or_without_the_right(
    hydra: Hydra, token_of: Callable[..., str], app: App, signed_in: Browser
):
    """Every route of the admin half, asked with every kind of token."""
    one = factories.app(client_id="it", grant_types=["client_credentials"], scopes=[])
    read, write, secrets, keys, login = (f"manage:{name}" for name in ("read", "write", "secrets", "keys", "login"))
    calls: dict[tuple[str, str], set[str]] = {
        ("GET", "/clients"): {read},
        ("POST", "/clients"): {write},
        ("GET", "/clients/it"): {read},
        ("PUT", "/clients/it"): {write},
        ("PATCH", "/clients/it"): {write},
        ("PUT", "/clients/it/lifespans"): {write},
        ("POST", "/clients/it/secrets/rotate"): {secrets},
        ("DELETE", "/clients/it/secrets/rotate"): {secrets},
        ("POST", "/oauth2/introspect"): {read},
        ("DELETE", "/oauth2/tokens?client_id=x"): {write},
        ("GET", "/keys/hydra.openid.id-token"): {read},
        ("POST", "/keys/a"): {keys},
        ("PUT", "/keys/a"): {keys},
        ("DELETE", "/keys/a"): {keys},
        ("PUT", "/keys/a/b"): {keys},
        ("GET", "/keys/a/b"): {read},
        ("DELETE", "/keys/a/b"): {keys},
        ("GET", "/oauth2/auth/requests/login?login_challenge=x"): {read, login},
        ("PUT", "/oauth2/auth/requests/login/accept?login_challenge=x"): {login},
        ("PUT", "/oauth2/auth/requests/login/reject?login_challenge=x"): {login},
        ("GET", "/oauth2/auth/requests/consent?consent_challenge=x"): {read, login},
        ("PUT", "/oauth2/auth/requests/consent/accept?consent_challenge=x"): {login},
        ("PUT", "/oauth2/auth/requests/consent/reject?consent_challenge=x"): {login},
        ("GET", "/oauth2/auth/requests/logout?logout_challenge=x"): {read, login},
        ("PUT", "/oauth2/auth/requests/logout/accept?logout_challenge=x"): {login},
        ("PUT", "/oauth2/auth/requests/logout/reject?logout_challenge=x"): {login},
        ("PUT", "/oauth2/auth/requests/device/accept?device_challenge=x"): {login},
        ("GET", "/oauth2/auth/sessions/consent?subject=x"): {read},
        ("DELETE", "/oauth2/auth/sessions/consent?subject=x&all=true"): {write},
        ("DELETE", "/oauth2/auth/sessions/login?subject=x"): {write},
        ("GET", "/trust/grants/jwt-bearer/issuers"): {read},
        ("POST", "/trust/grants/jwt-bearer/issuers"): {keys},
        ("GET", "/trust/grants/jwt-bearer/issuers/1"): {read},
        ("DELETE", "/trust/grants/jwt-bearer/issuers/1"): {keys},
        ("DELETE", "/clients/it"): {write},
    }
    tokens = {right: token_of(right) for right in (read, write, secrets, keys, login)}
    ended = token_of(read, write)
    hydra("POST", "/oauth2/revoke", form=urlencode({"token": ended}))
    bad = {
        "": "",
        "unknown": "x",
        "ended": ended,
        "a person's": app.tokens(signed_in, scope="openid")["access_token"],
        "another client's": one.client_credentials().json()["access_token"],
    }
    for number, ((method, path), rights) in enumerate(calls.items()):
        own_header = bool(number % 2)
        name = list(bad)[1 + number % 3]  # in turn: each costs an audit event
        for value in ("", bad[name]):
            answer = hydra(method, f"/admin{path}", token=value, own_header=own_header)
            assert answer.status_code == 401, (method, path, name, answer.content)
            assert answer["WWW-Authenticate"].startswith("Bearer")
        answer = hydra(method, f"/admin{path}", token=bad["another client's"], own_header=own_header)
        assert answer.status_code == 403, (method, path, answer.content)
        for right, value in tokens.items():
            answer = hydra(method, f"/admin{path}", token=value, own_header=True)
            if right in rights:
                assert answer.status_code not in {401, 403, 405}, (method, path, right, answer.content)
            else:
                assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope"), (
                    method,
                    path,
                    right,
                )
    assert AuditEvent.objects.filter(event="request:refused", reason__startswith="invalid_token").exists()


@pytest.mark.threat(95)
def test_nobody_gets_more_rights_by_changing_a_client(hydra: Hydra, token_of: Callable[..., str]):
    write = token_of("manage:write")
    hydra.make(client_id="plain", scope="read")
    hydra.make(client_id="admin", scope="manage:login", grant_types=["client_credentials"])

    def patch(client_id: str, path: str, value: Any, token: str = write) -> int:
        body = [{"op": "replace", "path": path, "value": value}]
        return int(hydra("PATCH", f"/admin/clients/{client_id}", body, token=token).status_code)

    assert hydra("POST", "/admin/clients", {"scope": "manage:login"}, token=write).status_code == 403
    assert hydra("POST", "/admin/clients", {"scope": "manage:write"}, token=write).status_code == 201
    assert patch("plain", "/scope", "read manage:login") == 403
    assert patch("plain", "/client_secret", "a-secret-of-my-own") == 403
    assert patch("plain", "/token_endpoint_auth_method", "none") == 403
    assert patch("plain", "/jwks_uri", "https://evil.example/jwks") == 403
    assert patch("plain", "/client_name", "fine") == 200
    assert patch("plain", "/skip_consent", True) == 403
    assert hydra("POST", "/admin/clients", {"skip_consent": True}, token=write).status_code == 403
    hydra.make(client_id="trusted", redirect_uris=["https://app.example/cb"], skip_consent=True)
    assert patch("trusted", "/redirect_uris", ["https://evil.example/cb"]) == 403
    assert patch("trusted", "/owner", "somebody") == 200
    Client.objects.get(client_id="trusted").secrets.all().delete()
    assert patch("trusted", "/owner", "me") == 403, "the answer would tell a new secret"
    assert patch("admin", "/client_name", "mine") == 403
    assert hydra("DELETE", "/admin/clients/admin", token=write).status_code == 403
    both = token_of("manage:write", "manage:secrets")
    assert patch("plain", "/client_secret", "a-secret-of-my-own", both) == 200
    assert patch("admin", "/client_secret", "a-secret-of-my-own", both) == 403
    assert hydra("POST", "/admin/clients/admin/secrets/rotate", token=both).status_code == 403
    assert hydra("DELETE", "/admin/clients/admin/secrets/rotate", token=both).status_code == 403
    assert hydra("PUT", "/admin/clients/plain", {"redirect_uris": []}, token=write).status_code == 200


@pytest.mark.threat(17)
def test_unknown_paths_and_methods_are_json(hydra: Hydra, settings: Any):
    for path in (
        "",
        "/",
        "/admin",
        "/admin/",
        "/admin/nothing",
        "/x",
        "/admin/clients//",
        "/oauth2/nothing",
        "/admin/keys",
    ):
        answer = hydra("GET", path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found"), path
    for method, path, allowed in (
        ("PUT", "/admin/clients", "GET, POST"),
        ("POST", "/admin/clients/x", "DELETE, GET, PATCH, PUT"),
        ("GET", "/admin/oauth2/introspect", "POST"),
        ("GET", "/oauth2/token", "POST, OPTIONS"),
        ("OPTIONS", "/admin/clients", "GET, POST"),
    ):
        answer = hydra(method, path)
        assert (answer.status_code, answer["Allow"]) == (405, allowed), path
    head = hydra("HEAD", "/admin/clients")
    assert (head.status_code, head.content) == (200, b"")
    for path in ("/health/alive", "/health/ready", "/version"):
        assert hydra("GET", path, token="").status_code == 200
    assert set(hydra("GET", "/version").json()) == {"version"}
    assert hydra("GET", "/.well-known/openid-configuration", token="").json()["issuer"] == issuers.first().identifier
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_API": False}
    for path in ("/admin/clients", "/oauth2/token", "/oauth2/auth", "/version"):
        assert hydra("GET", path).status_code == 404
    with pytest.raises(Resolver404):
        resolve("/hydrant/x")


@pytest.mark.spec("RFC 6749", "2.3.1")
def test_the_token_endpoint_forgives_what_the_client_cannot_help(hydra: Hydra):
    """Its `-H` overwrites Basic; then it repeats the request with the credentials in the body, once."""
    made = hydra.make(
        client_id="it", grant_types=["client_credentials"], scope="read", audience=["https://api.example"]
    )
    form = {"grant_type": "client_credentials", "audience": "", "scope": "read"}
    own = {"client_id": "it", "client_secret": made["client_secret"]}

    def token(values: dict[str, str], authorization: str = "", path: str = "/oauth2/token") -> Any:
        headers: dict[str, Any] = {"authorization": authorization} if authorization else {}
        return hydra("POST", path, form=urlencode(values), token="", **headers)

    good = token(form, basic("it", made["client_secret"]))
    assert (good.status_code, good.json()["scope"], good["Cache-Control"]) == (200, "read", "no-store")
    assert isinstance(good.json()["expires_in"], int)
    bearer = f"Bearer {hydra.token}"
    assert token(form, bearer).status_code == 401
    assert token({**form, **own}, bearer).status_code == 200
    assert token({**form, **own}).status_code == 200
    assert token({**form, **own}, path="/oauth2/token/").status_code == 200
    assert token({**form, **own, "client_secret": "wrong"}, bearer).json()["error"] == "invalid_client"
    assert token({**form, "audience": "https://api.example https://evil.example", **own}).status_code == 400
    # beside this mount the registered method is the only one
    kind = "application/x-www-form-urlencoded"
    assert hydra.http.post("/oauth2/token", urlencode({**form, **own}), content_type=kind).status_code == 401

    row = Client.objects.get(client_id="it")
    for value in ("with%2Fpercent-and+plus-0123", "100%-sure-of-this-secret-1"):
        secret.choose(row, value)
        for raw in (False, True):
            assert token(form, basic("it", value, raw=raw)).status_code == 200, (value, raw)
    public = hydra.make(token_endpoint_auth_method="none", redirect_uris=["https://rp.example/cb"])["client_id"]
    code = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://rp.example/cb"}
    assert token(code, basic(public, "")).status_code == 401
    assert token({**code, "client_id": public}).json()["error"] == "invalid_grant"


def test_a_failed_authentication_burns_nothing(hydra: Hydra, signed_in: Browser):
    made = hydra.make(
        redirect_uris=["http://127.0.0.1:4446/callback"],
        grant_types=["authorization_code", "refresh_token"],
        skip_consent=True,
    )
    app = App(Client.objects.get(client_id=made["client_id"]), made["client_secret"], "http://127.0.0.1:4446/callback")
    # no PKCE, a nonce, `offline`, a space-separated list of one: as its sample app asks, at the mount
    asked = {
        "client_id": app.client_id,
        "nonce": "n" * 24,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "scope": "offline openid",
        "state": "s" * 24,
    }
    came = parameters(signed_in.open(f"/hydra/oauth2/auth?{urlencode(asked)}"))
    assert came["state"] == "s" * 24
    form = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": app.redirect_uri}
    bearer = f"Bearer {hydra.token}"
    own = {"client_id": app.client_id, "client_secret": app.secret}
    assert hydra("POST", "/oauth2/token", form=urlencode(form), token="", authorization=bearer).status_code == 401
    answer = hydra("POST", "/oauth2/token", form=urlencode({**form, **own}), token="", authorization=bearer)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert {"access_token", "refresh_token", "id_token", "expires_in", "scope", "token_type"} <= set(body)
    refresh = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    wrong = basic(app.client_id, "wrong")
    assert hydra("POST", "/oauth2/token", form=urlencode(refresh), token="", authorization=wrong).status_code == 401
    assert hydra("POST", "/oauth2/token", form=urlencode({**refresh, **own}), token="").status_code == 200


def test_a_device_code_is_asked_for_and_polled_twice_at_a_time(hydra: Hydra, moving_clock: Any):
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    made = hydra.make(grant_types=[grant, "refresh_token"])
    own = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    begun = hydra(
        "POST", "/oauth2/device/auth", form=urlencode({**own, "audience": "", "scope": "offline openid"}), token=""
    )
    body = begun.json()
    assert set(body) == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    poll = {"device_code": body["device_code"], "grant_type": grant, "scope": "offline openid"}

    def polled() -> list[str]:
        by_basic = basic(made["client_id"], made["client_secret"])
        first = hydra("POST", "/oauth2/token", form=urlencode(poll), token="", authorization=by_basic)
        second = hydra("POST", "/oauth2/token", form=urlencode({**poll, **own}), token="")
        return [first.json()["error"], second.json()["error"]]

    assert polled() == ["authorization_pending"] * 2
    moving_clock.move(6)
    assert polled() == ["authorization_pending"] * 2
    moving_clock.move(2)
    assert polled() == ["slow_down", "authorization_pending"]


def test_revocation_by_its_client_and_by_the_holder_of_an_admin_token(hydra: Hydra, token_of: Callable[..., str]):
    made = hydra.make(grant_types=["client_credentials"])
    app = App(Client.objects.get(client_id=made["client_id"]), made["client_secret"])

    def token() -> str:
        return str(app.client_credentials().json()["access_token"])

    def revoke(value: str, **headers: Any) -> Any:
        return hydra("POST", "/oauth2/revoke", form=urlencode({"token": value}), token="", **headers)

    value = token()
    answer = revoke(value, authorization=basic(app.client_id, app.secret, raw=True))
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"", "no-store")
    assert introspect(hydra, value) == {"active": False}
    value = token()
    for headers in (
        {},
        {"authorization": basic(app.client_id, "wrong")},
        {"authorization": "Bearer x"},
        {"authorization": f"Bearer {value}"},
        {"authorization": f"Bearer {token_of('manage:read')}"},
        {"x-admin-token": "x"},
    ):
        answer = revoke(value, **headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), headers
        assert "WWW-Authenticate" in answer
    assert introspect(hydra, value)["active"]
    for headers in ({"authorization": f"Bearer {hydra.token}"}, {"x-admin-token": hydra.token}):
        value = token()
        assert revoke(value, **headers).status_code == 200
        assert introspect(hydra, value) == {"active": False}
    assert revoke("unknown", authorization=f"Bearer {hydra.token}").status_code == 200
    event = AuditEvent.objects.filter(event="token:revoked").latest("pk")
    assert (event.actor, event.client_id) == (f"client:admin-tokens.{hydra.issuer.pk}", app.client_id)
