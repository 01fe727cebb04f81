"""RFC 7523 §2.1: an issuer that the operator trusts vouches for somebody."""

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest

from oauth_server import clock, issuers
from oauth_server.keys import jose
from oauth_server.keys.jose import PrivateKey
from oauth_server.models import AccessToken, Authorization, RefreshToken, TrustedIssuer
from tests import factories
from tests.flows import App, error
from tests.jwts import compact

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ISS = "https://partner.example"
API = "https://orders.example"
_, PUBLIC, _PRIVATE = jose.generate("ES256")
KEY = jose.load(_PRIVATE)
OTHER_KEY: PrivateKey = jose.load(jose.generate("ES256")[2])


@pytest.fixture
def api(db: None) -> Any:
    return factories.AudienceFactory(identifier=API)


@pytest.fixture
def trusted(api: Any) -> TrustedIssuer:
    scope = factories.ScopeFactory(name="orders.read", audience=api)
    row = TrustedIssuer.objects.create(
        issuer=issuers.first(), identifier=ISS, jwks={"keys": [PUBLIC]}, subjects=["robot-1"]
    )
    row.scopes.set([scope])
    row.audiences.set([api])
    return row


@pytest.fixture
def partner(trusted: TrustedIssuer) -> App:
    return factories.app(grant_types=[GRANT], response_types=[], redirect_uris="", audiences=trusted.audiences.all())


def claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    good = {
        "iss": ISS,
        "sub": "robot-1",
        "aud": issuers.first().identifier,
        "iat": now,
        "exp": now + 300,
        "jti": secrets.token_urlsafe(),
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(header: dict[str, Any] | None = None, key: PrivateKey = KEY, **changes: Any) -> str:
    return compact({"alg": "ES256", "kid": key.kid, **(header or {})}, claims(**changes), key)


def ask(partner: App, assertion: str | None = None, **values: Any) -> Any:
    good = {"grant_type": GRANT, "assertion": assertion or signed(), "scope": "orders.read"}
    return partner.token(**{**good, **values})


@pytest.mark.spec("RFC 7523", "2.1")
def test_an_assertion_brings_an_access_token(partner: App):
    answer = ask(partner)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "scope", "expires_in"}
    assert told["scope"] == "orders.read"
    seen = partner.introspect(told["access_token"]).json()
    assert (seen["active"], seen["sub"], seen["client_id"], seen["aud"]) == (True, "robot-1", partner.client_id, [API])
    assert not RefreshToken.objects.exists()


@pytest.mark.seed("S-62")
def test_the_metadata_name_the_grant(partner: App):
    assert GRANT in partner.http.get("/.well-known/oauth-authorization-server").json()["grant_types_supported"]


@pytest.mark.spec("RFC 7523", "3")
def test_the_token_endpoint_may_be_the_audience(partner: App):
    assert ask(partner, signed(aud=f"{issuers.first().identifier}/oauth2/token")).status_code == 200


@pytest.mark.spec("RFC 7523", "3")
@pytest.mark.threat(43, 47)
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://stranger.example"},
        {"iss": None},
        {"iss": ["https://partner.example"]},
        {"iss": "https://partner.example\x00"},
        {"sub": None},
        {"sub": "robot-2"},
        {"sub": ""},
        {"sub": 7},
        {"sub": ["robot-1"]},
        {"sub": "x" * 300},
        {"aud": None},
        {"aud": "https://stranger.example"},
        {"aud": ["http://testserver"]},
        {"exp": None},
        {"exp": 0},
        {"exp": 2**39},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 2**39},
        {"iat": 2**39},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
    ],
    ids=str,
)
def test_what_an_assertion_must_say(partner: App, changes: dict[str, Any]):
    assert error(ask(partner, signed(**changes))) == (400, "invalid_grant")
    assert not AccessToken.objects.exists()


@pytest.mark.threat(43)
@pytest.mark.parametrize(
    "assertion",
    [
        lambda: signed(key=OTHER_KEY),
        lambda: signed({"kid": "unknown"}),
        lambda: signed({"alg": "none"}),
        lambda: signed({"alg": "HS256"}),
        lambda: signed({"alg": "RS256"}),
        lambda: signed({"crit": ["exp"]}),
        lambda: signed({"typ": "at+jwt"}),
        lambda: signed({"typ": "logout+jwt"}),
        lambda: compact({"alg": "ES256", "jwk": OTHER_KEY.key.as_dict(private=False)}, claims(), OTHER_KEY),
        lambda: signed()[:-4] + "AAAA",
        lambda: "e30.e30.",
        lambda: "x",
        lambda: "." * 20_000,
    ],
)
def test_only_the_keys_of_the_trusted_issuer_sign(partner: App, assertion: Any):
    assert error(ask(partner, assertion())) == (400, "invalid_grant")


def test_without_an_assertion_there_is_nothing_to_judge(partner: App):
    assert error(partner.token(grant_type=GRANT, scope="orders.read")) == (400, "invalid_request")


@pytest.mark.threat(44, 60)
@pytest.mark.spec("RFC 7523", "3")
def test_an_assertion_is_good_once(partner: App):
    from oauth_server import copies

    assertion = signed()
    assert error(ask(partner, assertion, scope="unknown")) == (400, "invalid_scope")
    assert ask(partner, assertion).status_code == 200
    assert error(ask(partner, assertion)) == (400, "invalid_grant")
    copies.clear()
    assert error(ask(partner, assertion)) == (400, "invalid_grant")


