"""RFC 8707 resource, and Ory's `audience` for the same: which APIs a token is for, never more than was granted."""

from typing import Any

import jwt
import pytest

from oauth_server import issuers
from oauth_server.keys import store
from tests import factories
from tests.flows import App, Browser, error

ISSUER = "http://testserver"
ORDERS, PHOTOS, JWTS = "https://orders.example", "https://photos.example", "https://jwts.example"


@pytest.fixture
def apis(db: None) -> dict[str, Any]:
    made = {name: factories.AudienceFactory(identifier=name) for name in (ORDERS, PHOTOS)}
    made[JWTS] = factories.AudienceFactory(identifier=JWTS, token_format="jwt")
    factories.ScopeFactory(name="orders:read", audience=made[ORDERS])
    factories.ScopeFactory(name="photos:read", audience=made[PHOTOS])
    return made


@pytest.fixture
def shop(apis: dict[str, Any]) -> App:
    """A client with all scopes, that may name all three APIs."""
    return factories.app(audiences=list(apis.values()))


def aud(app: App, token: str) -> list[str]:
    found: list[str] = app.introspect(token).json()["aud"]
    return found


@pytest.mark.seed("S-29")
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"scope": "profile"}, [ISSUER]),
        ({"scope": "openid"}, [ISSUER]),
        ({"scope": "orders:read"}, [ORDERS]),
        ({"scope": "openid orders:read"}, [ORDERS, ISSUER]),
        ({"scope": "orders:read photos:read"}, [ORDERS, PHOTOS]),
        ({"scope": "profile", "audience": ORDERS}, [ORDERS]),
        ({"scope": "profile", "audience": f"{ORDERS} {PHOTOS}"}, [ORDERS, PHOTOS]),
        ({"scope": "profile", "audience": [ORDERS, PHOTOS]}, [ORDERS, PHOTOS]),
        ({"scope": "openid", "audience": ORDERS}, [ORDERS, ISSUER]),
        ({"scope": "openid", "resource": ORDERS}, [ORDERS]),
        ({"scope": "openid", "resource": [ORDERS, ISSUER]}, [ORDERS, ISSUER]),
    ],
    ids=str,
)
def test_one_many_none(shop: App, signed_in: Browser, asked: dict[str, Any], expected: list[str]):
    body = shop.tokens(signed_in, **asked)
    assert aud(shop, body["access_token"]) == expected


@pytest.mark.seed("S-29")
def test_the_clients_only_api_is_meant_when_none_is_named(signed_in: Browser, apis: dict[str, Any]):
    app = factories.app(audiences=[apis[PHOTOS]], scopes=issuers.first().scopes.filter(audience=None))
    assert aud(app, app.tokens(signed_in, scope="profile")["access_token"]) == [PHOTOS]


@pytest.mark.seed("S-29")
@pytest.mark.parametrize("name", ["audience", "resource"])
@pytest.mark.parametrize("value", ["https://unknown.example", ORDERS + "/", ORDERS.upper(), "*", f"{ORDERS},{PHOTOS}"])
def test_a_foreign_one_is_refused_at_both_endpoints(shop: App, signed_in: Browser, name: str, value: str):
    assert error(shop.authorize(signed_in, **{name: value})) == (303, "invalid_target")
    assert error(shop.client_credentials(**{name: value})) == (400, "invalid_target")
    body = shop.tokens(signed_in, scope="offline_access", audience=ORDERS)
    assert error(shop.refresh(body["refresh_token"], **{name: value})) == (400, "invalid_target")


@pytest.mark.seed("S-29")
@pytest.mark.threat(35)
def test_an_api_that_is_not_the_clients_is_foreign(app: App, apis: dict[str, Any], signed_in: Browser):
    assert error(app.authorize(signed_in, audience=PHOTOS)) == (303, "invalid_target")


@pytest.mark.seed("S-29")
@pytest.mark.threat(35)
@pytest.mark.spec("RFC 8707", "2.2")
def test_at_the_token_endpoint_a_part_is_named_and_never_more(shop: App, signed_in: Browser):
    asked = {"scope": "openid offline_access orders:read photos:read", "resource": [ORDERS, PHOTOS]}
    part = shop.tokens(signed_in, at_token={"resource": ORDERS}, **asked)
    assert aud(shop, part["access_token"]) == [ORDERS]
    # what means nothing there is left out
    assert part["scope"] == "openid offline_access orders:read"
    for name in (JWTS, ISSUER, f"{ORDERS} {JWTS}"):
        assert error(shop.refresh(part["refresh_token"], resource=name)) == (400, "invalid_target")
    other = shop.refresh(part["refresh_token"], resource=PHOTOS).json()
    assert aud(shop, other["access_token"]) == [PHOTOS]
    assert other["scope"] == "openid offline_access photos:read"
    whole = shop.refresh(other["refresh_token"]).json()
    assert aud(shop, whole["access_token"]) == [ORDERS, PHOTOS]


