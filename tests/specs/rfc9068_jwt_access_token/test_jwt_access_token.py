"""RFC 9068: access tokens that an API checks by itself, and what this server accepts as one of its own."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwcrypto.jwk
import jwcrypto.jwt
import jwt as pyjwt
import pytest
from django.test import Client as HTTP

from oauth_server import clock, conf, issuers
from oauth_server.keys import rotation, store
from oauth_server.models import AccessToken, Authorization, Issuer
from tests import factories, jwts
from tests.flows import FORM, App, Browser, error
from tests.forged import FORGED, Parts, good

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 9068", "2.2")]

API = "https://api.example"


@pytest.fixture
def api(app: App) -> Any:
    row = factories.AudienceFactory(identifier=API, token_format="jwt")
    app.row.audiences.add(row)
    app.row.scopes.add(factories.ScopeFactory(name="orders:read", audience=row))
    return row


def jwks() -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = HTTP().get("/.well-known/jwks.json").json()["keys"]
    return keys


@pytest.mark.seed("S-69")
def test_the_token_of_a_person(app: App, api: Any, signed_in: Browser, person: Any):
    body = app.tokens(signed_in, scope="orders:read")
    header, claims = jwts.parts(body["access_token"])
    assert header == {"typ": "at+jwt", "alg": "ES256", "kid": header["kid"]}
    assert header["kid"] in {key["kid"] for key in jwks() if key["alg"] == "ES256"}
    assert set(claims) >= {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "auth_time"}
    assert (claims["iss"], claims["aud"], claims["client_id"]) == ("http://testserver", API, app.client_id)
    assert claims["sub"] == str(person.pk)
    assert claims["scope"] == "orders:read"
    assert [type(claims[name]) for name in ("iat", "exp", "auth_time")] == [int] * 3
    assert (
        claims["exp"] - claims["iat"] == body["expires_in"]
        or claims["exp"] - claims["iat"] == conf.settings.ACCESS_TOKEN_LIFETIME
    )
    # nothing by which the person is known elsewhere
    assert person.email not in body["access_token"]
    assert not {"email", "name", "username", "nonce", "at_hash", "x5t"} & set(claims)
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-40")
@pytest.mark.seed("S-69")
@pytest.mark.seed("S-70")
@pytest.mark.threat(58)
@pytest.mark.spec("RFC 9068", "5")
def test_the_token_of_a_client(app: App, api: Any):
    _, claims = jwts.parts(app.client_credentials(scope="orders:read").json()["access_token"])
    assert claims["sub"] == claims["client_id"] == app.client_id
    assert (claims["aud"], claims["scope"]) == (API, "orders:read")
    assert not {"auth_time", "acr", "amr", "sid"} & set(claims)


@pytest.mark.seed("S-69")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_two_libraries_verify_it_with_the_published_key(app: App, api: Any, algorithm: str):
    api.algorithm = algorithm
    api.save()
    rotation.provide(issuers.first())
    token = app.client_credentials(scope="orders:read").json()["access_token"]
    header, claims = jwts.parts(token)
    assert header["alg"] == algorithm
    (key,) = [key for key in jwks() if key["kid"] == header["kid"]]
    assert pyjwt.decode(token, pyjwt.PyJWK(key).key, algorithms=[algorithm], audience=API) == claims
    assert json.loads(jwcrypto.jwt.JWT(jwt=token, key=jwcrypto.jwk.JWK(**key), algs=[algorithm]).claims) == claims


@pytest.mark.seed("S-29")
def test_several_audiences_are_a_list(app: App, api: Any):
    second = factories.AudienceFactory(identifier="https://stock.example", token_format="jwt")
    app.row.audiences.add(second)
    token = app.client_credentials(audience=[API, "https://stock.example"]).json()["access_token"]
    assert jwts.parts(token)[1]["aud"] == [API, "https://stock.example"]
    assert app.introspect(token).json()["aud"] == [API, "https://stock.example"]


@pytest.mark.threat(62)
def test_no_two_tokens_have_the_same_jti(app: App, api: Any):
    found = {jwts.parts(app.client_credentials(audience=API).json()["access_token"])[1]["jti"] for _ in range(20)}
    assert len(found) == 20
    assert min(map(len, found)) >= 22


def test_a_token_lives_no_longer_than_its_api_allows(app: App, api: Any):
    api.access_token_lifetime = 300
    api.save()
    body = app.client_credentials(audience=API).json()
    _, claims = jwts.parts(body["access_token"])
    assert claims["exp"] - claims["iat"] <= 300
    assert 298 <= body["expires_in"] <= 300


def test_introspection_says_what_the_token_says(app: App, api: Any, signed_in: Browser):
    token = app.tokens(signed_in, scope="orders:read")["access_token"]
    _, claims = jwts.parts(token)
    told = app.introspect(token).json()
    assert {name: told[name] for name in ("iss", "sub", "client_id", "iat", "exp", "jti", "scope", "auth_time")} == {
        name: claims[name] for name in ("iss", "sub", "client_id", "iat", "exp", "jti", "scope", "auth_time")
    }
    assert told["aud"] == [claims["aud"]]


def test_it_expires(app: App, api: Any, moving_clock: Any):
    token = app.client_credentials(audience=API).json()["access_token"]
    moving_clock.move(conf.settings.ACCESS_TOKEN_LIFETIME - 2)
    assert app.is_active(token)
    moving_clock.move(3)
    assert not app.is_active(token)


# What this server accepts as one of its own: at each place, each forgery


def parts_of(app: App, typ: str, claims: dict[str, Any]) -> Parts:
    """The server's own keys, and the claims of a token that it would accept."""
    issuer = Issuer.objects.get(pk=app.row.issuer.pk)
    factories.ClientFactory(algorithm="PS256")
    rotation.provide(issuer)
    issuer.refresh_from_db()
    es256, rs256, ps256 = (store.active(issuer, algorithm) for algorithm in ("ES256", "RS256", "PS256"))
    return Parts(es256, rs256, ps256, typ, claims)


