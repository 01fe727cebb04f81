"""Without an app that asks for consent, only clients of the operator get through."""

from types import SimpleNamespace
from typing import Any

import pytest

from oauth_server.interaction.base import FirstPartyOnly
from oauth_server.models import Client


@pytest.mark.threat(14, 93)
@pytest.mark.parametrize(
    ("skips", "source", "asked"),
    [(True, "manual", False), (False, "manual", True), (True, "dcr", True), (True, "cimd", True)],
)
def test_a_client_that_registered_itself_is_nobodys_own(skips: bool, source: str, asked: bool):
    client = Client(skip_authorization=skips, registration_source=source)
    context: Any = SimpleNamespace(asked=SimpleNamespace(client=client))
    assert FirstPartyOnly().needed(context) is asked
