"""Open registration."""

from typing import Any

import pytest


@pytest.fixture
def opened(settings: Any) -> Any:
    """Registration is open; call it to change further settings."""

    def change(**values: Any) -> None:
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **values}

    change(DYNAMIC_REGISTRATION="open", REGISTRATIONS=1_000)
    return change