@pytest.fixture
def real(app: App, api: Any) -> Parts:
    token = app.client_credentials(audience=API).json()["access_token"]
    return parts_of(app, "at+jwt", jwts.parts(token)[1])


def accepted(app: App, token: str) -> bool:
    """Whether any place takes it: introspection, userinfo, revocation (which would write an event)."""
    from oauth_server.models import AuditEvent
    from oauth_server.tokens import lookup

    found = lookup.access_token(token)
    active = app.introspect(token).json().get("active", False)
    # a client's own token is known to userinfo, and too weak for it
    known = app.http.post("/userinfo", urlencode({"access_token": token}), content_type=FORM).status_code == 403
    app.revoke(token)
    revoked = AuditEvent.objects.filter(event="token:revoked").exists()
    assert {bool(found), active, known, revoked} in ({True}, {False}), (found, active, known, revoked)
    return bool(active)


def test_a_token_made_by_hand_with_the_real_key_is_accepted(app: App, real: Parts):
    """So that the refusals below are for the one fault that each has."""
    assert accepted(app, good(real))


def sendable(token: str) -> str:
    """No form carries a lone surrogate."""
    return token.replace("\ud800", "\ud7ff")


@pytest.mark.threat(43)
@pytest.mark.threat(47)
@pytest.mark.threat(57)
@pytest.mark.threat(69)
@pytest.mark.spec("RFC 8725", "3.1")
def test_a_forged_token_is_accepted_nowhere(app: App, real: Parts):
    assert [case for case, forge in FORGED.items() if accepted(app, sendable(forge(real)))] == []
    assert accepted(app, good(real))


CLAIM_FAULTS: dict[str, dict[str, Any]] = {
    "expired": {"exp": 1},
    "exp as text": {"exp": "9999999999"},
    "exp with a fraction": {"exp": 9_999_999_999.5},
    "exp true": {"exp": True},
    "exp missing": {"exp": None},
    "another client": {"client_id": "other"},
    "no client": {"client_id": None},
    "another family": {"grant_id": "00000000-0000-0000-0000-000000000000"},
    "a family that is no UUID": {"grant_id": "x"},
    "a family with NUL": {"grant_id": "\x00"},
    "a family that is a list": {"grant_id": []},
    "no family": {"grant_id": None},
    "another issuer": {"iss": "http://testserver/other"},
}


@pytest.mark.threat(43)
@pytest.mark.threat(46)
@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.parametrize("case", CLAIM_FAULTS)
def test_claims_that_do_not_hold_are_refused_even_under_the_real_key(app: App, real: Parts, case: str):
    changed = {name: value for name, value in {**real.claims, **CLAIM_FAULTS[case]}.items() if value is not None}
    assert not accepted(app, jwts.compact(real.header, changed, real.es))


@pytest.mark.seed("S-52")
@pytest.mark.threat(43)
def test_the_key_of_one_issuer_signs_nothing_for_another(app: App, real: Parts):
    key = store.active(factories.IssuerFactory(slug="other"), "ES256")
    for iss in ("http://testserver", "http://testserver/other"):
        assert not accepted(app, jwts.compact({**real.header, "kid": key.kid}, {**real.claims, "iss": iss}, key))


