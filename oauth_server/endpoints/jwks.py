"""RFC 7517 §5 JWK Set."""

from oauth_server.conf import settings
from oauth_server.endpoints.base import Endpoint
from oauth_server.endpoints.metadata import cached
from oauth_server.keys import store
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse

PATH = "/.well-known/jwks.json"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    return cached(request, {"keys": store.published(issuer)}, settings.JWKS_MAX_AGE)


endpoint = Endpoint(run, ("GET",), public=True)
