"""RFC 9396 over HTTP: asked at every door, kept with the grant, told to whom it concerns, and never more than was granted."""

import json
import time
from typing import Any

import jwt
import pytest

from oauth_server import issuers
from oauth_server.authorization import device
from oauth_server.grants.device_code import DeviceCode
from oauth_server.keys import jose
from oauth_server.models import AccessToken, Authorization
from tests import factories, jwts
from tests.flows import App, Browser, error, fragment, parameters

_, PUBLIC, _private = jose.generate("ES256")
KEY = jose.load(_private)
BANK, FILES = "https://bank.example", "https://files.example"
PAY = {"type": "payment", "actions": ["initiate", "status"], "identifier": "10 EUR to Ada"}
READ = {"type": "files", "locations": [f"{FILES}/a"], "actions": ["read"]}
BOTH = json.dumps([PAY, READ])
TYPES = ["payment", "files"]
WRONG = (
    ("{", "not JSON"),
    ('[{"type": "secret"}]', "unknown, or not among those of the client"),
    ('[{"type": "payment", "amount": 1}]', "a member that its type does not know"),
    ('[{"type": "payment", "locations": ["https://files.example"]}]', "an API that this type"),
)


@pytest.fixture
def apis(db: None) -> dict[str, Any]:
    made = {name: factories.AudienceFactory(identifier=name) for name in (BANK, FILES)}
    factories.AuthorizationDetailTypeFactory(type="payment", audience=made[BANK])
    factories.AuthorizationDetailTypeFactory(type="files")
    factories.ScopeFactory(name="things")
    # another client's
    factories.AuthorizationDetailTypeFactory(type="secret")
    return made


@pytest.fixture
def shop(apis: dict[str, Any]) -> App:
    return factories.app(
        audiences=[apis[FILES]],
        authorization_details_types=TYPES,
        client_jwks={"keys": [PUBLIC]},
        default_scopes="things",
        grant_types=["authorization_code", "refresh_token", "client_credentials", DeviceCode.grant_type],
    )


def sign(app: App, **changes: Any) -> str:
    """RFC 9101: a request object of this client."""
    now = int(time.time())
    about = {"iss": app.client_id, "aud": "http://testserver", "iat": now, "nbf": now, "exp": now + 300}
    header = {"alg": "ES256", "kid": KEY.kid, "typ": "oauth-authz-req+jwt"}
    return jwts.compact(header, {**app.request(), **about, **changes}, KEY)


def told(answer: Any) -> list[Any] | None:
    assert answer.status_code == 200, answer.content
    return answer.json().get("authorization_details")


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "3")
@pytest.mark.spec("RFC 9396", "7")
@pytest.mark.spec("RFC 9396", "9.2")
def test_what_was_granted_is_in_the_answer_the_token_and_every_later_one(shop: App, signed_in: Browser, apis: Any):
    answer = shop.redeem(shop.code(signed_in, scope="openid offline_access", authorization_details=BOTH))
    assert told(answer) == [PAY, READ]
    body, seen = answer.json(), shop.introspect(answer.json()["access_token"]).json()
    assert seen["authorization_details"] == [PAY, READ]
    # they bring their APIs with them, and openid the issuer
    assert seen["aud"] == [BANK, FILES, "http://testserver"]
    assert Authorization.objects.get().details == [PAY, READ]
    # §6 a part, a part of that, the whole again: nothing is lost, nothing is won
    part = shop.refresh(body["refresh_token"], authorization_details='[{"type": "payment", "actions": ["status"]}]')
    assert told(part) == [{**PAY, "actions": ["status"]}]
    assert shop.introspect(part.json()["access_token"]).json()["authorization_details"] == told(part)
    for more in ('[{"type": "payment", "actions": ["cancel"]}]', '[{"type": "secret"}]', "[]"):
        assert error(shop.refresh(part.json()["refresh_token"], authorization_details=more)) == (
            400,
            "invalid_authorization_details",
        )
    whole = shop.refresh(part.json()["refresh_token"])
    assert told(whole) == [PAY, READ]
    # RFC 8707 §2.2: what is not for this API is not in its token
    at_files = shop.refresh(whole.json()["refresh_token"], resource=FILES)
    assert told(at_files) == [READ]
    # a token for two APIs: each sees its own
    for name, own in ((BANK, [PAY]), (FILES, [READ])):
        api = factories.app()
        apis[name].introspectors.add(api.row)
        assert api.introspect(whole.json()["access_token"]).json()["authorization_details"] == own
    # a refresh token tells of the family; a retry gets the first answer
    assert shop.introspect(at_files.json()["refresh_token"]).json()["authorization_details"] == [PAY, READ]
    assert (
        shop.refresh(whole.json()["refresh_token"], resource=FILES).json()["access_token"]
        == at_files.json()["access_token"]
    )
    other = shop.refresh(
        whole.json()["refresh_token"],
        resource=BANK,
        authorization_details='[{"type": "payment", "actions": ["status"]}]',
    )
    assert (told(other), other.json()["refresh_token"]) == (
        [{**PAY, "actions": ["status"]}],
        at_files.json()["refresh_token"],
    )