@pytest.mark.seed("S-59")
@pytest.mark.threat(47)
@pytest.mark.threat(57)
def test_tokens_of_other_kinds_are_no_access_tokens(app: App, api: Any, signed_in: Browser):
    """RS256 signs both here: only the type tells them apart."""
    api.algorithm = "RS256"
    api.save()
    body = app.tokens(signed_in, scope="openid offline_access orders:read", audience=API)
    assert not accepted(app, body["id_token"])
    assert not app.is_active(app.code(signed_in))


@pytest.mark.seed("S-59")
@pytest.mark.threat(47)
@pytest.mark.threat(78)
def test_an_access_token_is_no_hint_of_a_person(app: App, api: Any, signed_in: Browser):
    api.algorithm = "RS256"
    api.save()
    body = app.tokens(signed_in, scope="openid orders:read", audience=API)
    for hint in (body["access_token"], "x", "a.b.c", app.client_credentials(audience=API).json()["access_token"]):
        assert error(app.authorize(signed_in, id_token_hint=hint, prompt="none")) == (303, "invalid_request")
    assert error(app.authorize(signed_in, id_token_hint=body["id_token"], prompt="none")) == (303, "")


@pytest.mark.threat(43)
@pytest.mark.threat(78)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_a_forged_hint_is_refused(app: App, signed_in: Browser):
    body = app.tokens(signed_in, scope="openid")
    real = parts_of(app, "JWT", jwts.parts(body["id_token"])[1])
    for case in FORGED.keys() - {"typ JWT", "empty"}:
        answer = app.authorize(signed_in, id_token_hint=sendable(FORGED[case](real)), prompt="none")
        # a NUL makes the whole request unreadable
        assert error(answer) == ((400, "page") if case == "a NUL" else (303, "invalid_request")), case
    assert error(app.authorize(signed_in, id_token_hint=good(real), prompt="none")) == (303, "")


@pytest.mark.threat(114)
def test_a_token_outlives_the_rotation_of_its_key_and_dies_with_the_key(app: App, api: Any):
    token = app.client_credentials(audience=API).json()["access_token"]
    issuer = issuers.first()
    for _ in range(3):
        rotation.rotate(issuer, "ES256", force=True)
        newer = app.client_credentials(audience=API).json()["access_token"]
        assert jwts.parts(newer)[0]["kid"] != jwts.parts(token)[0]["kid"]
        assert app.is_active(token)
        assert app.is_active(newer)
    issuer.keys.filter(kid=jwts.parts(token)[0]["kid"]).update(state="gone")
    assert not app.is_active(token)
    assert app.is_active(newer)


@pytest.mark.threat(114)
def test_every_token_is_signed_by_a_key_that_was_published_before(app: App, api: Any):
    for _ in range(3):
        before = {key["kid"] for key in store.published(issuers.first())}
        rotation.rotate(issuers.first(), "ES256", force=True)
        assert jwts.parts(app.client_credentials(audience=API).json()["access_token"])[0]["kid"] in before


@pytest.mark.threat(114)
def test_a_lost_key_is_a_clear_refusal_and_no_new_key(app: App, api: Any, signed_in: Browser):
    code = app.code(signed_in, scope="openid offline_access orders:read", audience=API)
    issuer = issuers.first()
    kept = list(issuer.keys.all())
    issuer.keys.all().delete()
    for answer in (app.client_credentials(audience=API), app.redeem(code)):
        assert error(answer) == (503, "temporarily_unavailable")
        assert int(answer["Retry-After"]) >= 1
    assert not issuer.keys.exists()
    assert not AccessToken.objects.exists()
    # what needs no signature goes on
    assert app.client_credentials(audience="http://testserver").status_code == 200
    for key in kept:
        key.save(force_insert=True)
    # and the code was not used up
    assert app.redeem(code).status_code == 200


@pytest.mark.threat(114)
def test_a_key_that_cannot_be_opened_is_a_clear_refusal(app: App, api: Any, settings: Any):
    issuers.first().keys.filter(algorithm="ES256", state="active").update(sealed="bm90IHNlYWxlZCBieSB1cyBhdCBhbGw=")
    assert error(app.client_credentials(audience=API)) == (503, "temporarily_unavailable")


def test_a_token_does_not_outlive_its_family(app: App, api: Any, signed_in: Browser):
    body = app.tokens(signed_in, scope="offline_access orders:read")
    end = clock.now() + timedelta(seconds=600)
    Authorization.objects.filter(client=app.row).update(expires_at=end)
    answer = app.refresh(body["refresh_token"])
    _, claims = jwts.parts(answer.json()["access_token"])
    assert abs(claims["exp"] - int(end.timestamp())) <= 1
