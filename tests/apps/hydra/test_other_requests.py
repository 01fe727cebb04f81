"""Logout and device requests on the pages of an app, trusted issuers, userinfo and registration, by Hydra's calls."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from oauth_server.keys import jose
from oauth_server.models import Client, DeviceRequest, Session
from tests import factories
from tests.apps.hydra.conftest import Hydra
from tests.apps.hydra.models import CLIENT, LOGOUT, check
from tests.apps.hydra.test_headless import APP, CONSENT_URL, LOGIN_URL, Pages
from tests.flows import App, Browser

pytestmark = pytest.mark.django_db

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
REQUESTS = "/admin/oauth2/auth/requests"


def asked(response: Any, name: str) -> str:
    assert response.status_code == 303, response.content
    where = urlsplit(response["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{APP}/{name}"
    return parse_qs(where.query)[f"{name}_challenge"][0]


def sent(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    where = urlsplit(answer.json()["redirect_to"])
    assert where.netloc == "testserver"
    return f"{where.path}?{where.query}"


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_an_app_asks_whether_to_sign_out(hydra: Hydra, app: App, signed_in: Browser, person: Any, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_LOGOUT_URL": f"{APP}/logout"}
    Client.objects.filter(pk=app.row.pk).update(post_logout_redirect_uris="https://rp.example/bye")
    hint = app.tokens(signed_in)["id_token"]
    session = Session.objects.get(user=person.pk)

    def logout(**values: str) -> Any:
        return signed_in.open(f"/hydra/oauth2/sessions/logout?{urlencode(values)}")

    challenge = asked(logout(), "logout")
    told = hydra("GET", f"{REQUESTS}/logout?logout_challenge={challenge}").json()
    check(told, LOGOUT)
    assert (told["rp_initiated"], told["subject"], told["sid"], "client" in told) == (
        False,
        str(person.pk),
        str(session.pk),
        False,
    )
    rejected = hydra("PUT", f"{REQUESTS}/logout/reject?logout_challenge={challenge}", None)
    assert (rejected.status_code, rejected.content) == (204, b"")
    assert hydra("PUT", f"{REQUESTS}/logout/accept?logout_challenge={challenge}").status_code == 410

    challenge = asked(
        logout(id_token_hint=hint, post_logout_redirect_uri="https://rp.example/bye", state="s"), "logout"
    )
    told = hydra("GET", f"{REQUESTS}/logout?logout_challenge={challenge}").json()
    check(told, LOGOUT)
    assert (told["rp_initiated"], told["client"]["client_id"]) == (True, app.client_id)
    url = sent(hydra("PUT", f"{REQUESTS}/logout/accept?logout_challenge={challenge}"))
    other = Browser()
    other.force_sign_in(factories.UserFactory())
    assert asked(other.open(url), "logout")  # somebody else is asked for themselves
    session.refresh_from_db()
    assert session.ended_at is None
    gone = signed_in.open(url)
    assert gone["Location"] == "https://rp.example/bye?state=s"
    session.refresh_from_db()
    assert session.ended_at is not None
    assert "_auth_user_id" not in signed_in.http.session

    Client.objects.filter(pk=app.row.pk).update(skip_logout_consent=True)
    signed_in.force_sign_in(person)
    hint = app.tokens(signed_in)["id_token"]
    assert (
        logout(id_token_hint=hint, post_logout_redirect_uri="https://rp.example/bye")["Location"]
        == "https://rp.example/bye"
    )


@pytest.mark.spec("RFC 8628", "3.3")
def test_an_app_takes_the_code_of_a_device(hydra: Hydra, person: Any, visitor: Browser, settings: Any):
    urls = {"HYDRA_DEVICE_URL": f"{APP}/device", "HYDRA_LOGIN_URL": LOGIN_URL, "HYDRA_CONSENT_URL": CONSENT_URL}
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **urls}
    pages = Pages(hydra)
    made = hydra.make(grant_types=[DEVICE, "refresh_token"])
    own = {"client_id": made["client_id"], "client_secret": made["client_secret"]}

    def begin() -> dict[str, Any]:
        answer = hydra("POST", "/oauth2/device/auth", form=urlencode({**own, "scope": "offline openid"}), token="")
        body: dict[str, Any] = answer.json()
        return body

    def accept(challenge: str, code: Any) -> Any:
        return hydra("PUT", f"{REQUESTS}/device/accept?device_challenge={challenge}", {"user_code": code})

    begun = begin()
    shown = visitor.open(
        urlsplit(begun["verification_uri_complete"]).path + "?" + urlencode({"user_code": begun["user_code"]})
    )
    assert parse_qs(urlsplit(shown["Location"]).query)["user_code"] == [begun["user_code"]]
    challenge = asked(shown, "device")
    assert accept("unknown", begun["user_code"]).status_code == 404
    for code in ("", "nothing", "BBBB-BBBB", 1):
        assert accept(challenge, code).status_code == 400
    url = sent(accept(challenge, begun["user_code"].lower()))
    assert accept(challenge, begun["user_code"]).status_code == 410
    assert Browser().open(url).status_code == 400  # the verifier is for the browser that asked
    going = visitor.open(url)
    login = pages.get("login", pages.asked(going, "login")).json()
    assert login["client"]["client_id"] == made["client_id"]
    going = pages.login(visitor, going, person.pk)
    done = pages.consent(visitor, going)
    assert done.status_code == 200
    poll = {**own, "grant_type": DEVICE, "device_code": begun["device_code"]}
    tokens = hydra("POST", "/oauth2/token", form=urlencode(poll), token="").json()
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)

    begun = begin()
    challenge = asked(visitor.open("/hydra/oauth2/device/verify"), "device")
    going = visitor.open(sent(accept(challenge, begun["user_code"])))
    refused = pages.put("login", pages.asked(going, "login"), "reject", None)
    assert visitor.open(pages.sent(refused)).status_code == 200
    assert DeviceRequest.objects.latest("pk").status == "denied"
    poll["device_code"] = begun["device_code"]
    assert hydra("POST", "/oauth2/token", form=urlencode(poll), token="").json()["error"] == "access_denied"

    challenge = asked(visitor.open("/device"), "device")
    statuses = [accept(challenge, "BBBB-BBBB").status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


@pytest.mark.spec("RFC 7523", "2.1")
def test_whose_assertions_are_taken(hydra: Hydra):
    path = "/admin/trust/grants/jwt-bearer/issuers"
    _, key, _ = jose.generate("ES256")
    good = {
        "issuer": "https://partner.example",
        "subject": "job-7",
        "allow_any_subject": False,
        "scope": ["openid"],
        "jwk": key,
        "expires_at": "2036-11-21T07:48:33Z",
    }
    made = hydra("POST", path, good)
    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in {"id", "created_at"}} == {
        "issuer": "https://partner.example",
        "subject": "job-7",
        "allow_any_subject": False,
        "scope": ["openid"],
        "public_key": {"set": "https://partner.example", "kid": key["kid"]},
        "expires_at": "2036-11-21T07:48:33Z",
    }
    assert hydra("GET", f"{path}/{body['id']}").json() == body
    assert hydra("GET", f"{path}?issuer=https://partner.example").json() == [body]
    assert hydra("GET", f"{path}?issuer=x").json() == []
    assert hydra("POST", path, good).status_code == 409
    faults: tuple[dict[str, Any], ...] = (
        {"jwk": None},
        {"jwk": {}},
        {"issuer": ""},
        {"subject": ""},
        {"allow_any_subject": True},
        {"scope": ["unknown"]},
        {"expires_at": "2036-11-21T07:48:33"},
        {"expires_at": "soon"},
    )
    for changes in faults:
        answer = hydra("POST", path, {**good, "issuer": "https://other.example", **changes})
        assert answer.status_code == 400, changes
    for _ in range(2):
        status = hydra("DELETE", f"{path}/{body['id']}").status_code
    assert status == 404
    for name in ("x", "%C2%B2", "%00", "9" * 17):
        assert hydra("GET", f"{path}/{name}").status_code == 404


@pytest.mark.spec("OpenID Connect Core 1.0", "5.3")
@pytest.mark.spec("RFC 7591", "3")
def test_userinfo_and_registration_are_at_the_mount_too(
    hydra: Hydra, app: App, signed_in: Browser, person: Any, settings: Any
):
    token = app.tokens(signed_in, scope="openid")["access_token"]
    for method, path in (("GET", "/userinfo"), ("POST", "/userinfo"), ("GET", "/userinfo/")):
        told = hydra(method, path, token=token)
        assert (told.status_code, told.json(), told["Cache-Control"]) == (200, {"sub": str(person.pk)}, "no-store")
    for sent, status in (("", 401), ("x", 401), (hydra.token, 403)):
        refused = hydra("GET", "/userinfo", token=sent)
        assert (refused.status_code, refused["WWW-Authenticate"].split()[0]) == (status, "Bearer")

    asked = {"redirect_uris": ["https://photos.example/callback"], "client_name": "Photos"}
    assert hydra("POST", "/oauth2/register", asked).json()["error"] == "not_found"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "DYNAMIC_REGISTRATION": "open"}
    made = hydra("POST", "/oauth2/register/", asked, token="")
    assert made.status_code == 201
    client_id, own = made.json()["client_id"], made.json()["registration_access_token"]
    assert made.json()["registration_client_uri"].endswith(f"/oauth2/register/{client_id}")
    path = f"/oauth2/register/{client_id}"
    for method, sent in (("GET", ""), ("GET", hydra.token), ("DELETE", "x")):
        assert hydra(method, path, token=sent).status_code == 401
    assert hydra("GET", path, token=own).json()["client_name"] == "Photos"
    check(hydra("GET", f"/admin/clients/{client_id}").json(), CLIENT)
    changed = hydra("PUT", path, {**asked, "client_id": client_id, "client_name": "Pictures"}, token=own)
    assert changed.json()["client_name"] == hydra("GET", f"/admin/clients/{client_id}").json()["client_name"]
    assert hydra("DELETE", path, token=changed.json()["registration_access_token"]).status_code == 204
    assert hydra("GET", f"/admin/clients/{client_id}").status_code == 404
    assert hydra("POST", "/oauth2/register", b"{", token="").json()["error"] == "invalid_client_metadata"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_API": False}
    for method, path in (("GET", "/userinfo"), ("POST", "/oauth2/register")):
        assert hydra(method, path, token=token).json()["error"] == "not_found"
