"""OpenID Connect Core 1.0 §3: rows A, B, I and H in every flow, for each client."""

import json
import re
import time
from typing import Any

import pytest

from tests.certification.browser import Arrived, Browser, Page
from tests.certification.relying_party import FORM_POST, RelyingParty, half

CORE = "OpenID Connect Core 1.0"
PROFILE = {
    "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
    "birthdate", "zoneinfo", "locale", "updated_at",
}  # fmt: skip
SCOPES = {
    "profile": PROFILE,
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}
TYPES = {"updated_at": int, "email_verified": bool, "phone_number_verified": bool, "address": dict}
ALWAYS = {
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "acr",
    "amr",
    "azp",
}
NO_PAGE = ("login_required", "interaction_required", "account_selection_required", "consent_required")


def alone(party: RelyingParty) -> bool:
    """Whether the ID token is all that there is."""
    return party.response_type == "id_token"


def only(party: RelyingParty, *kinds: str) -> None:
    if party.response_type not in kinds:
        pytest.skip("another response type")


@pytest.mark.spec(CORE, "3.1")
@pytest.mark.op("B1", "A1", "A2", "A4", "A5", "A8", "A10", "B2", "B4", "I1", "I2", "H1", "H4", "H5", "H6", "I7", "P1")
def test_a_first_sign_in(party: RelyingParty) -> None:
    browser = party.browser()
    arrived = party.login(browser)
    claims = party.claims(arrived)
    assert set(claims) <= ALWAYS
    if "code" in arrived.parameters:
        body = party.tokens(arrived)
        later = party.id_token(body["id_token"], nonce=claims.get("nonce"))
        assert later["sub"] == claims["sub"]
        assert later.get("at_hash", half(body["access_token"])) == half(body["access_token"])
        assert party.userinfo(body["access_token"])["sub"] == claims["sub"]
    if "access_token" in arrived.parameters:
        assert party.userinfo(arrived.parameters["access_token"])["sub"] == claims["sub"]


@pytest.mark.spec("RFC 6749", "3.1.1")
@pytest.mark.op("B3", "I7", "H6", "P2", "A7")
def test_no_response_type(code_party: RelyingParty, signed_in: Browser) -> None:
    asked = code_party.request(response_type=None)
    code_party.refused(signed_in.get(code_party.url(asked)), asked, "unsupported_response_type", "invalid_request")


@pytest.mark.spec(CORE, "2")
@pytest.mark.op("B5")
def test_unsigned_id_tokens_are_not_on_offer(code_party: RelyingParty) -> None:
    lists = [value for name, value in code_party.metadata.items() if name.endswith("_alg_values_supported")]
    assert lists
    assert all("none" not in value for value in lists)


@pytest.mark.spec(CORE, "5.3.1")
@pytest.mark.op("B6", "B7", "I6", "H6")
@pytest.mark.parametrize("how", ["GET header", "POST header", "POST body"])
def test_userinfo_three_ways(party: RelyingParty, signed_in: Browser, how: str) -> None:
    if alone(party):
        pytest.skip("no access token")
    arrived = party.login(signed_in)
    token = party.access_token(arrived)
    assert party.userinfo(token, how)["sub"]


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B8", "H2", "I3", "H3", "A7")
def test_no_nonce(party: RelyingParty, signed_in: Browser) -> None:
    asked = party.request(nonce=None)
    arrived = signed_in.get(party.url(asked))
    if "id_token" in party.response_type:
        party.refused(arrived, asked, "invalid_request")
    else:
        party.accepted(arrived, asked)


@pytest.mark.spec(CORE, "5.4")
@pytest.mark.op("B9", "I4", "I7", "H6")
@pytest.mark.parametrize("scope", [*SCOPES, "profile email address phone"])
def test_scopes_release_all_their_claims(party: RelyingParty, signed_in: Browser, scope: str) -> None:
    arrived = party.login(signed_in, scope=f"openid {scope}")
    due = set().union(*(SCOPES[name] for name in scope.split()))
    in_id_token = party.claims(arrived)
    found = in_id_token if alone(party) else party.userinfo(party.access_token(arrived))
    assert due <= set(found)
    assert all(isinstance(found[name], TYPES.get(name, str)) for name in due)
    every = set().union(*SCOPES.values())
    assert not (every - due) & set(found)
    if not alone(party):
        assert not every & set(in_id_token)
    if "address" in due:
        members = {"formatted", "street_address", "locality", "region", "postal_code", "country"}
        assert members <= set(found["address"])


@pytest.mark.spec("RFC 6749", "3.3")
@pytest.mark.op("B10", "I7", "H6")
def test_another_order(party: RelyingParty, signed_in: Browser) -> None:
    asked = party.request(scope="email openid")
    turned = dict(reversed(asked.items()))
    party.accepted(signed_in.get(party.url(turned)), turned)


