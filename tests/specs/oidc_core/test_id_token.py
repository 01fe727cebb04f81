"""The ID token: whom it names, for whom, how it is signed, and that it opens nothing."""

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from joserfc import jwk
from joserfc import jwt as jose_jwt

from oauth_server import issuers
from oauth_server.keys import rotation, store
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser, error

ISSUER = "http://testserver"


@pytest.mark.op("A1", "B1")
@pytest.mark.seed("S-81", "S-27")
@pytest.mark.threat(25)
@pytest.mark.spec("OpenID Connect Core 1.0", "2")
def test_its_claims(app: App, signed_in: Browser, person: Any, moving_clock: Clock):
    body = app.tokens(signed_in, nonce="n-0S6_WzA2Mj")
    claims = jwt.decode(body["id_token"], options={"verify_signature": False})
    now = int(moving_clock.now().timestamp())
    assert {name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp", "nonce")} == {
        "iss": ISSUER,
        "sub": str(person.pk),
        # the client alone, and so without azp
        "aud": app.client_id,
        "iat": now,
        "exp": now + 3600,
        "nonce": "n-0S6_WzA2Mj",
    }
    assert isinstance(claims["auth_time"], int)
    assert len(claims["sid"]) >= 22
    assert set(claims) <= {"iss", "sub", "aud", "iat", "exp", "nonce", "auth_time", "sid", "at_hash", "acr", "amr"}


@pytest.mark.seed("S-81")
@pytest.mark.spec("OpenID Connect Core 1.0", "2")
def test_a_password_is_named_as_the_method(app: App, visitor: Browser, person: Any):
    from tests.flows import parameters

    answer = visitor.sign_in(app.authorize(visitor), person)
    token = app.redeem(parameters(answer)["code"]).json()["id_token"]
    assert jwt.decode(token, options={"verify_signature": False})["amr"] == ["pwd"]


@pytest.mark.op("A2", "B4")
@pytest.mark.seed("S-81")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.6")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "PS256"])
def test_two_libraries_verify_it(signed_in: Browser, algorithm: str):
    issuer = issuers.first()
    app = factories.app(algorithm=algorithm)
    if algorithm not in {"RS256", "ES256"}:
        rotation.provide(issuer)
    body = app.tokens(signed_in)
    header = jwt.get_unverified_header(body["id_token"])
    assert (header["alg"], header["typ"]) == (algorithm, "JWT")
    published = {"keys": store.published(issuer)}
    key = jwt.PyJWKSet.from_dict(published)[header["kid"]]
    claims = jwt.decode(body["id_token"], key, algorithms=[algorithm], audience=app.client_id, issuer=ISSUER)
    keys: Any = jwk.KeySet.import_key_set(json.loads(json.dumps(published)))
    assert jose_jwt.decode(body["id_token"], keys, algorithms=[algorithm]).claims == claims
    hashed = hashlib.new("sha512" if algorithm == "EdDSA" else "sha256", body["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode()
    assert claims["at_hash"] == half


@pytest.mark.seed("S-27")
def test_without_openid_there_is_none_and_userinfo_is_closed(app: App, signed_in: Browser):
    body = app.tokens(signed_in, scope="profile email")
    assert "id_token" not in body
    answer = app.userinfo(body["access_token"])
    assert error(answer) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


@pytest.mark.seed("S-27")
def test_with_openid_userinfo_names_the_same_person(app: App, signed_in: Browser, person: Any):
    body = app.tokens(signed_in, scope="openid email")
    assert app.userinfo(body["access_token"]).json() == {
        "sub": str(person.pk),
        "email": person.email,
        "email_verified": False,
    }


@pytest.mark.seed("S-59")
@pytest.mark.threat(47, 57)
@pytest.mark.parametrize("kind", ["id_token", "refresh_token", "code"])
def test_it_opens_nothing(app: App, signed_in: Browser, kind: str):
    body = {**app.tokens(signed_in, scope="openid offline_access"), "code": app.code(signed_in)}
    answer = app.userinfo(body[kind])
    assert error(answer) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    if kind == "id_token":
        assert not app.is_active(body[kind])
        assert error(app.refresh(body[kind])) == (400, "invalid_grant")
        assert app.revoke(body[kind]).status_code == 200
        assert app.is_active(body["access_token"])


@pytest.mark.threat(58)
def test_the_name_of_a_person_is_no_name_of_a_client(app: App, signed_in: Browser, person: Any):
    own = app.client_credentials().json()["access_token"]
    theirs = app.tokens(signed_in)["access_token"]
    assert app.introspect(own).json()["sub"] == app.client_id
    assert app.introspect(theirs).json()["sub"] == str(person.pk)


@pytest.mark.seed("S-12")
@pytest.mark.parametrize("scope", ["openid", "offline_access", "offline", "profile openid", "email"])
def test_a_client_alone_gets_nothing_about_a_person(app: App, scope: str):
    assert error(app.client_credentials(scope=scope)) == (400, "invalid_scope")
    assert set(app.client_credentials().json()) == {"access_token", "token_type", "expires_in", "scope"}
