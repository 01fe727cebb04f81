"""The commands that cron calls. `clear_expired` has its tests beside `tokens/expired.py`."""

from typing import Any

import pytest
from django.core.management import call_command

from oauth_server import issuers
from oauth_server.conf import settings
from oauth_server.models import AuditEvent, SigningKey
from tests.factories import IssuerFactory


def states(kid: str) -> str:
    return SigningKey.objects.get(kid=kid).state


@pytest.mark.django_db
@pytest.mark.spec("OpenID Connect Core 1.0", "10.1.1")
def test_keys_of_every_issuer_rotate_when_they_are_due(moving_clock: Any, capsys: pytest.CaptureFixture[str]) -> None:
    IssuerFactory()
    first = list(SigningKey.objects.filter(state="active").values_list("kid", flat=True))
    call_command("rotate_keys")
    assert capsys.readouterr().out == ""
    assert {states(kid) for kid in first} == {"active"}

    moving_clock.move(settings.KEY_LIFETIME + 1)
    call_command("rotate_keys")
    assert {states(kid) for kid in first} == {"retiring"}
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert AuditEvent.objects.filter(event="key:rotated", actor="command:rotate_keys").count() == 4
    assert set(issuers.first().keys.filter(state="active").values_list("algorithm", flat=True)) == {"ES256", "RS256"}

    moving_clock.move(settings.ACCESS_TOKEN_LIFETIME + settings.JWKS_MAX_AGE + 1)
    call_command("rotate_keys")
    assert {states(kid) for kid in first} == {"gone"}
    assert set(SigningKey.objects.filter(kid__in=first).values_list("sealed", flat=True)) == {""}