@pytest.mark.spec("RFC 9396", "6")
def test_a_code_may_buy_less_and_a_wrong_wish_leaves_it_to_its_owner(shop: App, signed_in: Browser):
    code = shop.code(signed_in, scope=None, authorization_details=BOTH)
    for more in ('[{"type": "files", "actions": ["write"]}]', '[{"type": "files", "datatypes": ["x"]}]'):
        assert error(shop.redeem(code, authorization_details=more)) == (400, "invalid_authorization_details")
    answer = shop.redeem(code, authorization_details='[{"type": "files"}]')
    # without scope the details are all that was asked
    assert (told(answer), answer.json()["scope"]) == ([READ], "")


@pytest.mark.threat(29, 30, 65)
@pytest.mark.spec("RFC 9396", "5")
@pytest.mark.spec("RFC 9396", "4")
def test_every_door_takes_them_and_refuses_by_the_same_name(shop: App, signed_in: Browser):
    """Integrity (ASVS 5.0 10.4.15): what was pushed or signed counts, and what stands beside it does not."""
    pushed = shop.post("/oauth2/par", **shop.request(authorization_details=BOTH)).json()["request_uri"]
    only = dict.fromkeys(shop.request()) | {"client_id": shop.client_id}
    forged = json.dumps([{**PAY, "identifier": "1000 EUR to Eve"}])
    answer = shop.authorize(signed_in, **{**only, "request_uri": pushed, "authorization_details": forged})
    assert told(shop.redeem(parameters(answer)["code"])) == [PAY, READ]
    # §3: in a request object it is an array, not a string
    for value in ([PAY, READ], BOTH):
        signed = sign(shop, authorization_details=value)
        answer = shop.authorize(signed_in, **{**only, "request": signed, "authorization_details": forged})
        assert told(shop.redeem(parameters(answer)["code"])) == [PAY, READ]
    for text, words in WRONG:
        refused = {"authorization_details": text}
        answer = shop.authorize(signed_in, **refused)
        assert error(answer) == (303, "invalid_authorization_details")
        assert words in parameters(answer)["error_description"]
        for door in (
            shop.post("/oauth2/par", **shop.request(**refused)),
            shop.post("/oauth2/device/auth", **refused),
            shop.client_credentials(**refused),
        ):
            assert error(door) == (400, "invalid_authorization_details")
            assert words in door.json()["error_description"]
        nested = sign(shop, authorization_details=text)
        assert error(shop.authorize(signed_in, **{**only, "request": nested})) == (303, "invalid_authorization_details")
    assert not AccessToken.objects.filter(authorization__user=None).exists()


