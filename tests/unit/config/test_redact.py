"""Nothing that opens a door reaches a log."""

import pytest

from config import redact
from tests.effort import at_most

SECRETS = [
    "oas_at_A9bCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Bearer abcdefghijklmnop",
    "Basic Y2xpZW50OnNlY3JldA==",
]


@pytest.mark.threat(100)
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("shape", ["{}", "refused {} at once", "grant_type=refresh_token&refresh_token={}&scope=a"])
def test_a_credential_inside_a_text_is_hidden(secret: str, shape: str) -> None:
    written = redact.text(shape.format(secret))
    assert secret.split()[-1] not in written
    assert redact.REDACTED in written


@pytest.mark.threat(100)
@pytest.mark.parametrize("name", ["password", "client_secret", "code", "Authorization", "code_verifier"])
def test_a_field_that_is_secret_by_its_name_is_hidden(name: str) -> None:
    event = redact.processor(None, "info", {"event": "sign-in", "data": {name: "hunter2"}, name: "hunter2"})
    assert "hunter2" not in str(event)


@pytest.mark.threat(100)
@pytest.mark.parametrize(
    "line",
    [
        "GET /callback?code=s3cr3tc0de&state=x",
        "GET /account/password/reset/MQ-s3cr3tc0de-of-a-link/",
        "POST /oauth2/interaction/s3cr3tc0de-of-a-page HTTP/1.1",
        "http://localhost:8000/account/reset?key=s3cr3tc0de",
        "client_secret=s3cr3tc0de",
        b"password=s3cr3tc0de",
        ["nested", ("code=s3cr3tc0de",)],
    ],
)
def test_a_query_or_form_is_hidden_wherever_it_is(line: object) -> None:
    assert "s3cr3tc0de" not in str(redact.processor(None, "info", {"event": line}))


def test_what_is_no_secret_stays_readable() -> None:
    event = {"event": "token issued", "client_id": "shop", "code": 200, "ok": True, "took": 0.5, "user": None}
    assert redact.processor(None, "info", dict(event)) == event
    assert redact.text("is this right? yes") == "is this right? yes"


@pytest.mark.threat(67)
@pytest.mark.parametrize("part", ["eyJ-", "eyJ.", "oas_at_", "basic ", "a?", "a=", "%s code="])
def test_a_long_line_takes_no_longer_than_its_length(part: str) -> None:
    with at_most(1):
        redact.text("Not Found: /" + part * (65_536 // len(part)))
