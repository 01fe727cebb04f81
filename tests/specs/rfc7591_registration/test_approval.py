"""RFC 7591 §5: who registers without anybody's leave waits, leads where it may, and is not without number."""

from typing import Any

import pytest
from django.urls import reverse

from oauth_server.models import AuditEvent, Client
from oauth_server.registration import likeness, metadata
from tests import factories
from tests.flows import App, Browser
from tests.specs.rfc7591_registration.registering import post, registered, the, told

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "5"), pytest.mark.bar("O15")]

PAGE = "admin:oauth_server_client_registrations"


@pytest.fixture
def operator(db: None) -> Browser:
    browser = Browser()
    browser.force_sign_in(factories.UserFactory(is_staff=True, is_superuser=True))
    return browser


def _app(made: dict[str, Any]) -> App:
    return App(the(made), made["client_secret"])


def _put(made: dict[str, Any], **members: Any) -> Any:
    body = {"client_id": made["client_id"], "client_name": "Ada's app", "redirect_uris": ["https://app.example/cb"]}
    token = made["registration_access_token"]
    return App(the(made)).http.put(
        f"/oauth2/register/{made['client_id']}",
        {**body, **members},
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


def test_a_registration_waits_until_somebody_has_looked_at_it(opened: Any, operator: Browser, signed_in: Browser):
    opened(REGISTRATION_APPROVAL=True)
    made = registered()
    alike, other = registered(), registered(client_name="Eve's app")
    app = _app(made)
    refused = app.refresh("oas_rt_x")
    assert told(refused) == (401, "invalid_client")
    assert app.authorize(signed_in).status_code == 400
    assert AuditEvent.objects.filter(reason__contains="waits for approval").count() == 2
    # it may still look at itself and go
    assert _put(made, redirect_uris=the(made).redirect_uris.split()).status_code == 200
    page = operator.open(reverse(PAGE))
    groups = {str(group.sample): group.number for group in page.context["waiting"]}
    assert groups == {"Ada's app": 2, "Eve's app": 1}
    assert "wait for approval" in operator.open(reverse("admin:index")).content.decode()
    # asked first, then all that are alike at once
    of = {"issuer": str(the(made).issuer_id), "likeness": the(made).likeness}
    asked = operator.submit(page, {**of, "approve": "1"})
    assert the(made).awaits_approval
    operator.submit(asked, {"confirmed": "1"})
    assert [the(one).enabled for one in (made, alike, other)] == [True, True, False]
    assert app.authorize(signed_in, scope="openid").status_code == 200, "people are asked"
    # one more like them need not wait, another one must
    assert the(registered()).enabled
    assert the(registered(redirect_uris=["https://elsewhere.example/cb"])).awaits_approval
    # who becomes another waits again, and what it holds is dead
    made = registered()
    assert _put(made, redirect_uris=["https://evil.example/cb"]).status_code == 200
    assert (the(made).enabled, the(made).awaits_approval) == (False, True)
    # refused, with a reason, it is gone
    page, gone = operator.open(reverse(PAGE)), _app(other)
    asked = operator.submit(
        page, {"issuer": of["issuer"], "likeness": the(other).likeness, "refuse": "1", "approve": None}
    )
    assert "Reason" in asked.content.decode()
    operator.submit(asked, {"note": "a phisher"})
    assert not Client.objects.filter(client_id=other["client_id"]).exists()
    assert AuditEvent.objects.filter(event="client:deleted", note="a phisher").count() == 1
    assert told(gone.refresh("oas_rt_x")) == (401, "invalid_client")


def test_what_an_operator_amended_vouches_for_nothing_that_it_was_before(opened: Any):
    opened(REGISTRATION_APPROVAL=True)
    evil = {"redirect_uris": ["https://app.example/cb", "https://evil.example/cb"]}
    first = the(registered(**evil))
    metadata.update(first, {"redirect_uris": ["https://app.example/cb"]})
    # another line than those that say the same as before
    assert the(registered(**evil)).likeness != the({"client_id": first.client_id}).likeness
    metadata.switch(first, True)
    assert the(registered(**evil)).awaits_approval
    # and who sends the former registration again waits again
    made = registered(redirect_uris=["https://app.example/cb"])
    assert the(made).enabled, "as the operator amended it"
    assert _put(made, **evil).status_code == 200
    assert the(made).awaits_approval


def test_a_client_of_its_own_grants_is_approved_by_itself(opened: Any):
    opened(REGISTRATION_APPROVAL=True, REGISTRATION_GRANT_TYPES=["client_credentials"])
    robot = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": []}
    first, second = the(registered(**robot)), the(registered(**robot))
    assert first.likeness != second.likeness
    metadata.switch(first, True)
    assert the(registered(**robot)).awaits_approval, "nobody gets its tokens by saying what it says"


def test_it_leads_where_it_may_and_there_are_not_too_many(opened: Any):
    opened(REGISTRATION_HOSTS=[".photos.example"], REGISTERED_CLIENTS=3)
    good = ["https://photos.example/cb", "https://a.photos.example/cb"]
    assert post({"redirect_uris": good}).status_code == 201
    assert post({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"}).status_code == 201
    for bad in (
        "https://evilphotos.example/cb",
        "https://photos.example.evil.example/cb",
        "com.example.app:/cb",
        "com.example.app://photos.example/cb",
    ):
        answer = post({"redirect_uris": [bad], "token_endpoint_auth_method": "none"})
        assert told(answer) == (400, "invalid_redirect_uri"), bad
        assert bad not in answer.content.decode()
    assert post({"redirect_uris": good}).status_code == 201
    assert told(post({"redirect_uris": good})) == (429, "temporarily_unavailable")
    Client.objects.update(verified=True)
    assert post({"redirect_uris": good}).status_code == 201


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"software_version": "2"}, True),
        ({"jwks": {"keys": []}}, True),
        ({"redirect_uris": ["http://127.0.0.1:4711/cb", "https://app.example/cb"]}, True),
        ({"redirect_uris": ["https://app.example/cb"]}, False),
        ({"client_name": "My App"}, False),
        ({"logo_uri": "https://app.example/other.png"}, False),
        ({"scope": "openid"}, False),
    ],
)
def test_the_same_software_is_told_from_other_software(change: dict[str, Any], same: bool):
    members = {"client_name": "App", "redirect_uris": ["https://app.example/cb", "http://127.0.0.1:1234/cb"]}
    assert (likeness.of({**members, **change}) == likeness.of(members)) is same
