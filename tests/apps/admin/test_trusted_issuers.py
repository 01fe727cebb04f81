"""Trusted issuers and device requests at the admin: what staff may say about others, and end."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from oauth_server.keys import jose
from oauth_server.models import Client, DeviceRequest, Issuer, TrustedIssuer
from tests import factories
from tests.apps.admin.conftest import errors, last_event, of

_, PUBLIC, PRIVATE = jose.generate("ES256")
GOOD = {
    "identifier": "https://partner.example",
    "name": "Partner",
    "enabled": "on",
    "expires_0": "",
    "expires_1": "",
    "subject_kind": "other",
    "subjects": '["robot-1"]',
    "jwks_uri": "",
}


def form(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    import json

    return {**GOOD, "issuer": str(issuer.pk), "jwks": json.dumps({"keys": [PUBLIC]}), **changes}


def test_a_trusted_issuer_is_made_and_recorded(operator: Browser, issuer: Issuer) -> None:
    answer = operator.post(of(TrustedIssuer, "add"), form(issuer))
    assert answer.status_code == 302, errors(answer)
    row = TrustedIssuer.objects.get()
    assert (row.identifier, row.subjects, row.any_subject, row.subject_kind) == (
        "https://partner.example", ["robot-1"], False, "other",
    )  # fmt: skip
    assert (last_event().event, last_event().object) == ("trusted_issuer:changed", "https://partner.example")


@pytest.mark.threat(43)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"jwks": ""}, "jwks"),
        ({"jwks_uri": "https://partner.example/jwks"}, "jwks"),
        ({"jwks": PRIVATE.decode()}, "jwks"),
        ({"jwks": '{"keys": [{"kty": "oct", "k": "AAAA"}]}'}, "jwks"),
        ({"jwks": "", "jwks_uri": "https://127.0.0.1/jwks"}, "jwks_uri"),
        ({"jwks": "", "jwks_uri": "http://partner.example/jwks"}, "jwks_uri"),
        ({"subjects": '"robot-1"'}, "subjects"),
        ({"subjects": "[1]"}, "subjects"),
        ({"identifier": "http://localhost:8000"}, "identifier"),
        ({"identifier": "a b"}, "identifier"),
        ({"expires_0": "2020-01-01", "expires_1": "00:00"}, "expires"),
    ],
)
def test_what_cannot_be_trusted_is_refused(
    operator: Browser, issuer: Issuer, changes: dict[str, str], field: str
) -> None:
    if field == "identifier" and " " not in changes["identifier"]:
        changes = {"identifier": issuer.identifier}
    assert field in errors(operator.post(of(TrustedIssuer, "add"), form(issuer, **changes)))
    assert not TrustedIssuer.objects.exists()


def test_scopes_of_another_issuer_are_not_given(operator: Browser, issuer: Issuer) -> None:
    other = factories.ScopeFactory(issuer=factories.IssuerFactory(), name="things")
    assert "scopes" in errors(operator.post(of(TrustedIssuer, "add"), form(issuer, scopes=[other.pk])))


def test_for_whom_it_vouches_is_for_those_who_may_change_the_issuer(
    staff: Callable[..., Browser], issuer: Issuer
) -> None:
    clerk = staff("add_trustedissuer", "view_issuer", "change_trustedissuer")
    answer = clerk.post(of(TrustedIssuer, "add"), form(issuer, any_subject="on", subject_kind="person"))
    assert answer.status_code == 302, errors(answer)
    row = TrustedIssuer.objects.get()
    assert (row.any_subject, row.subject_kind, row.subjects) == (False, "other", [])


def test_staff_end_a_device_request(operator: Browser, client: Client) -> None:
    row = factories.DeviceRequestFactory(application=client)
    page = operator.get(of(DeviceRequest, "change", row.pk))
    assert b"waits" in page.content
    assert b"Deny" in page.content
    sent = {"action": "deny", "_selected_action": row.pk, "confirmed": "1"}
    assert operator.post(of(DeviceRequest, "changelist"), sent).status_code == 302
    row.refresh_from_db()
    assert row.status == DeviceRequest.DENIED
    assert last_event().event == "device:denied"
    assert b">Deny<" not in operator.get(of(DeviceRequest, "change", row.pk)).content
