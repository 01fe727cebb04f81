"""The OpenAPI document: it is made from the acts, and what is sent by it and against it is answered as it says (schemathesis)."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS

from oauth_server import clock
from oauth_server.api.v1.openapi import document
from oauth_server.models import Issuer
from tests import factories
from tests.apps.api.conftest import API
from tests.docs.markdown import ROOT
from tests.flows import App, Browser

WANTED = (
    "content_type_conformance",
    "not_a_server_error",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
)
# what would take away the ground from under the others
LEFT_OUT = {"delete_issuers_id", "post_issuers_id_stop"}


def test_the_document_is_made_from_the_acts():
    spec: Any = importlib.util.spec_from_file_location("openapi", ROOT / "docs" / "openapi.py")
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.DOCUMENT.read_text() == module.text(), "run `python docs/openapi.py`"


class Ground:
    """A row of each kind, so that what is sent reaches further than the path."""

    def __init__(self, api: API, app: App, browser: Browser, person: Any) -> None:
        from consent.models import Consent

        app.tokens(browser, scope="openid offline_access")
        now = clock.now()
        given_ = Consent.objects.create(user=person, client=app.row, scope="openid", created=now, updated=now)
        audience = factories.AudienceFactory(issuer=api.issuer, identifier="https:api")
        factories.AuthorizationDetailTypeFactory(type="payment", audience=audience)
        factories.AuthorizationDetailTypeFactory(issuer=api.issuer, type="thing")
        kept = api.make("/key-sets/kept/keys", alg="ES256")
        self.ids = {
            "issuers": str(Issuer.objects.get().pk),
            "clients": app.client_id,
            "scopes": "openid",
            "audiences": "https:api",
            "authorization-detail-types": "thing",
            "keys": api("GET", "/keys").json()["items"][0]["id"],
            "key-sets": kept["id"],
            "sessions": api("GET", "/sessions").json()["items"][0]["id"],
            "audit-events": api("GET", "/audit-events").json()["items"][0]["id"],
            "consents": str(given_.pk),
        }
        self.secret = str(app.row.secrets.get().pk)

    def lay(self, case: Case) -> None:
        if "{id}" in case.path:
            case.path_parameters["id"] = self.ids[case.path.strip("/").split("/")[0]]
        if "{secret}" in case.path:
            case.path_parameters["secret"] = self.secret
        if "{key_set}" in case.path:
            case.path_parameters["key_set"] = "kept"


def send(api: API, ground: Ground, operation: Any, mode: GenerationMode, most: int, *, grounded: bool) -> None:
    checks: list[Any] = list(CHECKS.get_by_names(list(WANTED)))

    @settings(
        max_examples=most,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case) -> None:
        if grounded:
            ground.lay(case)
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = "*"
        headers = {"Authorization": f"Bearer {api.token}"}
        case.call_and_validate(base_url="http://testserver/api/v1", headers=headers, checks=checks)

    one()


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict({**document(), "servers": [{"url": "http://testserver/api/v1"}]})
    schema.app = get_wsgi_application()
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] not in LEFT_OUT:
            yield operation


@pytest.fixture
def ground(api: API, app: App, signed_in: Browser, person: Any) -> Iterator[Ground]:
    """As Django's own client does it: a request leaves the connection of the test alone."""
    made = Ground(api, app, signed_in, person)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield made
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.threat(65)
def test_what_the_document_allows_is_answered_as_it_says(api: API, ground: Ground) -> None:
    for operation in operations():
        send(api, ground, operation, GenerationMode.POSITIVE, 2, grounded=True)


@pytest.mark.long
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["positive", "negative"])
@pytest.mark.parametrize("grounded", [True, False], ids=["there", "anywhere"])
def test_no_bytes_are_a_fault_or_answered_beside_the_document(
    api: API, ground: Ground, mode: GenerationMode, grounded: bool
) -> None:
    for operation in operations():
        send(api, ground, operation, mode, 20, grounded=grounded)
