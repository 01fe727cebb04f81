"""RFC 8628: a device shows a code, a person answers on another one, the device gets its tokens once."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from qrcode.main import QRCode

from oauth_server import digest, issuers
from oauth_server.conf import settings as conf
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, AuditEvent, Authorization, DeviceRequest, Issuer
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser, error
from tests.jwts import parts

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def tv(**fields: Any) -> App:
    return factories.app(
        **{"grant_types": [GRANT, "refresh_token"], "response_types": [], "redirect_uris": "", **fields}
    )


@pytest.fixture
def device(db: None) -> App:
    """A first-party program without a browser."""
    return tv()


def begin(device: App, **values: Any) -> dict[str, Any]:
    answer = device.post("/oauth2/device/auth", **{"scope": "openid offline_access", **values})
    assert answer.status_code == 200, answer.content
    return answer.json()


def poll(device: App, begun: dict[str, Any], **values: Any) -> Any:
    return device.token(**{"grant_type": GRANT, "device_code": begun["device_code"], **values})


def enter(browser: Browser, code: str) -> Any:
    """The page after the code was typed."""
    return browser.submit(browser.open("/device"), {"user_code": code})


def answer(browser: Browser, begun: dict[str, Any], decision: str = "match") -> Any:
    """The page after the codes were compared."""
    return browser.submit(enter(browser, begun["user_code"]), {"decision": decision})


def row() -> DeviceRequest:
    return DeviceRequest.objects.get()


# §3.1, §3.2


@pytest.mark.seed("S-72", "S-75", "S-76", "S-77", "S-78")
@pytest.mark.spec("RFC 8628", "3.2")
def test_a_device_is_told_its_codes_and_where_to_send_the_person(device: App):
    response = device.post("/oauth2/device/auth", scope="openid")
    told = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert set(told) == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"
    }  # fmt: skip
    page = f"{issuers.first().identifier}/device"
    assert told["verification_uri"] == page
    assert told["verification_uri_complete"] == f"{page}?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert told["device_code"].startswith("oas_dc_")


@pytest.mark.seed("S-72")
def test_a_public_client_names_itself_and_no_more(db: None):
    assert "user_code" in begin(tv(token_endpoint_auth_method="none"))


@pytest.mark.seed("S-72")
@pytest.mark.spec("RFC 8628", "3.1")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scope": "unknown"}, (400, "invalid_scope")),
        ({"resource": "https://unknown.example"}, (400, "invalid_target")),
        ({"audience": "https://unknown.example"}, (400, "invalid_target")),
        ({"nonce": "x" * 2001}, (400, "invalid_request")),
        ({"code_challenge": "x" * 43}, (400, "invalid_request")),
        ({"code_challenge_method": "S256"}, (400, "invalid_request")),
        ({"client_id": "another"}, (400, "invalid_request")),
    ],
)
def test_a_faulty_request_gets_no_code(device: App, changes: dict[str, str], expected: tuple[int, str]):
    assert error(device.post("/oauth2/device/auth", **{"scope": "openid", **changes})) == expected
    assert not DeviceRequest.objects.exists()


@pytest.mark.threat(40)
def test_a_device_that_has_a_secret_shows_it(device: App):
    device.secret = "wrong"
    assert error(device.post("/oauth2/device/auth", scope="openid")) == (401, "invalid_client")


def test_a_client_without_the_grant_gets_no_code(app: App):
    assert error(app.post("/oauth2/device/auth", scope="openid")) == (400, "unauthorized_client")
    assert error(app.token(grant_type=GRANT, device_code="x")) == (400, "unauthorized_client")


@pytest.mark.seed("S-72")
def test_a_start_at_the_token_endpoint_is_a_fault(device: App):
    assert error(device.token(grant_type=GRANT, scope="openid")) == (400, "invalid_request")


@pytest.mark.seed("S-62", "S-72")
def test_the_metadata_name_the_endpoint_and_the_grant(device: App):
    told = device.http.get("/.well-known/openid-configuration").json()
    assert told["device_authorization_endpoint"] == f"{told['issuer']}/oauth2/device/auth"
    assert GRANT in told["grant_types_supported"]


def test_each_issuer_has_its_own(db: None, person: Any, signed_in: Browser):
    other: Issuer = factories.IssuerFactory(slug="master")
    device = tv(issuer=other)
    begun = device.post("/oauth2/device/auth", scope="openid").json()
    assert begun["verification_uri"] == f"{other.identifier}/device"
    assert b"No device waits with this code" in enter(signed_in, begun["user_code"]).content
    page = signed_in.submit(signed_in.open("/master/device"), {"user_code": begun["user_code"]})
    done = signed_in.submit(page, {"decision": "match"})
    assert b"Your device is connected" in done.content
    told = device.post("/oauth2/token", grant_type=GRANT, device_code=begun["device_code"]).json()
    assert parts(told["id_token"])[1]["iss"] == other.identifier


# §3.3


@pytest.mark.seed("S-43", "S-79", "S-80", "S-83")
@pytest.mark.spec("RFC 8628", "3.5")
def test_the_whole_way(device: App, visitor: Browser, person: Any, moving_clock: Clock):
    begun = begin(device, nonce="n-0S6_WzA2Mj")
    assert error(poll(device, begun)) == (400, "authorization_pending")
    page = visitor.open(f"/device?user_code={begun['user_code']}")
    page = visitor.sign_in(page, person)
    assert begun["user_code"].encode() in page.content
    page = visitor.submit(page)
    assert b"Did you start this" in page.content
    assert str(device.row).encode() in page.content
    assert b"127.0.0.1" in page.content
    moving_clock.move(6)
    assert error(poll(device, begun)) == (400, "authorization_pending")
    done = visitor.submit(page, {"decision": "match"})
    assert b"Your device is connected" in done.content
    response = poll(device, begun)
    assert response.status_code == 200, response.content
    told = response.json()
    assert set(told) == {"access_token", "id_token", "refresh_token", "token_type", "scope", "expires_in"}
    assert (told["token_type"], told["scope"], told["expires_in"]) == ("Bearer", "openid offline_access", 3600)
    claims = parts(told["id_token"])[1]
    family = Authorization.objects.get()
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (str(person.pk), device.client_id, "n-0S6_WzA2Mj")
    assert claims["auth_time"] == int(family.session.auth_time.timestamp())
    assert {"sid", "at_hash"} <= set(claims)
    assert claims.get("amr", []) == family.session.amr
    assert device.is_active(told["access_token"])
    assert device.refresh(told["refresh_token"]).status_code == 200
    assert AuditEvent.objects.get(event="device:approved").user_id == str(person.pk)


@pytest.mark.seed("S-80")
def test_a_refresh_token_by_scope_or_by_the_rule_of_the_client(person: Any, signed_in: Browser, db: None):
    for scope, rule, brings in (
        ("openid", "offline_access", False),
        ("openid offline_access", "offline_access", True),
        ("openid", "always", True),
    ):
        device = tv(refresh_token_rule=rule)
        begun = begin(device, scope=scope)
        answer(signed_in, begun)
        assert ("refresh_token" in poll(device, begun).json()) is brings


@pytest.mark.seed("S-43")
def test_cancel_tells_the_device(device: App, signed_in: Browser):
    begun = begin(device)
    assert b"Nothing was shared" in answer(signed_in, begun, "cancel").content
    assert error(poll(device, begun)) == (400, "access_denied")
    assert not Authorization.objects.exists()
    assert AuditEvent.objects.filter(event="device:denied").count() == 1


@pytest.mark.seed("S-76")
@pytest.mark.spec("RFC 8628", "3.3.1")
@pytest.mark.threat(84)
def test_opening_the_link_decides_nothing(device: App, signed_in: Browser):
    begun = begin(device)
    before = DeviceRequest.objects.values().get()
    signed_in.open(urlsplit(begun["verification_uri_complete"]).path + f"?user_code={begun['user_code']}")
    assert DeviceRequest.objects.values().get() == before
    page = enter(signed_in, begun["user_code"])
    before = DeviceRequest.objects.values().get()
    assert signed_in.get(page.address).status_code == 200
    assert DeviceRequest.objects.values().get() == before
    assert error(poll(device, begun)) == (400, "authorization_pending")


@pytest.mark.threat(81)
def test_an_answer_needs_the_form_of_the_page(device: App, signed_in: Browser, person: Any):
    begun = begin(device)
    page = enter(signed_in, begun["user_code"])
    bare = Browser()
    bare.http.cookies = signed_in.http.cookies
    assert bare.http.post(page.address, {"decision": "match"}).status_code == 403
    assert b"made for somebody else" in signed_in.submit(page, {"decision": "match", "page": "another"}).content
    assert row().user_id is None


@pytest.mark.threat(81)
def test_a_page_made_for_one_person_is_not_answered_by_another(device: App, signed_in: Browser, person: Any):
    page = enter(signed_in, begin(device)["user_code"])
    signed_in.force_sign_in(factories.UserFactory(email="grace@example.org"))
    signed_in.open("/device")
    fields = {"decision": "match", "csrfmiddlewaretoken": signed_in.cookies["csrftoken"]}
    refused = signed_in.submit(page, fields)
    assert refused.status_code == 403
    assert b"made for somebody else" in refused.content
    assert row().user_id is None


@pytest.mark.bar("E3.3")
def test_somebody_else_goes_on_with_the_code_of_the_link(device: App, signed_in: Browser):
    address = f"/device?user_code={begin(device)['user_code']}"
    choice = signed_in.open(signed_in.open(address).context["switch_url"])
    other = factories.UserFactory(email="grace@example.org")
    back = signed_in.sign_in(signed_in.open(choice.context["another_url"]), other)
    assert (back.address, back.context["person"]) == (address, other)


@pytest.mark.bar("E12.4")
@pytest.mark.spec("RFC 8628", "3.3.1")
def test_the_link_is_a_picture_that_is_drawn_here(device: App):
    link = begin(device)["verification_uri_complete"]
    picture = device.http.get(link.replace("/device?", "/device/qr.svg?"))
    told = (picture.status_code, picture["Content-Type"], picture["Cache-Control"], picture["Content-Security-Policy"])
    assert told == (200, "image/svg+xml", "no-store", "default-src 'none'")
    svg = picture.content.decode()
    assert set(re.findall(r"https?://[^\"]+", svg)) == {"http://www.w3.org/2000/svg", link}, "no third party"
    code = QRCode(border=4)
    code.add_data(link)
    dark = {(x, y) for y, line in enumerate(code.get_matrix()) for x, is_dark in enumerate(line) if is_dark}
    assert {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)} == dark
    # whether anything waits with a code is not told; what is no code has no picture
    assert device.http.get("/device/qr.svg?user_code=BBBB-BBBB").status_code == 200
    for address in ("/device/qr.svg", "/device/qr.svg?user_code=WDJA-MJHT", "/nobody/device/qr.svg?user_code=BBBBBBBB"):
        assert device.http.get(address).status_code == 404
    assert device.http.post("/device/qr.svg?user_code=BBBB-BBBB").status_code == 405


@pytest.mark.seed("S-75")
def test_the_other_address_leads_to_the_same_page(visitor: Browser, db: None):
    response = visitor.get("/oauth2/device/verify?user_code=wdjbmjht")
    assert (response.status_code, response["Location"]) == (303, "/device?user_code=WDJB-MJHT")
    assert visitor.get("/oauth2/device/verify")["Location"] == "/device"
    assert visitor.get("/oauth2/device/verify?user_code=%0d%0aX")["Location"] == "/device"


@pytest.mark.seed("S-75")
def test_a_stranger_signs_in_first_and_keeps_the_code(visitor: Browser, db: None):
    response = visitor.get("/device?user_code=wdjb%20mjht")
    assert response.status_code == 303
    assert parse_qs(urlsplit(response["Location"]).query)["next"] == ["/device?user_code=WDJB-MJHT"]


@pytest.mark.seed("S-74")
@pytest.mark.bar("E12.1")
@pytest.mark.spec("RFC 8628", "6.1")
@pytest.mark.parametrize("spelled", ["{0}-{1}", "{0}{1}", " {0} {1} ", "{0}\u2013{1}", "{0}.{1}", "{0}--{1}"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_code_is_typed_as_people_type(device: App, signed_in: Browser, spelled: str, case: Any):
    first, last = begin(device)["user_code"].split("-")
    page = enter(signed_in, case(spelled.format(first, last)))
    assert f"{first}-{last}".encode() in page.content
    assert b"Compare every letter" in page.content


@pytest.mark.bar("E12.3")
@pytest.mark.seed("S-77")
def test_each_fault_of_a_code_has_its_words(signed_in: Browser, moving_clock: Clock, db: None):
    device = tv()
    assert b"It has eight letters" in enter(signed_in, "12").content
    assert b"No device waits with this code" in enter(signed_in, "BBBBBBBB").content
    begun = begin(device)
    moving_clock.move(600)
    assert b"This code has expired" in enter(signed_in, begun["user_code"]).content
    begun = begin(device)
    answer(signed_in, begun)
    assert b"This code was used already" in enter(signed_in, begun["user_code"]).content


@pytest.mark.seed("S-77")
@pytest.mark.spec("RFC 8628", "3.2")
def test_both_codes_die_after_ten_minutes(device: App, signed_in: Browser, moving_clock: Clock):
    begun = begin(device)
    moving_clock.move(599)
    assert error(poll(device, begun)) == (400, "authorization_pending")
    page = enter(signed_in, begun["user_code"])
    moving_clock.move(2)
    assert error(poll(device, begun)) == (400, "expired_token")
    assert b"This code has expired" in signed_in.submit(page, {"decision": "match"}).content
    assert b"This code has expired" in signed_in.get(page.address).content
    assert row().user_id is None


@pytest.mark.seed("S-77")
def test_an_approved_code_dies_as_well(device: App, signed_in: Browser, moving_clock: Clock):
    begun = begin(device)
    answer(signed_in, begun)
    moving_clock.move(601)
    assert error(poll(device, begun)) == (400, "expired_token")
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-83")
@pytest.mark.spec("RFC 8628", "5.3")
@pytest.mark.threat(84)
def test_who_claims_a_code_is_the_only_one_to_answer(device: App, signed_in: Browser, person: Any):
    device.row.skip_authorization = False
    device.row.save()
    begun = begin(device)
    other = Browser()
    other.force_sign_in(factories.UserFactory(email="mallory@example.org"))
    theirs, mine = (enter(browser, begun["user_code"]) for browser in (other, signed_in))
    signed_in.submit(mine, {"decision": "match"})
    assert row().user_id == person.pk
    assert b"This code was used already" in other.submit(theirs, {"decision": "match"}).content
    assert b"This code was used already" in enter(other, begun["user_code"]).content
    assert row().user_id == person.pk
    assert row().status == DeviceRequest.AUTHORIZATION_PENDING


def test_the_outcome_stays_on_its_page(device: App, signed_in: Browser):
    done = answer(signed_in, begin(device))
    assert b"Your device is connected" in signed_in.get(done.address).content
    assert Browser().get(done.address).status_code == 400


@pytest.mark.seed("S-83")
@pytest.mark.bar("E12.2")
def test_consent_is_asked_for_beside_the_codes(signed_in: Browser, db: None):
    device = tv(skip_authorization=False, name="Photo Market TV")
    begun = begin(device, scope="openid email")
    page = answer(signed_in, begun)
    for text in (b"Photo Market TV", b"wants access to your account", b"Asked from", b"127.0.0.1", b"Asked at"):
        assert text in page.content
    assert error(poll(device, begun)) == (400, "authorization_pending")
    done = signed_in.submit(page, {"decision": "allow"})
    assert b"Your device is connected" in done.content
    assert poll(device, begun).json()["scope"] == "openid email"


@pytest.mark.seed("S-43")
def test_who_does_not_consent_denies_the_device(signed_in: Browser, db: None):
    device = tv(skip_authorization=False)
    begun = begin(device)
    done = signed_in.submit(answer(signed_in, begun), {"decision": "cancel"})
    assert b"Nothing was shared" in done.content
    assert error(poll(device, begun)) == (400, "access_denied")


# §3.4, §3.5


@pytest.mark.seed("S-78")
@pytest.mark.spec("RFC 8628", "3.5")
def test_an_early_poll_slows_the_device_down(device: App, moving_clock: Clock):
    begun = begin(device)
    pending, slow = (400, "authorization_pending"), (400, "slow_down")
    assert error(poll(device, begun)) == pending
    moving_clock.move(3)
    assert error(poll(device, begun)) == slow
    moving_clock.move(10)
    assert error(poll(device, begun)) == pending
    moving_clock.move(9)
    assert error(poll(device, begun)) == slow
    assert row().interval == 15
    moving_clock.move(15)
    assert error(poll(device, begun)) == pending


@pytest.mark.seed("S-78")
def test_a_repeat_within_a_second_is_the_same_poll(device: App, moving_clock: Clock):
    begun = begin(device)
    for _ in range(3):
        assert error(poll(device, begun)) == (400, "authorization_pending")
        moving_clock.move(0.3)
    assert row().interval == 5


@pytest.mark.seed("S-79", "S-73")
@pytest.mark.spec("RFC 8628", "3.4")
def test_a_code_is_good_once_and_for_its_client(device: App, signed_in: Browser):
    begun = begin(device)
    answer(signed_in, begun)
    assert error(poll(tv(), begun)) == (400, "invalid_grant")
    assert error(poll(device, begun, device_code="oas_dc_unknown")) == (400, "invalid_grant")
    assert error(poll(device, begun, device_code=None)) == (400, "invalid_request")
    assert error(poll(device, begun, device_code=begun["user_code"])) == (400, "invalid_grant")
    assert poll(device, begun).status_code == 200
    assert error(poll(device, begun)) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 1


@pytest.mark.threat(23)
@pytest.mark.spec("RFC 7636", "4.6")
def test_a_challenge_binds_the_device_code(device: App, signed_in: Browser):
    from tests.flows import challenge_of

    begun = begin(device, code_challenge=challenge_of(device.verifier), code_challenge_method="S256")
    answer(signed_in, begun)
    assert error(poll(device, begun)) == (400, "invalid_grant")
    assert error(poll(device, begun, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert poll(device, begun, code_verifier=device.verifier).status_code == 200
    plain = begin(device)
    answer(signed_in, plain)
    assert error(poll(device, plain, code_verifier=device.verifier)) == (400, "invalid_grant")


@pytest.mark.threat(37)
def test_a_client_that_is_off_polls_in_vain(device: App, signed_in: Browser):
    from oauth_server.registration import metadata

    begun = begin(device)
    poll(device, begun)
    metadata.switch(device.row, False)
    assert error(poll(device, begun)) == (401, "invalid_client")
    assert b"We stopped this request" in enter(signed_in, begun["user_code"]).content
    assert row().status == DeviceRequest.DENIED


@pytest.mark.threat(37)
def test_a_person_who_is_off_brings_no_tokens(device: App, signed_in: Browser, person: Any):
    begun = begin(device)
    answer(signed_in, begun)
    person.is_active = False
    person.save()
    assert error(poll(device, begun)) == (400, "invalid_grant")


def test_the_token_is_for_the_api_that_was_asked_for(signed_in: Browser, db: None):
    api = factories.AudienceFactory(identifier="https://api.example")
    device = tv(audiences=[api])
    begun = begin(device, scope="openid", resource="https://api.example")
    answer(signed_in, begun)
    told = poll(device, begun, resource="https://api.example").json()
    assert AccessToken.objects.get().resource == ["https://api.example"]
    assert "id_token" in told


# §5.1, §5.2


@pytest.mark.seed("S-74")
@pytest.mark.bar("E12.3", "E5.2")
@pytest.mark.threat(84)
@pytest.mark.spec("RFC 8628", "5.1")
def test_the_sixth_wrong_code_of_a_person_is_not_looked_at(device: App, signed_in: Browser, moving_clock: Clock):
    begun = begin(device)
    for _ in range(conf.USER_CODE_FAILURES):
        assert enter(signed_in, "BBBB-BBBB").status_code == 200
    refused = enter(signed_in, begun["user_code"])
    assert (refused.status_code, b"Too many wrong codes" in refused.content) == (429, True)
    assert int(refused["Retry-After"]) <= 600
    assert re.search(r"Try again after [0-2][0-9]:[0-5][0-9] UTC, with a new code", refused.content.decode())
    assert row().entries == 0
    moving_clock.move(601)
    begun = begin(device)
    assert b"Compare every letter" in enter(signed_in, begun["user_code"]).content


@pytest.mark.threat(84)
def test_no_life_of_a_code_has_more_wrong_tries_than_the_limit(signed_in: Browser, moving_clock: Clock, db: None):
    """Wherever it begins: the tries of ten minutes never add up to more."""
    tried: list[float] = []
    start = moving_clock.time
    for _ in range(80):
        if enter(signed_in, "BBBB-BBBB").status_code == 200:
            tried.append((moving_clock.time - start).total_seconds())
        moving_clock.move(45)
    assert len(tried) > conf.USER_CODE_FAILURES
    assert all(sum(first <= one < first + 600 for one in tried) <= conf.USER_CODE_FAILURES for first in tried)


@pytest.mark.threat(86)
def test_a_right_code_makes_no_room_for_wrong_ones(signed_in: Browser, db: None):
    device = tv()
    for _ in range(conf.USER_CODE_FAILURES):
        enter(signed_in, "BBBB-BBBB")
        begun = begin(device)
        page = enter(signed_in, begun["user_code"])
        assert page.status_code in (200, 429)
    assert enter(signed_in, "BBBB-BBBB").status_code == 429


@pytest.mark.seed("S-74")
@pytest.mark.threat(84)
def test_an_address_has_a_limit_whoever_is_signed_in(settings: Any, db: None):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "USER_CODE_FAILURES_PER_ADDRESS": 7}
    answers = []
    for number in range(4):
        browser = Browser()
        browser.force_sign_in(factories.UserFactory(email=f"guesser{number}@example.org"))
        answers += [enter(browser, "BBBB-BBBB").status_code for _ in range(2)]
    assert answers == [200] * 7 + [429]


@pytest.mark.threat(84)
@pytest.mark.spec("RFC 8628", "5.4")
def test_a_code_that_many_type_is_void(device: App, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "USER_CODE_ENTRIES": 2}
    begun = begin(device)
    pages = []
    for number in range(3):
        browser = Browser()
        browser.force_sign_in(factories.UserFactory(email=f"victim{number}@example.org"))
        pages.append(enter(browser, begun["user_code"]).content)
    assert [b"Compare every letter" in page for page in pages] == [True, True, False]
    assert b"entered too many times" in pages[2]


@pytest.mark.seed("S-73")
@pytest.mark.threat(100)
def test_only_digests_of_the_codes_are_stored(device: App, signed_in: Browser):
    begun = begin(device)
    enter(signed_in, begun["user_code"])
    stored = row()
    assert stored.device_code == digest.digest(Kind.DEVICE_CODE, begun["device_code"])
    assert stored.user_code == digest.digest(Kind.USER_CODE, begun["user_code"].replace("-", ""))
    from oauth_server.models import Interaction

    told = str(list(Interaction.objects.values())) + str(list(DeviceRequest.objects.values()))
    assert begun["user_code"] not in told
    assert begun["user_code"].replace("-", "") not in told
    assert begun["device_code"] not in told


@pytest.mark.threat(22)
def test_no_other_value_is_a_device_code(device: App, signed_in: Browser):
    begun = begin(device)
    answer(signed_in, begun)
    told = poll(device, begun).json()
    for value in (told["access_token"], told["refresh_token"], told["id_token"]):
        assert error(poll(device, {"device_code": value})) == (400, "invalid_grant")
    assert error(device.refresh(begun["device_code"])) == (400, "invalid_grant")


def test_what_has_expired_is_cleared(device: App, moving_clock: Clock):
    from oauth_server.tokens import expired

    begin(device)
    moving_clock.move(601)
    list(expired.clear())
    assert not DeviceRequest.objects.exists()


def test_a_sign_in_that_is_too_old_is_asked_for_again(signed_in: Browser, person: Any, moving_clock: Clock, db: None):
    device = tv(default_max_age=60)
    moving_clock.move(timedelta(minutes=5).total_seconds())
    page = enter(signed_in, begin(device)["user_code"])
    assert b"Compare every letter" not in page.content
    page = signed_in.sign_in(page, person)
    assert b"Compare every letter" in page.content