@pytest.mark.spec("RFC 9396", "6")
def test_a_client_of_its_own_and_a_device_get_them_too(shop: App, signed_in: Browser):
    answer = shop.client_credentials(authorization_details=BOTH)
    assert (told(answer), answer.json()["scope"]) == ([PAY, READ], "")
    assert shop.introspect(answer.json()["access_token"]).json()["aud"] == [BANK, FILES]
    # the next token of the same family has its own
    assert told(shop.client_credentials()) is None
    assert AccessToken.objects.filter(details__isnull=True).count() == 1
    begun = shop.post("/oauth2/device/auth", scope="openid", authorization_details=json.dumps([PAY])).json()
    page = signed_in.submit(signed_in.open(device.PATH), {"user_code": begun["user_code"]})
    signed_in.submit(page, {"decision": "match"})
    polled = shop.token(grant_type=DeviceCode.grant_type, device_code=begun["device_code"])
    assert told(polled) == [PAY]


@pytest.mark.spec("RFC 9396", "9.1")
def test_a_jwt_carries_them_and_the_fragment_too(shop: App, signed_in: Browser, apis: Any, settings: Any):
    apis[BANK].token_format = "jwt"
    apis[BANK].save()
    body = shop.tokens(signed_in, scope="offline_access", authorization_details=json.dumps([PAY]))
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert (claims["authorization_details"], claims["aud"]) == ([PAY], BANK)
    assert shop.introspect(body["access_token"]).json()["authorization_details"] == [PAY]
    plain = jwt.decode(
        shop.client_credentials(resource=BANK).json()["access_token"], options={"verify_signature": False}
    )
    assert "authorization_details" not in plain
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "IMPLICIT_GRANT": True}
    shop.row.grant_types, shop.row.response_types = [*shop.row.grant_types, "implicit"], ["code", "token"]
    shop.row.save()
    answer = shop.authorize(signed_in, response_type="token", authorization_details=json.dumps([READ]))
    assert json.loads(fragment(answer)["authorization_details"]) == [READ]


@pytest.mark.spec("RFC 9396", "10")
@pytest.mark.op("C4")
def test_metadata_and_registration_name_the_types(shop: App, signed_in: Browser, settings: Any):
    metadata = "/.well-known/oauth-authorization-server"
    named = signed_in.http.get(metadata).json()["authorization_details_types_supported"]
    assert named == ["files", "payment", "secret"]
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER, "DYNAMIC_REGISTRATION": "open", "REGISTRATION_DETAIL_TYPES": ["files", "gone"],
    }  # fmt: skip
    wish = {"redirect_uris": ["https://rp.example/cb"], "authorization_details_types": ["files", "payment", "gone"]}
    made = signed_in.http.post("/oauth2/register", json.dumps(wish), content_type="application/json")
    assert (made.status_code, made.json()["authorization_details_types"]) == (201, ["files"])
    values: tuple[Any, ...] = ("files", [1], {})
    for value in values:
        bad = json.dumps({**wish, "authorization_details_types": value})
        assert signed_in.http.post("/oauth2/register", bad, content_type="application/json").status_code == 400
    # what goes takes its members with it, and what was granted of it is in no new token
    body = shop.tokens(signed_in, scope="offline_access", authorization_details=BOTH)
    issuers.first().detail_types.all().delete()
    assert told(shop.refresh(body["refresh_token"], resource=FILES)) is None
    assert "authorization_details_types_supported" not in signed_in.http.get(metadata).json()
    assert error(shop.client_credentials(authorization_details=BOTH)) == (400, "invalid_authorization_details")


def test_a_grant_that_takes_none_says_so(shop: App):
    shop.row.grant_types = ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    shop.row.save()
    answer = shop.token(grant_type=shop.row.grant_types[0], assertion="x", authorization_details=BOTH)
    assert error(answer) == (400, "invalid_authorization_details")
