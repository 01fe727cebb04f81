"""Two issuers on one server: what belongs to one means nothing to the other."""

from typing import Any

import jwt
import pytest
from django.test import Client as HTTP

from oauth_server import copies, issuers
from tests import factories
from tests.flows import App, Browser, error, parameters

SCOPE = "openid offline_access"


@pytest.fixture
def project(db: None) -> Any:
    return factories.IssuerFactory(slug="master")


@pytest.fixture
def theirs(project: Any) -> App:
    return factories.app(issuer=project)


def moved(app: App, to: str) -> App:
    """The same client, at another issuer's address."""

    class Elsewhere(App):
        def path(self, path: str) -> str:
            return to + path

    return Elsewhere(app.row, app.secret, app.redirect_uri, app.verifier, app.http)


@pytest.mark.seed("S-82", "S-52")
@pytest.mark.spec("RFC 8414", "3.1")
@pytest.mark.spec("OpenID Connect Discovery 1.0", "4.1")
def test_each_has_its_documents_at_both_places(project: Any):
    http = HTTP()
    addresses = {
        "": ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"],
        "/master": [
            "/master/.well-known/openid-configuration",
            "/master/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/master",
        ],
    }
    for path, places in addresses.items():
        for place in places:
            document = http.get(place).json()
            assert document["issuer"] == f"http://testserver{path}"
            for name, value in document.items():
                if name.endswith(("_endpoint", "_uri")):
                    assert value.startswith(f"http://testserver{path}/"), name
    keys = [{key["kid"] for key in http.get(f"{path}/.well-known/jwks.json").json()["keys"]} for path in addresses]
    assert keys[0]
    assert keys[1]
    assert not keys[0] & keys[1]


@pytest.mark.seed("S-82")
@pytest.mark.spec("RFC 9207", "2")
def test_a_whole_flow_below_a_path(theirs: App, signed_in: Browser):
    answer = theirs.authorize(signed_in, scope=SCOPE)
    assert parameters(answer)["iss"] == "http://testserver/master"
    body = theirs.redeem(parameters(answer)["code"]).json()
    claims = jwt.decode(body["id_token"], options={"verify_signature": False})
    assert claims["iss"] == "http://testserver/master"
    told = theirs.introspect(body["access_token"]).json()
    assert (told["iss"], told["aud"]) == ("http://testserver/master", ["http://testserver/master"])
    assert theirs.userinfo(body["access_token"]).status_code == 200
    renewed = theirs.refresh(body["refresh_token"]).json()
    assert theirs.revoke(renewed["refresh_token"]).status_code == 200
    assert not theirs.is_active(renewed["access_token"])


@pytest.mark.seed("S-82")
def test_a_page_on_the_way_comes_back_below_the_path(theirs: App, visitor: Browser, person: Any):
    page = theirs.authorize(visitor)
    assert page.status_code == 200
    assert parameters(visitor.sign_in(page, person))["iss"] == "http://testserver/master"


@pytest.mark.seed("S-52", "S-82")
@pytest.mark.threat(20, 36, 51, 54)
def test_nothing_crosses(app: App, theirs: App, signed_in: Browser):
    for mine, other, here in ((app, theirs, ""), (theirs, app, "/master")):
        away = "/master" if here == "" else ""
        # the client
        assert error(moved(mine, away).authorize(signed_in)) == (400, "page")
        assert error(moved(mine, away).client_credentials()) == (401, "invalid_client")
        # the code
        code = mine.code(signed_in, scope=SCOPE)
        assert error(moved(mine, away).redeem(code)) == (401, "invalid_client")
        assert error(other.redeem(code, code_verifier=mine.verifier)) == (400, "invalid_grant")
        body = mine.redeem(code).json()
        # the tokens
        assert error(other.refresh(body["refresh_token"])) == (400, "invalid_grant")
        assert not other.is_active(body["access_token"])
        assert not other.is_active(body["refresh_token"])
        assert moved(mine, away).userinfo(body["access_token"]).status_code == 401
        assert other.revoke(body["access_token"]).status_code == 200
        assert mine.is_active(body["access_token"])
        # the ID token as a hint
        hint = error(other.authorize(signed_in, id_token_hint=body["id_token"], prompt="none"))
        assert hint == (303, "invalid_request")


