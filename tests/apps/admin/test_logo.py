"""The logo that an operator uploads: made anew, shown from this server's own origin, gone when the client is not the same any more."""

import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from oauth_server.models import AuditEvent, ClientLogo
from oauth_server.registration import manage
from tests import factories
from tests.flows import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.bar("E6.1")]


def _chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


PNG = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)),
        _chunk(b"tEXt", b"Author\0somebody"),
        _chunk(b"IDAT", zlib.compress((b"\0" + b"\x17\x59\x4a" * 32) * 32)),
        _chunk(b"IEND"),
    )
)


def upload(operator: Any, row: Any, data: bytes, **more: Any) -> Any:
    """Sends the form of the client as it stands, with a file."""
    url = reverse("admin:oauth_server_client_change", args=[row.pk])
    form = operator.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name not in {"logo_file", "logo_gone"}}
    flat = {name: "" if value is None else value for name, value in values.items() if value is not False}
    flat["client_jwks"] = ""
    flat["contacts"] = ""
    return operator.post(url, {**flat, **more, **({"logo_file": SimpleUploadedFile("logo.png", data)} if data else {})})


def test_an_operator_uploads_a_logo_and_pages_show_it_from_here(operator: Any) -> None:
    app = factories.app(name="Photo Market", skip_authorization=False, logo_uri="https://cdn.rp.example/logo.png")
    refused = upload(operator, app.row, b"<svg onload=alert(1)>")
    assert "It is no PNG picture." in refused.content.decode()
    answer = upload(operator, app.row, PNG)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    app.row.refresh_from_db()
    url = f"/oauth2/logo/{app.row.logo}.png"
    visitor = Browser()
    visitor.force_sign_in(factories.UserFactory())
    page = app.authorize(visitor)
    assert f'src="{url}"' in page.content.decode()
    assert "cdn.rp.example" not in page.content.decode() + page["Content-Security-Policy"]
    picture = Browser().get(url)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert b"somebody" not in picture.content
    assert picture["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (picture["X-Content-Type-Options"], "immutable" in picture["Cache-Control"]) == ("nosniff", True)
    assert AuditEvent.objects.filter(event="client:changed", changes__logo=["", app.row.logo]).exists()
    # it goes with the operator's word, and by hand
    app.row.verified = True
    app.row.save()
    manage.look_again(app.row)
    assert (app.row.verified, app.row.logo, ClientLogo.objects.count()) == (False, "", 0)
    assert Browser().get(url).status_code == 404
    upload(operator, app.row, PNG)
    upload(operator, app.row, b"", logo_gone="on")
    app.row.refresh_from_db()
    assert (app.row.logo, ClientLogo.objects.count()) == ("", 0)


@pytest.mark.bar("E11")
def test_first_party_is_what_an_admin_set_and_the_log_says_who(operator: Any) -> None:
    app = factories.app(skip_authorization=False)
    assert upload(operator, app.row, b"", skip_authorization="on").status_code == 302
    event = AuditEvent.objects.filter(event="client:changed", changes__skip_consent=[False, True]).get()
    assert event.actor == "staff:operator@example.org"


@pytest.mark.bar("E9.4")
def test_an_operator_asks_people_again_by_a_button(operator: Any) -> None:
    app = factories.app()
    for model, row in (("client", app.row), ("scope", app.row.scopes.first())):
        url = reverse(f"admin:oauth_server_{model}_changelist")
        values = {"action": "ask_again", "_selected_action": [row.pk]}
        asked = operator.post(url, values)
        assert "Ask everybody again" in asked.content.decode()
        operator.post(url, {**values, "confirmed": "1"})
        row.refresh_from_db()
        assert row.consent_not_before is not None
