"""`/hydra/admin/keys`: sets of keys by name, and those that sign."""

import json
from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.conf import settings as conf
from oauth_server.keys import jose
from oauth_server.models import StoredKey
from oauth_server.tokens import id_token, storage_keys
from tests import jwts
from tests.apps.hydra.conftest import Hydra
from tests.apps.hydra.models import KEY, check
from tests.flows import App, Browser

pytestmark = pytest.mark.django_db

SIGNING = "/admin/keys/hydra.openid.id-token"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


def keys_of(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["keys"]
    for one in found:
        check(one, KEY)
    return found


def private_key(algorithm: str = "ES256", **changes: Any) -> dict[str, Any]:
    return {**json.loads(jose.generate(algorithm)[2]), **changes}


def test_sets_of_keys_are_made_filled_read_and_deleted(hydra: Hydra):
    for algorithm in ("RS256", "PS256", "ES256", "EdDSA"):
        made = hydra("POST", "/admin/keys/my-set", {"alg": algorithm, "kid": "", "use": "sig"})
        assert made.status_code == 201
        (one,) = keys_of(made)
        assert (one["alg"], one["use"], len(one["kid"])) == (algorithm, "sig", 43)
    named = hydra("POST", "/admin/keys/my-set/", {"alg": "ES256", "kid": "named", "use": "enc"})
    assert (keys_of(named)[0]["kid"], keys_of(named)[0]["use"]) == ("named", "enc")
    for body, status in (
        ({"alg": "ES256", "kid": "named", "use": "sig"}, 409),
        ({"alg": "HS256", "kid": "", "use": "sig"}, 400),
        ({"alg": "", "kid": "", "use": "sig"}, 400),
        ({"alg": "ES256", "kid": "", "use": "magic"}, 400),
        ({"alg": 1}, 400),
        ([], 400),
    ):
        assert hydra("POST", "/admin/keys/my-set", body).status_code == status, body
    listed = keys_of(hydra("GET", "/admin/keys/my-set"))
    assert listed[0]["kid"] == "named"  # newest first
    assert len(listed) == 5

    brought = private_key("RS256", kid="brought", key_ops=["verify"])
    put = hydra("PUT", "/admin/keys/my-set/brought", brought)
    check(put.json(), KEY)
    assert put.json() == {name: value for name, value in brought.items() if name not in PRIVATE | {"key_ops"}}
    assert hydra("PUT", "/admin/keys/my-set/brought", brought).status_code == 200
    assert keys_of(hydra("GET", "/admin/keys/my-set/brought")) == [put.json()]
    for changes in (
        {"kid": "other"},
        {"use": "magic"},
        {"use": ""},
        {"alg": None},
        {"kty": "oct"},
        {"n": "AQAB"},
        {"n": 1},
        {"crv": 1},
    ):
        answer = hydra("PUT", "/admin/keys/my-set/brought", {**brought, **changes})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), changes
    everything = hydra("PUT", "/admin/keys/my-set", {"keys": [brought, private_key(kid="second")]})
    assert [one["kid"] for one in keys_of(everything)] == ["brought", "second"]
    assert [one["kid"] for one in keys_of(hydra("GET", "/admin/keys/my-set"))] == ["brought", "second"]
    sets: list[dict[str, Any]] = [{}, {"keys": {}}, {"keys": [1]}, {"keys": [{}]}]
    for one_set in sets:
        assert hydra("PUT", "/admin/keys/my-set", one_set).status_code == 400
    assert len(keys_of(hydra("GET", "/admin/keys/my-set"))) == 2

    row = StoredKey.objects.get(kid="brought")
    assert brought["d"] not in str(vars(row))
    assert any(sealed.model is StoredKey for sealed in storage_keys.SEALED)
    assert hydra("DELETE", "/admin/keys/my-set/second").status_code == 204
    assert hydra("DELETE", "/admin/keys/my-set/second").status_code == 404
    for _ in range(2):
        gone = hydra("DELETE", "/admin/keys/my-set")
        assert (gone.status_code, gone.content) == (204, b"")
    for path in ("/admin/keys/my-set", "/admin/keys/my-set/brought", "/admin/keys/%00", f"/admin/keys/{'x' * 300}"):
        assert hydra("GET", path).status_code == 404


