"""RFC 7517 §5 JWK Set."""

from typing import Any

from oauth_server.endpoints.base import Endpoint
from oauth_server.endpoints.metadata import rendered
from oauth_server.keys import store
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse

PATH = "/.well-known/jwks.json"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    return rendered(request, issuer, "jwks", _document)


def _document(issuer: Issuer) -> dict[str, Any]:
    return {"keys": store.published(issuer)}


endpoint = Endpoint(run, ("GET",), public=True)
