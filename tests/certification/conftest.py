"""One provider and one reception for the run; each test once for the client of the operator, once for one that registered itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.certification.browser import Browser
from tests.certification.provider import Provider
from tests.certification.reception import Reception
from tests.certification.relying_party import FORM_POST, RelyingParty
from tests.plugins.certification import SHOWN

IMPLICIT = ("id_token", "id_token token")
HYBRID = ("code id_token", "code token", "code id_token token")
FLOWS = [("code", ""), *((kind, "") for kind in (*IMPLICIT, *HYBRID))]
FLOWS += [(kind, FORM_POST) for kind in ("code", "id_token", "code id_token")]


@pytest.fixture(scope="session")
def reception() -> Iterator[Reception]:
    with_pages = Reception()
    yield with_pages
    with_pages.stop()


@pytest.fixture(scope="session")
def provider(reception: Reception) -> Iterator[Provider]:
    running = Provider(reception.url)
    reception.start(running.certificate, running.key)
    yield running
    log = running.log
    running.stop()
    if "Traceback (most recent call last)" in log:
        pytest.fail(f"the server logged a stack trace:\n{log}", pytrace=False)


@pytest.fixture(scope="session", params=["static", "dynamic"])
def registration(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Register = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def register_answer(provider: Provider) -> Callable[..., requests.Response]:
    """Registration as anybody does it; the answer as it comes."""
    endpoint = provider.get(f"{provider.url}/.well-known/openid-configuration").json()["registration_endpoint"]

    def register(**members: Any) -> requests.Response:
        return requests.post(endpoint, json=members, verify=provider.authority, timeout=30)

    return register


@pytest.fixture(scope="session")
def register(register_answer: Callable[..., requests.Response]) -> Register:
    """Registration that succeeds; the members of the answer."""

    def register(**members: Any) -> dict[str, Any]:
        answer = register_answer(**members)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return register


@pytest.fixture(scope="session")
def registrations(registration: str, provider: Provider, register: Register) -> dict[str, dict[str, Any]]:
    """Three clients: `first`, `second`, and `post`, which sends its secret in the body."""
    if registration == "static":
        return provider.clients
    unsent = {"client_id", "client_secret", "require_pkce"}
    return {
        name: register(**{member: value for member, value in members.items() if member not in unsent})
        for name, members in provider.clients.items()
    }


# Those of `make test`; the page in the docs needs them all
SHORT = [("code", ""), ("id_token", ""), ("code id_token token", "")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "flow" in metafunc.fixturenames:
        flows = FLOWS if metafunc.config.getoption("certification") != "off" else SHORT
        ids = [" ".join(flow).strip().replace(" ", "+") for flow in flows]
        metafunc.parametrize("flow", flows, ids=ids, scope="session")


@pytest.fixture
def party(
    provider: Provider, reception: Reception, registrations: dict[str, dict[str, Any]], flow: tuple[str, str]
) -> RelyingParty:
    """The first client, in each flow."""
    return RelyingParty(provider, reception, registrations["first"], *flow)


@pytest.fixture
def code_party(provider: Provider, reception: Reception, registrations: dict[str, dict[str, Any]]) -> RelyingParty:
    """The first client, with response_type=code."""
    return RelyingParty(provider, reception, registrations["first"])


@pytest.fixture
def second_party(provider: Provider, reception: Reception, registrations: dict[str, dict[str, Any]]) -> RelyingParty:
    return RelyingParty(provider, reception, registrations["second"])


@pytest.fixture(scope="session")
def signed_in(provider: Provider, reception: Reception, registrations: dict[str, dict[str, Any]]) -> Browser:
    """A browser in which the person is signed in and has allowed the first client everything."""
    party = RelyingParty(provider, reception, registrations["first"])
    browser = party.browser()
    party.login(browser, scope="openid profile email address phone offline_access", prompt="consent")
    return browser


@pytest.fixture(autouse=True)
def _shown(request: pytest.FixtureRequest) -> None:
    """What a passing test says about rows, for the page in the docs."""
    rows = [row for mark in request.node.iter_markers("op") for row in mark.args]
    callspec = getattr(request.node, "callspec", None)
    client = callspec.params.get("registration", "both") if callspec else "both"
    request.node.user_properties.append((SHOWN, {"rows": rows, "client": client}))