def test_a_new_key_of_the_issuer_is_known_before_it_signs(hydra: Hydra, moving_clock: Any):
    def published() -> list[str]:
        return [one["kid"] for one in hydra("GET", "/.well-known/jwks.json").json()["keys"]]

    before = [one["kid"] for one in keys_of(hydra("GET", SIGNING))]
    assert set(before) == set(published())
    assert (
        hydra("POST", SIGNING, {"alg": "ES256", "kid": "", "use": "sig"}).status_code == 409
    )  # the next one is too young
    moving_clock.move(conf.KEY_PUBLICATION + 1)
    following = hydra.issuer.keys.get(algorithm="ES256", state="next").kid
    made = hydra("POST", SIGNING, {"alg": "ES256", "kid": "", "use": "sig"})
    (one,) = keys_of(made)
    assert made.status_code == 201
    assert hydra.issuer.keys.get(algorithm="ES256", state="active").kid == following
    assert hydra.issuer.keys.get(algorithm="ES256", state="next").kid == one["kid"]
    for body in ({"alg": "ES256", "kid": "mine", "use": "sig"}, {"alg": "ES256", "kid": "", "use": "enc"}):
        assert hydra("POST", SIGNING, body).status_code == 400
    first = keys_of(hydra("POST", SIGNING, {"alg": "PS256", "kid": "", "use": "sig"}))[0]["kid"]
    assert hydra.issuer.keys.get(kid=first).state == "active"
    for path in (SIGNING, f"{SIGNING}/{following}", "/admin/keys/hydra.jwt.access-token"):
        answer = hydra("DELETE", path)
        assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
    assert hydra("PUT", SIGNING, {"keys": []}).status_code == 409
    assert hydra("DELETE", f"{SIGNING}/{one['kid']}").status_code == 204
    assert hydra.issuer.keys.get(kid=one["kid"]).state == "revoked"


def test_the_key_of_the_server_that_is_left_goes_on_signing(hydra: Hydra, app: App, signed_in: Browser):
    former = private_key("RS256", kid="from-hydra")
    issuer, loaded = issuers.first(), jose.load(json.dumps(former).encode())
    old = jwts.compact(
        {"alg": "RS256", "kid": "from-hydra", "typ": "JWT"}, {"iss": issuer.identifier, "sub": "x", "exp": 1}, loaded
    )
    assert id_token.read(old, issuer) is None
    put = hydra("PUT", f"{SIGNING}/from-hydra", former)
    check(put.json(), KEY)
    assert id_token.read(old, issuer)
    header = jose.unverified_header(app.tokens(signed_in)["id_token"])
    assert (header["kid"], header["alg"]) == ("from-hydra", "RS256")
    assert issuer.keys.filter(algorithm="RS256", state="retiring").exists()
    assert former["d"] not in str(list(issuer.keys.values()))

    public = {name: value for name, value in private_key("ES256", kid="only-verifies").items() if name != "d"}
    assert hydra("PUT", f"{SIGNING}/only-verifies", public).status_code == 200
    assert issuer.keys.get(kid="only-verifies").state == "retiring"
    mixed = {**private_key("ES256", kid="mixed"), "d": private_key("ES256")["d"]}
    for members, status in (
        (former, 409),
        (mixed, 400),
        (private_key("ES256", kid="a b"), 400),
        (private_key("ES256", kid="x", use="enc"), 400),
        (private_key("ES256", kid="x", alg="RS256"), 400),
        (private_key("ES256", kid="x", alg="none"), 400),
        ({**former, "kid": "x", "d": "!"}, 400),
    ):
        answer = hydra("PUT", f"{SIGNING}/{members['kid'].replace(' ', '%20')}", members)
        assert answer.status_code == status, answer.content