@pytest.mark.threat(60)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"enabled": False}, "invalid_grant"),
        ({"expires": -1}, "invalid_grant"),
        ({"expires": 100}, None),
        ({"jwks": None}, "invalid_grant"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_grant"),
        ({"identifier": "https://another.example"}, "invalid_grant"),
        ({"subjects": []}, "invalid_grant"),
        ({"subjects": [], "any_subject": True}, None),
    ],
    ids=str,
)
def test_the_row_decides(partner: App, trusted: TrustedIssuer, changes: dict[str, Any], expected: str | None):
    if "expires" in changes:
        changes = {"expires": clock.now() + timedelta(seconds=changes["expires"])}
    TrustedIssuer.objects.filter(pk=trusted.pk).update(**changes)
    answer = ask(partner)
    if expected is not None:
        assert error(answer) == (400, expected)
        return
    assert answer.status_code == 200
    if "expires" in changes:
        assert answer.json()["expires_in"] <= 100


def test_it_gives_no_more_than_it_may(partner: App, trusted: TrustedIssuer, api: Any):
    partner.row.scopes.add(factories.ScopeFactory(name="orders.write", audience=api))
    assert error(ask(partner, scope="orders.write")) == (400, "invalid_scope")
    assert error(ask(partner, scope="openid")) == (400, "invalid_scope")
    other = factories.AudienceFactory(identifier="https://other.example")
    partner.row.audiences.add(other)
    assert error(ask(partner, resource="https://other.example")) == (400, "invalid_target")
    trusted.audiences.clear()
    assert error(ask(partner)) == (400, "invalid_target")


def test_without_a_scope_it_gives_what_both_may(partner: App, api: Any):
    partner.row.scopes.add(factories.ScopeFactory(name="orders.write", audience=api))
    partner.row.default_scopes = "orders.read orders.write"
    partner.row.save()
    assert ask(partner, scope=None).json()["scope"] == "orders.read"


@pytest.mark.threat(60)
@pytest.mark.spec("RFC 9068", "5")
def test_its_subject_is_never_taken_for_a_person_or_a_client(partner: App, trusted: TrustedIssuer, person: Any):
    TrustedIssuer.objects.filter(pk=trusted.pk).update(any_subject=True)
    for sub in (str(person.pk), partner.client_id):
        assert error(ask(partner, signed(sub=sub))) == (400, "invalid_grant")


@pytest.mark.threat(60)
def test_people_only_where_the_row_says_so(partner: App, trusted: TrustedIssuer, person: Any):
    other = factories.UserFactory(email="grace@example.org")
    TrustedIssuer.objects.filter(pk=trusted.pk).update(subject_kind="person", subjects=[str(person.pk), "robot-1"])
    told = ask(partner, signed(sub=str(person.pk))).json()
    family = Authorization.objects.get()
    assert (family.user, family.sub, family.session) == (person, str(person.pk), None)
    assert partner.is_active(told["access_token"])
    assert error(ask(partner, signed(sub=str(other.pk)))) == (400, "invalid_grant")
    assert error(ask(partner)) == (400, "invalid_grant")
    person.is_active = False
    person.save()
    assert not partner.is_active(told["access_token"])
    assert error(ask(partner, signed(sub=str(person.pk)))) == (400, "invalid_grant")


def test_an_assertion_asks_for_no_absence(partner: App, trusted: TrustedIssuer, person: Any):
    trusted.scopes.set(issuers.first().scopes.all())
    TrustedIssuer.objects.filter(pk=trusted.pk).update(subject_kind="person", any_subject=True)
    assertion = signed(sub=str(person.pk))
    assert error(ask(partner, assertion, scope="openid offline_access")) == (400, "invalid_scope")
    told = ask(partner, assertion, scope="openid email").json()
    assert set(told) == {"access_token", "token_type", "scope", "expires_in"}


def test_another_issuer_of_this_server_trusts_nobody_of_this_one(partner: App):
    other = factories.IssuerFactory(slug="master")
    theirs = factories.app(issuer=other, grant_types=[GRANT], response_types=[], redirect_uris="")
    assert error(theirs.token(grant_type=GRANT, assertion=signed(aud=other.identifier))) == (400, "invalid_grant")


@pytest.mark.threat(40)
def test_the_client_authenticates_itself(trusted: TrustedIssuer):
    public = factories.app(grant_types=[GRANT], token_endpoint_auth_method="none", response_types=[])
    assert error(ask(public)) == (400, "unauthorized_client")
    wrong = factories.app(grant_types=[GRANT], response_types=[])
    wrong.secret = "wrong"
    assert error(ask(wrong)) == (401, "invalid_client")


def test_a_jwt_for_an_api_says_the_same(partner: App, api: Any):
    type(api).objects.filter(pk=api.pk).update(token_format="jwt")
    from tests.jwts import parts

    told = parts(ask(partner).json()["access_token"])[1]
    assert (told["sub"], told["client_id"], told["aud"]) == ("robot-1", partner.client_id, API)


def test_keys_may_be_at_an_address(partner: App, trusted: TrustedIssuer, httpserver: Any, settings: Any):
    httpserver.expect_request("/jwks").respond_with_data(
        json.dumps({"keys": [PUBLIC]}), content_type="application/json"
    )
    url = httpserver.url_for("/jwks")
    TrustedIssuer.objects.filter(pk=trusted.pk).update(jwks=None, jwks_uri=url)
    assert error(ask(partner)) == (400, "invalid_grant")
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "FETCH_PRIVATE_HOSTS": ["localhost"]}
    from oauth_server import copies

    copies.clear()
    assert ask(partner).status_code == 200