@pytest.mark.spec(CORE, "15.1")
@pytest.mark.op("B11", "B17", "B19", "I7", "H6")
@pytest.mark.parametrize(
    "more",
    [
        {"display": "page"},
        {"display": "popup"},
        {"extra": "foobar"},
        {"login_hint": "ada@example.org"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
    ],
    ids=lambda more: next(iter(more)) + "=" + next(iter(more.values())),
)
def test_what_changes_nothing(party: RelyingParty, more: dict[str, str]) -> None:
    if party.in_front and party.response_mode:
        pytest.skip("shown by the other modes")
    party.login(party.browser(), **more)


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B12", "I7", "H6")
def test_prompt_login(party: RelyingParty) -> None:
    browser = party.browser()
    before = party.claims(party.login(browser, max_age="10000"))["auth_time"]
    time.sleep(1.1)
    asked = party.request(prompt="login", max_age="10000")
    page = browser.get(party.url(asked))
    assert isinstance(page, Page)
    assert page.is_sign_in
    arrived = party.accepted(browser.go_on(page), asked)
    assert party.claims(arrived)["auth_time"] > before


@pytest.mark.spec(CORE, "3.1.2.6")
@pytest.mark.op("B13", "A7", "A8", "P2", "I7", "H6")
def test_prompt_none_without_a_session(party: RelyingParty) -> None:
    asked = party.request(prompt="none")
    party.refused(party.browser().get(party.url(asked)), asked, *NO_PAGE)


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B14", "B18", "I7", "H6")
@pytest.mark.parametrize("with_hint", [False, True], ids=["alone", "with a hint"])
def test_prompt_none_when_signed_in(party: RelyingParty, signed_in: Browser, with_hint: bool) -> None:
    arrived = party.login(signed_in)
    token = party.any_id_token(arrived)
    before = party.claims(arrived) if "id_token" in arrived.parameters else None
    asked = party.request(prompt="none", **({"id_token_hint": token} if with_hint else {}))
    again = signed_in.get(party.url(asked))
    assert isinstance(again, Arrived)
    after = party.claims(party.accepted(again, asked))
    if before is not None:
        assert (after["sub"], after.get("auth_time")) == (before["sub"], before.get("auth_time"))
    assert after["sub"]


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B15", "I7", "H6")
def test_max_age_1(party: RelyingParty) -> None:
    if party.response_mode:
        pytest.skip("shown by the other modes")
    browser = party.browser()
    before = party.claims(party.login(browser, max_age="15000"))["auth_time"]
    time.sleep(2.1)
    asked = party.request(max_age="1")
    page = browser.get(party.url(asked))
    assert isinstance(page, Page)
    assert page.is_sign_in
    after = party.claims(party.accepted(browser.go_on(page), asked))["auth_time"]
    assert after > before
    assert time.time() - after < 60


@pytest.mark.spec(CORE, "2")
@pytest.mark.op("B16", "I7", "H6")
def test_max_age_10000(party: RelyingParty, signed_in: Browser) -> None:
    first = party.claims(party.login(signed_in, max_age="15000"))["auth_time"]
    asked = party.request(max_age="10000")
    arrived = signed_in.get(party.url(asked))
    assert party.claims(party.accepted(arrived, asked))["auth_time"] == first


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B20", "I7", "H6")
def test_acr_values(party: RelyingParty, signed_in: Browser) -> None:
    offered = party.metadata.get("acr_values_supported", [])
    claims = party.claims(party.login(signed_in, acr_values=" ".join(offered or ["1", "2"])))
    if offered and "acr" in claims:
        assert claims["acr"] in offered


@pytest.mark.spec(CORE, "3.1.3.4")
@pytest.mark.op("B21", "A6", "H6")
def test_a_code_again_at_once(party: RelyingParty, signed_in: Browser) -> None:
    if "code" not in party.response_type:
        pytest.skip("no code")
    arrived = party.login(signed_in)
    party.tokens(arrived)
    party.token_error(party.redeem(arrived.parameters["code"]), "invalid_grant")


@pytest.mark.spec("RFC 6749", "4.1.2")
@pytest.mark.op("B22", "H6")
def test_a_code_again_ends_what_it_had_bought(party: RelyingParty, signed_in: Browser) -> None:
    if "code" not in party.response_type:
        pytest.skip("no code")
    arrived = party.login(signed_in)
    token = party.tokens(arrived)["access_token"]
    assert party.userinfo_answer(token).status_code == 200
    party.token_error(party.redeem(arrived.parameters["code"]), "invalid_grant")
    assert party.userinfo_answer(token).status_code == 401


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B23", "I7", "H6")
def test_an_unregistered_redirect_uri(party: RelyingParty, signed_in: Browser) -> None:
    page = party.ask(signed_in, redirect_uri=f"{party.redirect_uri}/more")
    assert isinstance(page, Page)
    assert page.status == 400


@pytest.mark.spec(CORE, "3.1.2.1")
@pytest.mark.op("B24")
def test_the_request_as_a_form(code_party: RelyingParty) -> None:
    browser, asked = code_party.browser(), code_party.request()
    shown = browser.post(code_party.metadata["authorization_endpoint"], asked, code_party.reception.url)
    code_party.accepted(browser.go_on(shown), asked)


@pytest.mark.spec(CORE, "9")
@pytest.mark.op("B25", "H6")
def test_client_secret_post(code_party: RelyingParty, registrations: dict[str, dict[str, Any]]) -> None:
    party = RelyingParty(code_party.provider, code_party.reception, registrations["post"])
    party.tokens(party.login(party.browser()))


@pytest.mark.spec(CORE, "6.1")
@pytest.mark.op("B26", "B27", "B29", "I7", "H6", "A7")
@pytest.mark.parametrize("by", ["request", "request_uri"])
def test_an_unsigned_request_object(code_party: RelyingParty, signed_in: Browser, by: str) -> None:
    """`none` is not among the algorithms, so these rows count as skipped; what is asked all the same is refused by name."""
    assert "none" not in code_party.metadata.get("request_object_signing_alg_values_supported", [])
    inside = code_party.unsigned({**code_party.request(), "iss": code_party.client_id, "aud": code_party.provider.url})
    code_party.reception.documents["/unsigned"] = inside
    asked = code_party.request(**{by: inside if by == "request" else f"{code_party.reception.url}/unsigned"})
    errors = ("request_not_supported", "request_uri_not_supported", "invalid_request_object", "invalid_request_uri")
    code_party.refused(signed_in.get(code_party.url(asked)), asked, *errors)
    bad_outside = {**asked, "redirect_uri": f"{code_party.redirect_uri}/more"}
    assert isinstance(signed_in.get(code_party.url(bad_outside)), Page)


@pytest.mark.spec(CORE, "5.5")
@pytest.mark.op("B28", "I5", "H6")
def test_an_essential_claim(party: RelyingParty, signed_in: Browser) -> None:
    where = "id_token" if alone(party) else "userinfo"
    arrived = party.login(signed_in, claims=json.dumps({where: {"name": {"essential": True}}}))
    in_id_token = party.claims(arrived)
    assert ("name" in in_id_token) == alone(party)
    if not alone(party):
        assert party.userinfo(party.access_token(arrived))["name"] == "Ada Lovelace"


@pytest.mark.spec(CORE, "12.2")
@pytest.mark.op("B30", "B31", "A6", "H6")
def test_refresh(party: RelyingParty, second_party: RelyingParty, signed_in: Browser) -> None:
    if "code" not in party.response_type:
        pytest.skip("no code")
    arrived = party.login(signed_in, scope="openid offline_access", prompt="consent")
    assert "refresh_token" in party.metadata["grant_types_supported"]
    first = party.tokens(arrived)
    before = party.claims(arrived)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second_party.token_error(second_party.token(form), "invalid_grant")
    time.sleep(1)
    again = party.issued(party.token(form))
    after = party.id_token(again["id_token"])
    for name in ("iss", "sub", "aud", "azp", "auth_time"):
        assert after.get(name) == before.get(name)
    assert after["iat"] > before["iat"]
    assert party.userinfo(again["access_token"])["sub"] == before["sub"]


@pytest.mark.spec("RFC 7636", "4")
@pytest.mark.op("B32", "H6")
def test_pkce(party: RelyingParty, signed_in: Browser) -> None:
    only(party, "code", "code id_token")
    verifier = "a-verifier-of-this-run-" + "0123456789" * 3
    challenge = _sha256(verifier)
    arrived = party.login(signed_in, code_challenge=challenge, code_challenge_method="S256")
    party.tokens(arrived, code_verifier=verifier)


def _sha256(value: str) -> str:
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    return urlsafe_b64encode(sha256(value.encode()).digest()).rstrip(b"=").decode()


@pytest.mark.spec("RFC 6749", "3.1.2")
@pytest.mark.op("A9", "A8", "D8")
@pytest.mark.parametrize("fails", [False, True], ids=["success", "error"])
def test_a_redirect_uri_keeps_its_query(party: RelyingParty, fails: bool) -> None:
    uri = party.registration["redirect_uris"][1]
    asked = party.request(redirect_uri=uri, **({"prompt": "none"} if fails else {}))
    browser = party.browser()
    arrived = browser.go_on(browser.get(party.url(asked)))
    assert isinstance(arrived, Arrived)
    assert arrived.query["bar"] == "foo"
    if party.place == "query":
        arrived.query.pop("bar")
    if fails:
        assert arrived.error in NO_PAGE
    else:
        assert not arrived.error
    assert arrived.parameters["state"] == asked["state"]


@pytest.mark.spec("OAuth 2.0 Form Post Response Mode", "2")
@pytest.mark.op("P3")
def test_the_form_can_be_sent_by_hand(party: RelyingParty, signed_in: Browser) -> None:
    if party.response_mode != FORM_POST:
        pytest.skip("another response mode")
    party.login(signed_in)
    outside_scripts = re.sub(r"<(script|noscript)\b.*?</\1>", "", signed_in.seen[-1].text, flags=re.DOTALL)
    (form,) = re.findall(r"<form\b.*?</form>", outside_scripts, flags=re.DOTALL)
    assert re.search(r"<button\b(?![^>]*(hidden|type=\"button\"))", form)
