"""Command-line apps: Python, Node.js and Go. Each waits on loopback for the browser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import factories
from tests.clients.accepted import check
from tests.clients.conftest import API, HERE, TOOLS, Journey, Program
from tests.flows import App
from tests.plugins.servers import Server

EVERY_STEP = {
    "discovery",
    "code",
    "id_token",
    "userinfo",
    "refresh",
    "introspection",
    "revocation",
    "client_credentials",
}


@dataclass(frozen=True)
class Case:
    """A program, the registration of its client, and the steps that it has to have done."""

    name: str
    kind: str
    command: list[str]
    steps: set[str]
    registered: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def python(name: str) -> list[str]:
    return [str(TOOLS / "python/bin/python"), str(HERE / "python" / f"{name}.py")]


def node(name: str) -> list[str]:
    return ["node", str(TOOLS / "node" / f"{name}.mjs")]


BASIC = {"token_endpoint_auth_method": "client_secret_basic"}
POST = {"token_endpoint_auth_method": "client_secret_post"}
NONE = {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"]}
CASES = [
    Case("authlib", "Python", python("authlib_session"), EVERY_STEP, BASIC, {"as": "client_secret_basic"}),
    Case(
        "requests-oauthlib",
        "Python",
        python("requests_oauthlib_session"),
        EVERY_STEP - {"discovery", "id_token", "introspection"},
        BASIC,
        {"as": "client_secret_basic"},
    ),
    Case("openid-client", "Node.js", node("openid_client"), EVERY_STEP, POST, {"as": "client_secret_post"}),
    Case(
        "oauth4webapi",
        "Node.js",
        node("oauth4webapi"),
        EVERY_STEP | {"jwt_access_token"},
        NONE,
        {"as": "none; client_secret_basic", "other": "JWT access token (RFC 9068)"},
    ),
    Case(
        "go-oidc",
        "Go",
        [str(TOOLS / "go/client")],
        EVERY_STEP - {"introspection", "revocation"},
        BASIC,
        {"as": "client_secret_basic", "other": "a code used twice is refused"},
    ),
    Case(
        "go-oidc",
        "Go",
        [str(TOOLS / "go/client")],
        EVERY_STEP - {"introspection", "revocation"},
        POST,
        {"as": "client_secret_post", "other": "found after Basic was refused, with the same code"},
    ),
]


@pytest.fixture
def service(server: Server) -> App:
    """A client for itself, at an API that takes JWTs."""
    api = factories.AudienceFactory(identifier=API, token_format="jwt")
    return factories.app(grant_types=["client_credentials"], redirect_uris="", audiences=[api])


@pytest.mark.spec("RFC 6749", "4.1")
@pytest.mark.spec("RFC 7636", "4")
@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.registered['token_endpoint_auth_method']}")
def test_a_library_signs_a_person_in_and_accepts_every_answer(
    case: Case,
    server: Server,
    journey: Journey,
    person: Any,
    service: App,
    register: Callable[..., App],
    start: Callable[..., Program],
    done: Callable[..., None],
) -> None:
    app = register(**case.registered)
    program = start(case.command, app, SERVICE_ID=service.client_id, SERVICE_SECRET=service.secret)
    journey.go(program.hear()["open"], app)
    journey.page.wait_for_url("http://127.0.0.1:*/callback?*")
    told = program.hear()

    assert set(told["steps"]) == case.steps
    check(told["steps"], server.url, person, app, service if app.row.is_public else app)
    assert told["steps"]["code"].get("replayed", "invalid_grant") == "invalid_grant"
    done(case.kind, told["library"], told["version"], case.steps, **case.words)
