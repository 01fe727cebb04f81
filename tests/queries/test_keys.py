"""Keys are parsed once by a process: an RSA key takes longer to parse than a hundred signatures."""

from typing import Any

import pytest

from oauth_server.keys import jose, store
from tests import factories
from tests.flows import App

TIMES = 1_000


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The key ids in the order in which private keys were parsed, from an empty process on."""
    kids: list[str] = []

    def load(private: bytes) -> Any:
        key = real(private)
        kids.append(key.kid)
        return key

    real = jose.load
    monkeypatch.setattr(jose, "load", load)
    store._parsed.cache_clear()
    return kids


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_thousand_signatures_parse_one_key(algorithm: str, app: App, parsed: list[str]):
    issuer = app.row.issuer
    kids = {
        jose.unverified_header(jose.sign({}, store.active(issuer, algorithm), typ="JWT"))["kid"] for _ in range(TIMES)
    }
    assert len(kids) == 1
    assert parsed == [*kids]


def test_changed_clients_do_not_parse_it_again(app: App, parsed: list[str]):
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    for number in range(5):
        app.row.name = str(number)
        app.row.save()
        assert app.client_credentials(audience="https://api.example").status_code == 200
    assert len(parsed) == 1