@pytest.mark.seed("S-52")
@pytest.mark.threat(51)
def test_an_api_of_the_same_name_is_another_one(app: App, theirs: App, project: Any, signed_in: Browser):
    name = "https://api.example"
    ours = factories.AudienceFactory(identifier=name, token_format="jwt")
    other = factories.AudienceFactory(identifier=name, issuer=project, token_format="jwt")
    app.row.audiences.add(ours)
    other.introspectors.add(theirs.row)
    token = app.tokens(signed_in, scope="profile", audience=name)["access_token"]
    assert app.is_active(token)
    assert not theirs.is_active(token)


@pytest.mark.seed("S-52")
def test_a_scope_of_the_other_is_unknown(app: App, project: Any, signed_in: Browser):
    factories.ScopeFactory(issuer=project, name="theirs")
    assert error(app.authorize(signed_in, scope="theirs")) == (303, "invalid_scope")


@pytest.mark.seed("S-52")
@pytest.mark.threat(89)
def test_an_issuer_with_a_host_of_its_own(signed_in: Browser, settings: Any):
    settings.ALLOWED_HOSTS = ["*"]
    own = issuers.create("Own", url="https://id.example.org")
    app = factories.app(issuer=own)
    http = HTTP()
    path = "/.well-known/openid-configuration"
    document = http.get(path, headers={"host": "id.example.org"}).json()
    assert document["issuer"] == "https://id.example.org"
    query = app.authorize_url().partition("?")[2]
    away = signed_in.http.get("/oauth2/auth", QUERY_STRING=query, headers={"host": "id.example.org"})
    assert away.status_code == 303
    assert error(signed_in.get(app.authorize_url())) == (400, "page")


@pytest.mark.seed("S-52")
@pytest.mark.threat(89)
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:8080", "xtestserver"])
def test_an_unknown_host_is_not_found(app: App, settings: Any, host: str):
    settings.ALLOWED_HOSTS = ["*"]
    http = HTTP()
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json", app.authorize_url(), "/userinfo"):
        assert http.get(path, headers={"host": host}).status_code == 404
    assert http.post("/oauth2/token", headers={"host": host}).status_code == 404


@pytest.mark.threat(89)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-proto": "https"},
        {"x-forwarded-port": "8443"},
        {"x-forwarded-prefix": "/evil"},
        {"x-forwarded-server": "evil.example"},
        {"x-original-url": "/admin/"},
        {"x-rewrite-url": "/admin/"},
        {"x-host": "evil.example"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-http-method-override": "POST"},
    ],
    ids=str,
)
def test_no_header_changes_the_issuer(app: App, signed_in: Browser, headers: dict[str, str]):
    path = "/.well-known/openid-configuration"
    assert HTTP().get(path, headers=headers).content == HTTP().get(path).content
    answer = signed_in.get(app.authorize_url(), headers=headers)
    assert parameters(answer)["iss"] == "http://testserver"


@pytest.mark.threat(69)
def test_no_byte_in_the_place_of_an_issuer_is_a_fault(db: None):
    for name in ("%00", "a%00", "%ED%A0%80", "%FF", "x" * 300, "..%2f"):
        assert HTTP().get(f"/.well-known/oauth-authorization-server/{name}").status_code == 404, name


@pytest.mark.seed("S-82")
@pytest.mark.parametrize(
    "slug",
    ["admin", "account", "api", "device", "hydra", "o", "oauth2", "static", "userinfo", "A", "-a", "a_b", "é", ""],
)
def test_a_slug_that_is_part_of_another_address_is_refused(db: None, slug: str):
    assert issuers.slug_problem(slug)


@pytest.mark.threat(37)
def test_an_issuer_that_is_off_is_not_found(theirs: App, project: Any, signed_in: Browser):
    body = theirs.tokens(signed_in, scope=SCOPE)
    project.enabled = False
    project.save()
    # copies of an issuer may be a second old: nothing is issued on them
    assert "Location" not in theirs.authorize(signed_in)
    copies.clear()
    assert theirs.authorize(signed_in).status_code == 404
    assert theirs.refresh(body["refresh_token"]).status_code == 404
    assert theirs.userinfo(body["access_token"]).status_code == 404
