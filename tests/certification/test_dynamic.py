"""OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592: rows D and T; clients of `private_key_jwt`."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests

from tests.certification.browser import Browser, Page
from tests.certification.provider import Provider
from tests.certification.reception import Reception
from tests.certification.relying_party import ClientKey, RelyingParty

REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0"
CORE = "OpenID Connect Core 1.0"
Register = Callable[..., dict[str, Any]]
RegisterAnswer = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def key() -> ClientKey:
    return ClientKey("the-first-key")


@pytest.fixture(scope="session")
def members(reception: Reception, key: ClientKey) -> dict[str, Any]:
    """A good registration."""
    return {
        "client_name": "Certified by itself",
        "redirect_uris": [f"{reception.url}/callback"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.public]},
        "scope": "openid profile email offline_access",
    }


@pytest.fixture
def certified(
    provider: Provider, reception: Reception, register: Register, members: dict[str, Any], key: ClientKey
) -> Callable[..., RelyingParty]:
    """Register with these members changed; the relying party that holds what came."""

    def certified(**changes: Any) -> RelyingParty:
        wanted = {name: value for name, value in {**members, **changes}.items() if value is not None}
        return RelyingParty(provider, reception, register(**wanted), key=key)

    return certified


@pytest.fixture
def answer_to(register_answer: RegisterAnswer, members: dict[str, Any]) -> RegisterAnswer:
    def answer(**changes: Any) -> requests.Response:
        return register_answer(**{name: value for name, value in {**members, **changes}.items() if value is not None})

    return answer


def is_refused(answer: requests.Response, error: str) -> bool:
    return (
        answer.status_code == 400
        and answer.headers["Content-Type"].partition(";")[0] == "application/json"
        and answer.json()["error"] == error
    )


@pytest.mark.spec(REGISTRATION, "3.2")
@pytest.mark.op("D2", "D3", "T1")
def test_registration_reading_and_deletion(
    provider: Provider, register: Register, members: dict[str, Any], reception: Reception
) -> None:
    login = f"{reception.url}/start"
    made = register(**{**members, "initiate_login_uri": login, "token_endpoint_auth_method": "client_secret_basic"})
    assert made["client_secret_expires_at"] == 0
    assert made["registration_client_uri"].startswith("https://")
    assert made["initiate_login_uri"] == login
    headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
    read = provider.get(made["registration_client_uri"], **headers)
    assert read.status_code == 200
    assert read.headers["Content-Type"].partition(";")[0] == "application/json"
    assert read.json()["client_id"] == made["client_id"]
    assert read.json()["initiate_login_uri"] == login
    gone = requests.delete(made["registration_client_uri"], headers=headers, verify=provider.authority, timeout=30)
    assert gone.status_code == 204
    assert provider.get(made["registration_client_uri"], **headers).status_code == 401


@pytest.mark.spec(CORE, "4")
@pytest.mark.op("T2")
def test_initiate_login_uri_is_https(answer_to: RegisterAnswer) -> None:
    assert is_refused(answer_to(initiate_login_uri="http://rp.example/start"), "invalid_client_metadata")


@pytest.mark.spec("RFC 7523", "3")
@pytest.mark.op("D4", "D18", "B1")
@pytest.mark.parametrize("audience", ["token_endpoint", "issuer"])
def test_an_assertion_for_either_audience(certified: Callable[..., RelyingParty], audience: str) -> None:
    party = certified()
    arrived = party.login(party.browser())
    assertion = party.assertion(party.metadata[audience])
    party.tokens(arrived, client_assertion=assertion)


@pytest.mark.spec(REGISTRATION, "2")
@pytest.mark.op("D5")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_algorithm_of_the_id_token(certified: Callable[..., RelyingParty], algorithm: str) -> None:
    party = certified(id_token_signed_response_alg=algorithm)
    asked = party.request()
    browser = party.browser()
    arrived = party.accepted(browser.go_on(browser.get(party.url(asked))), asked)
    party.id_token(party.tokens(arrived)["id_token"], nonce=asked["nonce"], algorithm=algorithm)


@pytest.mark.op("D5", "B5")
def test_no_algorithm_is_not_registered(answer_to: RegisterAnswer) -> None:
    assert is_refused(answer_to(id_token_signed_response_alg="none"), "invalid_client_metadata")


@pytest.mark.spec(CORE, "5.3.2")
@pytest.mark.op("D6")
def test_userinfo_as_a_jwt(certified: Callable[..., RelyingParty]) -> None:
    party = certified(userinfo_signed_response_alg="RS256")
    assert "RS256" in party.metadata["userinfo_signing_alg_values_supported"]
    arrived = party.login(party.browser())
    answer = party.userinfo_answer(party.access_token(arrived))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "application/jwt"
    header = jwt.get_unverified_header(answer.text)
    (fitting,) = [found for found in party.keys if found["kid"] == header["kid"]]
    claims = jwt.decode(
        answer.text, jwt.PyJWK(fitting).key, ["RS256"], audience=party.client_id, issuer=party.provider.url
    )
    assert claims["sub"] == party.claims(arrived)["sub"]
    assert "nonce" not in claims


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("D7", "D8", "D9", "A9")
def test_redirect_uris_are_compared_whole(certified: Callable[..., RelyingParty], reception: Reception) -> None:
    with_query = f"{reception.url}/callback?bar=foo"
    two = certified(redirect_uris=[f"{reception.url}/callback", f"{reception.url}/another"])
    assert isinstance(two.ask(two.browser(), redirect_uri=None), Page)
    one = certified(redirect_uris=[with_query])
    arrived = one.ask(one.browser(), prompt="none")
    assert not isinstance(arrived, Page)
    assert arrived.query["bar"] == "foo"
    for changed in (f"{reception.url}/callback?bar=food", f"{with_query}&more=1", f"{reception.url}/callback"):
        assert isinstance(one.ask(one.browser(), redirect_uri=changed), Page)
    assert isinstance(two.ask(two.browser(), redirect_uri=with_query), Page)


@pytest.mark.spec(REGISTRATION, "3.3")
@pytest.mark.op("D10")
def test_a_fragment_is_not_registered(answer_to: RegisterAnswer, reception: Reception) -> None:
    assert is_refused(answer_to(redirect_uris=[f"{reception.url}/callback#here"]), "invalid_redirect_uri")


@pytest.mark.spec(REGISTRATION, "2")
@pytest.mark.op("D11")
def test_logo_policy_and_terms_on_the_sign_in_page(
    certified: Callable[..., RelyingParty], reception: Reception
) -> None:
    urls = {name: f"{reception.url}/{name}" for name in ("logo_uri", "policy_uri", "tos_uri")}
    party = certified(**urls)
    page = party.ask(party.browser())
    assert isinstance(page, Page)
    assert page.is_sign_in
    assert urls["policy_uri"] in page.links
    assert urls["tos_uri"] in page.links
    assert urls["logo_uri"] in page.images


@pytest.mark.long  # a client's keys are asked for again at most once a minute
@pytest.mark.spec(CORE, "10.1.1")
@pytest.mark.op("D16")
def test_a_jwks_uri_whose_key_is_exchanged(certified: Callable[..., RelyingParty], key: ClientKey) -> None:
    path = f"/keys/{secrets.token_urlsafe(8)}"
    reception = certified().reception
    reception.documents[path] = {"keys": [key.public]}
    party = certified(jwks=None, jwks_uri=f"{reception.url}{path}")
    arrived = party.login(party.browser(), scope="openid offline_access", prompt="consent")
    refresh = party.tokens(arrived)["refresh_token"]
    party.key = ClientKey("the-second-key")
    reception.documents[path] = {"keys": [party.key.public]}
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    end = time.monotonic() + 75
    while (answer := party.token(form)).status_code == 401 and time.monotonic() < end:
        time.sleep(5)
    party.issued(answer)


@pytest.mark.spec(REGISTRATION, "2")
@pytest.mark.op("D12")
def test_a_jwks_uri(certified: Callable[..., RelyingParty], reception: Reception, key: ClientKey) -> None:
    reception.documents["/keys"] = {"keys": [key.public]}
    party = certified(jwks=None, jwks_uri=f"{reception.url}/keys")
    party.tokens(party.login(party.browser()))


@pytest.mark.spec(REGISTRATION, "5")
@pytest.mark.op("D13", "D14")
def test_pairwise_subjects_of_a_sector(
    certified: Callable[..., RelyingParty], answer_to: RegisterAnswer, reception: Reception
) -> None:
    reception.documents["/sector"] = [f"{reception.url}/callback", f"{reception.url}/another"]
    sector = {"subject_type": "pairwise", "sector_identifier_uri": f"{reception.url}/sector"}
    first, second = certified(**sector), certified(**sector)
    public = certified()
    assert "pairwise" in first.metadata["subject_types_supported"]
    subjects = [party.claims(party.login(party.browser()))["sub"] for party in (first, second, public)]
    assert subjects[0] == subjects[1]
    assert subjects[2] not in subjects[:2]
    refused = answer_to(**sector, redirect_uris=[f"{reception.url}/not-listed"])
    assert is_refused(refused, "invalid_client_metadata")


@pytest.mark.spec(CORE, "10.1.1")
@pytest.mark.op("D15")
def test_the_server_changes_its_key(certified: Callable[..., RelyingParty], provider: Provider) -> None:
    party = certified()
    asked = party.request()
    browser = party.browser()
    before = party.keys
    arrived = party.accepted(browser.go_on(browser.get(party.url(asked))), asked)
    old = party.tokens(arrived)["id_token"]
    provider.rotate("RS256")
    after = party.keys
    assert {found["kid"] for found in before} <= {found["kid"] for found in after}
    fresh = [found for found in after if found["kid"] not in {had["kid"] for had in before}]
    assert any(found["kty"] == "RSA" for found in fresh)
    assert len({found["n"] for found in after if "n" in found}) == sum("n" in found for found in after)
    party.id_token(old, nonce=asked["nonce"])
    new = party.request()
    signed = party.tokens(party.accepted(browser.get(party.url(new)), new))["id_token"]
    party.id_token(signed, nonce=new["nonce"])
    assert jwt.get_unverified_header(signed)["kid"] != jwt.get_unverified_header(old)["kid"]


@pytest.mark.spec(CORE, "6.2")
@pytest.mark.op("D17", "B29")
def test_a_signed_request_object_by_its_address(certified: Callable[..., RelyingParty], reception: Reception) -> None:
    path = f"/request/{secrets.token_urlsafe(8)}"
    url = f"{reception.url}{path}"
    party = certified(request_uris=[url], request_object_signing_alg="RS256")
    assert party.metadata["request_uri_parameter_supported"] is True
    asked, now = party.request(), int(time.time())
    assert party.key is not None
    inside = {**asked, "iss": party.client_id, "aud": party.provider.url, "iat": now, "nbf": now, "exp": now + 300}
    reception.documents[path] = party.key.sign(inside)
    outside = {**asked, "state": "another", "nonce": "another", "request_uri": url}
    browser: Browser = party.browser()
    arrived = party.accepted(browser.go_on(browser.get(party.url(outside))), asked)
    party.id_token(party.tokens(arrived)["id_token"], nonce=asked["nonce"])
    bad_outside = {**outside, "redirect_uri": f"{party.redirect_uri}/more"}
    shown = browser.get(party.url(bad_outside))
    assert isinstance(shown, Page) or shown.url == party.redirect_uri


@pytest.mark.spec(CORE, "15.2")
@pytest.mark.op("D18", "B30", "B31")
def test_refresh_with_a_key(certified: Callable[..., RelyingParty]) -> None:
    party, other = certified(), certified()
    arrived = party.login(party.browser(), scope="openid offline_access", prompt="consent")
    form = {"grant_type": "refresh_token", "refresh_token": party.tokens(arrived)["refresh_token"]}
    other.token_error(other.token(form), "invalid_grant")
    before = party.claims(arrived)
    after = party.id_token(party.issued(party.token(form))["id_token"])
    assert (after["sub"], after["aud"], after["auth_time"]) == (before["sub"], before["aud"], before["auth_time"])


@pytest.mark.spec("RFC 7591", "3.1")
@pytest.mark.op("D2")
def test_registration_refuses_what_is_no_metadata(provider: Provider, document_url: str) -> None:
    for body in (b"", b"[]", b"{", b"\xff", json.dumps({"redirect_uris": "x"}).encode()):
        headers = {"Content-Type": "application/json"}
        answer = requests.post(document_url, data=body, headers=headers, verify=provider.authority, timeout=30)
        assert answer.status_code == 400, body
        assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


@pytest.fixture
def document_url(provider: Provider) -> str:
    endpoint: str = provider.get(f"{provider.url}/.well-known/openid-configuration").json()["registration_endpoint"]
    return endpoint
