"""OpenID Connect Core 1.0 §5.3.2, §10: UserInfo and ID token signed and encrypted as the client registered it."""

import json
from typing import Any

import jwt
import pytest
from django.db import connection
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from oauth_server import issuers
from oauth_server.keys import rotation, store
from oauth_server.models import AuthorizationCode
from oauth_server.registration import metadata
from tests import factories
from tests.flows import FORM, App, Browser, error

pytestmark = [pytest.mark.django_db, pytest.mark.spec("OpenID Connect Core 1.0", "5.3.2")]

RSA, EC = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
JWKS = {"keys": [{**RSA.as_dict(private=False), "kid": "r"}, {**EC.as_dict(private=False), "kid": "e", "use": "enc"}]}


def verified(token: str, **options: Any) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict({"keys": store.published(issuers.first())})[header["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=[header["alg"]], issuer="http://testserver", **options)
    return claims


@pytest.mark.op("D6", "B6")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_userinfo_as_a_signed_jwt(signed_in: Browser, person: Any, algorithm: str):
    app = factories.app(userinfo_signed_response_alg=algorithm)
    rotation.provide(issuers.first())
    token = app.tokens(signed_in, scope="openid email", nonce="n-1")["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    for answer in (
        app.userinfo(token),
        app.http.generic("POST", "/userinfo", headers=headers),
        app.http.post("/userinfo", f"access_token={token}", content_type=FORM),
    ):
        assert answer["Content-Type"] == "application/jwt"
        assert answer["Cache-Control"] == "no-store"
        body = answer.content.decode()
        assert jwt.get_unverified_header(body)["alg"] == algorithm
        claims = verified(body, audience=app.client_id)
        assert claims == {
            "sub": str(person.pk),
            "email": "ada@example.org",
            "email_verified": False,
            "iss": "http://testserver",
            "aud": app.client_id,
        }
    metadata_body = app.http.get("/.well-known/openid-configuration").json()
    assert algorithm in metadata_body["userinfo_signing_alg_values_supported"]


@pytest.mark.threat(47)
def test_a_signed_userinfo_is_no_id_token(signed_in: Browser):
    app = factories.app(userinfo_signed_response_alg="RS256")
    told = app.userinfo(app.tokens(signed_in)["access_token"]).content.decode()
    assert error(app.authorize(signed_in, id_token_hint=told, prompt="none")) == (303, "invalid_request")
    assert error(app.userinfo(told)) == (401, "invalid_token")


@pytest.mark.spec("OpenID Connect Core 1.0", "10.2")
@pytest.mark.parametrize("enc", ["", "A256GCM"])
@pytest.mark.parametrize(("alg", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES", EC), ("ECDH-ES+A256KW", EC)])
def test_userinfo_encrypted_with_and_without_a_signature(signed_in: Browser, person: Any, alg: str, key: Any, enc: str):
    app = factories.app(userinfo_encrypted_response_alg=alg, userinfo_encrypted_response_enc=enc, client_jwks=JWKS)
    answer = app.userinfo(app.tokens(signed_in)["access_token"])
    assert answer["Content-Type"] == "application/jwt"
    opened = jwe.decrypt_compact(answer.content.decode(), key, algorithms=[alg, enc or "A128CBC-HS256"])
    assert json.loads(opened.plaintext or b"") == {"sub": str(person.pk)}
    app.row.userinfo_signed_response_alg = "RS256"
    app.row.save()
    answer = app.userinfo(app.tokens(signed_in)["access_token"])
    nested = jwe.decrypt_compact(answer.content.decode(), key, algorithms=[alg, enc or "A128CBC-HS256"])
    assert nested.protected["cty"] == "JWT"
    assert verified((nested.plaintext or b"").decode(), audience=app.client_id)["sub"] == str(person.pk)


@pytest.mark.spec("OpenID Connect Core 1.0", "10.2")
@pytest.mark.parametrize(("alg", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES+A256KW", EC)])
def test_an_encrypted_id_token_is_a_signed_one_inside(signed_in: Browser, person: Any, alg: str, key: Any):
    app = factories.app(id_token_encrypted_response_alg=alg, client_jwks=JWKS)
    body = app.tokens(signed_in, scope="openid offline_access", nonce="n-2")
    for answer in (body, app.refresh(body["refresh_token"]).json()):
        assert answer["id_token"].count(".") == 4
        opened = jwe.decrypt_compact(answer["id_token"], key, algorithms=[alg, "A128CBC-HS256"])
        claims = verified((opened.plaintext or b"").decode(), audience=app.client_id)
        assert claims["sub"] == str(person.pk)
    assert opened.protected["cty"] == "JWT"
    # §3.1.2.1: as a hint the client sends what it decrypted
    hint = (opened.plaintext or b"").decode()
    assert error(app.authorize(signed_in, id_token_hint=hint, prompt="none")) == (303, "")


@pytest.mark.spec("OpenID Connect Core 1.0", "10.2")
def test_without_a_key_nothing_is_told_and_nothing_used_up(app: App, signed_in: Browser):
    app.row.id_token_encrypted_response_alg = "RSA-OAEP-256"
    app.row.client_jwks = {"keys": [JWKS["keys"][1]]}
    app.row.save()
    code = app.code(signed_in)
    assert error(app.redeem(code)) == (400, "invalid_request")
    assert AuthorizationCode.objects.get().used_at is None
    app.row.client_jwks = JWKS
    app.row.save()
    assert app.redeem(code).status_code == 200
    app.row.userinfo_encrypted_response_alg, app.row.client_jwks = "ECDH-ES", None
    app.row.save()
    app.row.id_token_encrypted_response_alg = ""
    app.row.save()
    answer = app.userinfo(app.tokens(signed_in)["access_token"])
    assert error(answer) == (400, "invalid_request")
    assert "sub" not in answer.json()


@pytest.mark.spec("OpenID Connect Core 1.0", "10.2")
def test_keys_are_fetched_before_anything_is_locked(app: App, signed_in: Browser, monkeypatch: pytest.MonkeyPatch):
    """A client's web server that does not answer holds nobody else up, and leaves the code to be redeemed later."""
    from oauth_server import fetch

    seen: list[int] = []
    outside = len(connection.savepoint_ids)

    def unreachable(*_args: Any, **_kwargs: Any) -> Any:
        seen.append(len(connection.savepoint_ids))
        raise fetch.Unreachable("keys.example: no answer")

    monkeypatch.setattr(fetch, "guarded_get", unreachable)
    app.row.id_token_encrypted_response_alg = "RSA-OAEP-256"
    app.row.client_jwks_uri = "https://keys.example/jwks"
    app.row.save()
    code = app.code(signed_in)
    assert error(app.redeem(code)) == (503, "temporarily_unavailable")
    assert seen == [outside]
    assert AuthorizationCode.objects.get().used_at is None
    assert app.client_credentials().status_code == 200


@pytest.mark.op("C7")
@pytest.mark.spec("OpenID Connect Discovery 1.0", "3")
def test_what_is_on_is_listed(app: App):
    body = app.http.get("/.well-known/openid-configuration").json()
    assert body["claims_parameter_supported"] is True
    assert body["subject_types_supported"] == ["public", "pairwise"]
    assert body["id_token_signing_alg_values_supported"] == body["userinfo_signing_alg_values_supported"]
    assert "RS256" in body["id_token_signing_alg_values_supported"]
    assert "none" not in body["id_token_signing_alg_values_supported"]
    for kind in ("id_token", "userinfo"):
        assert body[f"{kind}_encryption_alg_values_supported"] == ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"]
        assert body[f"{kind}_encryption_enc_values_supported"] == ["A128CBC-HS256", "A256GCM"]
    assert {"sub", "auth_time", "acr", "amr", "sid", "name", "email", "address", "phone_number"} <= set(
        body["claims_supported"]
    )
    assert body["acr_values_supported"] == ["1", "2"]


def test_a_client_that_registers_an_algorithm_gets_its_keys(db: None):
    issuer = issuers.first()
    metadata.create(
        issuer, {"redirect_uris": ["https://rp.example/cb"], "userinfo_signed_response_alg": "EdDSA", "scope": "openid"}
    )
    assert set(issuer.keys.filter(algorithm="EdDSA").values_list("state", flat=True)) == {"active", "next"}
