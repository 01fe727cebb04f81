"""Ory Hydra's contract: every path of the admin half, a line each, with the rights that allow it."""

from oauth_server.api.hydra import client, token
from oauth_server.api.hydra.gate import READ, SECRETS, WRITE, Route, route

# An ID may be a URL; the longer paths come first
_CLIENT = r"clients/(?P<client_id>.+)"

ROUTES: tuple[Route, ...] = (
    route(r"clients", get=(client.list_, (READ,)), post=(client.create, (WRITE,))),
    route(rf"{_CLIENT}/lifespans", put=(client.set_lifespans, (WRITE,))),
    route(
        rf"{_CLIENT}/secrets/rotate",
        post=(client.rotate_secret, (SECRETS,)),
        delete=(client.end_former_secrets, (SECRETS,)),
    ),
    route(
        _CLIENT,
        get=(client.get, (READ,)),
        put=(client.replace, (WRITE,)),
        patch=(client.change, (WRITE,)),
        delete=(client.delete, (WRITE,)),
    ),
    route(r"oauth2/introspect", post=(token.introspect, (READ,))),
    route(r"oauth2/tokens", delete=(token.delete, (WRITE,))),
)
