"""RP-initiated, front-channel and back-channel logout: rows L, N, K."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest

from tests.certification.browser import Arrived, Browser, Page
from tests.certification.relying_party import ClientKey, RelyingParty

RP_INITIATED = "OpenID Connect RP-Initiated Logout 1.0"
NO_PAGE = ("login_required", "interaction_required", "account_selection_required", "consent_required")


@pytest.fixture
def browser(code_party: RelyingParty) -> Browser:
    return code_party.browser()


@pytest.fixture
def hint(code_party: RelyingParty, browser: Browser) -> str:
    """The ID token of a fresh sign-in."""
    return code_party.any_id_token(code_party.login(browser))


def logout(party: RelyingParty, browser: Browser, **values: str) -> Page | Arrived:
    url = f"{party.metadata['end_session_endpoint']}?{urlencode(values)}"
    return past_frames(browser, browser.get(url))


def past_frames(browser: Browser, shown: Page | Arrived) -> Page | Arrived:
    """Load the frames as a browser does, and go on where the page goes on."""
    if isinstance(shown, Page) and shown.frames:
        onward = shown.onward
        if not onward.startswith(("http://", "https://")):
            return browser.get(urljoin_of(shown, onward))
        if onward.startswith("/".join(shown.url.split("/")[:3]) + "/"):
            return browser.get(onward)
        parts = urlsplit(onward)
        return Arrived(onward.partition("?")[0], "GET", 200, dict(parse_qsl(parts.query)), {}, {})
    return shown


def urljoin_of(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path


def is_signed_out(party: RelyingParty, browser: Browser) -> bool:
    asked = party.request(prompt="none")
    arrived = browser.get(party.url(asked))
    assert isinstance(arrived, Arrived)
    if arrived.error:
        party.refused(arrived, asked, *NO_PAGE)
    return bool(arrived.error)


@pytest.mark.spec(RP_INITIATED, "2")
@pytest.mark.op("L2", "L3", "N3", "K4")
@pytest.mark.parametrize("state", ["a-state", None])
def test_hint_and_registered_uri(code_party: RelyingParty, browser: Browser, hint: str, state: str | None) -> None:
    back = code_party.registration["post_logout_redirect_uris"][0]
    more = {"state": state} if state else {}
    arrived = logout(code_party, browser, id_token_hint=hint, post_logout_redirect_uri=back, **more)
    assert isinstance(arrived, Arrived), arrived.text
    assert arrived.url == back
    assert arrived.query == more
    assert is_signed_out(code_party, browser)


@pytest.mark.spec(RP_INITIATED, "3")
@pytest.mark.op("L4", "L5")
@pytest.mark.parametrize("fault", ["another URI", "a query added", "no hint", "alg none", "somebody else's signature"])
def test_no_redirect_without_proof(code_party: RelyingParty, browser: Browser, hint: str, fault: str) -> None:
    back = code_party.registration["post_logout_redirect_uris"][0]
    good = {"id_token_hint": hint, "post_logout_redirect_uri": back, "state": "a-state"}
    claims = jwt.decode(hint, options={"verify_signature": False})
    kid = jwt.get_unverified_header(hint)["kid"]
    changes: dict[str, dict[str, str]] = {
        "another URI": {"post_logout_redirect_uri": f"{back}/more"},
        "a query added": {"post_logout_redirect_uri": f"{back}?foo=bar"},
        "no hint": {"id_token_hint": ""},
        "alg none": {"id_token_hint": code_party.unsigned(claims)},
        "somebody else's signature": {"id_token_hint": ClientKey(kid).sign(claims)},
    }
    shown = logout(code_party, browser, **{**good, **changes[fault]})
    assert isinstance(shown, Page)
    assert back not in shown.text


@pytest.mark.spec(RP_INITIATED, "2")
@pytest.mark.op("L6")
@pytest.mark.parametrize("given", ["nothing", "state", "hint"])
def test_without_a_uri_the_person_is_signed_out_and_stays(
    code_party: RelyingParty, browser: Browser, hint: str, given: str
) -> None:
    values = {"nothing": {}, "state": {"state": "a-state"}, "hint": {"id_token_hint": hint}}[given]
    shown = logout(code_party, browser, **values)
    assert isinstance(shown, Page)
    asking = [form for form in shown.forms if ("decision", "sign_out") in form.buttons]
    if asking:
        shown = past_frames(browser, browser.submit(shown, asking[0], {"decision": "sign_out"}))
    assert isinstance(shown, Page)
    assert "signed out" in shown.text
    assert is_signed_out(code_party, browser)


@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "3")
@pytest.mark.op("N2")
def test_the_frame_names_issuer_and_session(code_party: RelyingParty, browser: Browser, hint: str) -> None:
    url = f"{code_party.metadata['end_session_endpoint']}?{urlencode({'id_token_hint': hint})}"
    shown = browser.get(url)
    assert isinstance(shown, Page)
    (frame,) = shown.frames
    to = urlsplit(frame)
    assert frame.partition("?")[0] == code_party.registration["frontchannel_logout_uri"]
    sid = jwt.decode(hint, options={"verify_signature": False})["sid"]
    assert dict(parse_qsl(to.query)) == {"iss": code_party.provider.url, "sid": sid}
    origin = f"{to.scheme}://{to.netloc}"
    (frames,) = [part for part in shown.headers["Content-Security-Policy"].split(";") if "frame-src" in part]
    assert origin in frames


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.4")
@pytest.mark.op("K2", "K3")
def test_the_logout_token(code_party: RelyingParty, browser: Browser, hint: str) -> None:
    claims: dict[str, Any] = jwt.decode(hint, options={"verify_signature": False})
    reception = code_party.reception
    before = len(reception.wait_for("/back-channel", 0))
    logout(code_party, browser, id_token_hint=hint)
    (fields,) = reception.wait_for("/back-channel", before + 1)[before:]
    ((name, token),) = fields
    assert name == "logout_token"
    header = jwt.get_unverified_header(token)
    (fitting,) = [found for found in code_party.keys if found["kid"] == header["kid"]]
    told = jwt.decode(
        token,
        jwt.PyJWK(fitting).key,
        [header["alg"]],
        audience=code_party.client_id,
        issuer=code_party.provider.url,
        options={"require": ["iss", "aud", "iat", "exp", "jti", "events"]},
    )
    assert told["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert (told["sub"], told["sid"]) == (claims["sub"], claims["sid"])
    assert "nonce" not in told