@pytest.mark.seed("S-29")
@pytest.mark.parametrize("blank", [" ", "  ", ""])
def test_a_blank_name_is_none_and_no_audience_is_empty(shop: App, signed_in: Browser, blank: str):
    body = shop.tokens(signed_in, scope="offline_access", audience=ORDERS, at_token={"resource": blank})
    assert aud(shop, body["access_token"]) == [ORDERS]
    again = shop.refresh(body["refresh_token"], audience=blank).json()
    assert aud(shop, again["access_token"]) == [ORDERS]
    assert aud(shop, shop.client_credentials(audience=blank).json()["access_token"]) == ["http://testserver"]
    # `resource` is one URI, and a blank is none of the client's
    assert error(shop.client_credentials(resource=blank)) in {(200, ""), (400, "invalid_target")}


@pytest.mark.seed("S-29")
def test_apis_of_different_formats_share_no_token(shop: App, signed_in: Browser):
    code = shop.code(signed_in, scope="offline_access", audience=f"{ORDERS} {JWTS}")
    assert error(shop.redeem(code)) == (400, "invalid_target")
    body = shop.redeem(code, resource=JWTS).json()
    header = jwt.get_unverified_header(body["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    opaque = shop.refresh(body["refresh_token"], resource=ORDERS).json()
    assert opaque["access_token"].startswith("oas_at_")


@pytest.mark.seed("S-29")
@pytest.mark.spec("RFC 9068", "2.2")
def test_the_jwt_and_introspection_agree(shop: App, signed_in: Browser, person: Any):
    body = shop.tokens(signed_in, scope="profile", audience=JWTS)
    key = jwt.PyJWKSet.from_dict({"keys": store.published(issuers.first())})
    kid = jwt.get_unverified_header(body["access_token"])["kid"]
    claims = jwt.decode(body["access_token"], key[kid], algorithms=["ES256"], audience=JWTS, issuer=ISSUER)
    told = shop.introspect(body["access_token"]).json()
    assert (claims["aud"], told["aud"]) == (JWTS, [JWTS])
    assert claims["sub"] == told["sub"] == str(person.pk)
    assert all(claims[name] == told[name] for name in ("iss", "client_id", "exp", "iat", "scope", "jti", "auth_time"))


@pytest.mark.seed("S-29")
@pytest.mark.threat(61)
@pytest.mark.parametrize(
    ("asked", "expected"),
    [({}, 200), ({"audience": ORDERS}, 200), ({"resource": ORDERS}, 401), ({"resource": [ORDERS, ISSUER]}, 200)],
    ids=str,
)
def test_an_api_cannot_read_the_person_with_the_token_it_received(
    shop: App, signed_in: Browser, asked: dict[str, Any], expected: int
):
    token = shop.tokens(signed_in, scope="openid", **asked)["access_token"]
    assert shop.userinfo(token).status_code == expected


@pytest.mark.threat(51)
@pytest.mark.parametrize("audience", [ORDERS, JWTS])
def test_only_the_api_that_a_token_is_for_may_ask_about_it(
    shop: App, apis: dict[str, Any], signed_in: Browser, audience: str
):
    own, other = factories.app(), factories.app()
    apis[audience].introspectors.add(own.row)
    apis[PHOTOS].introspectors.add(other.row)
    body = shop.tokens(signed_in, scope="offline_access", audience=audience)
    assert [own.is_active(body["access_token"]), other.is_active(body["access_token"])] == [True, False]
    assert not own.is_active(body["refresh_token"])


def test_the_shortest_life_of_the_apis_counts(shop: App, apis: dict[str, Any], signed_in: Browser):
    apis[ORDERS].access_token_lifetime = 60
    apis[ORDERS].save()
    body = shop.tokens(signed_in, scope="profile", audience=f"{ORDERS} {PHOTOS}")
    assert 58 <= body["expires_in"] <= 60


@pytest.mark.threat(35)
def test_an_api_that_was_taken_from_the_client_is_refused(shop: App, apis: dict[str, Any], signed_in: Browser):
    body = shop.tokens(signed_in, scope="offline_access", audience=ORDERS)
    shop.row.audiences.remove(apis[ORDERS])
    shop.row.scopes.remove(*shop.row.scopes.filter(audience=apis[ORDERS]))
    assert error(shop.refresh(body["refresh_token"])) == (400, "invalid_target")
