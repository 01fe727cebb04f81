"""Ory Hydra's contract: every path of the admin half, a line each, with the rights that allow it."""

from oauth_server.api.hydra import client, consent, device, key, login, logout, session, token, trust
from oauth_server.api.hydra.gate import Route, route
from oauth_server.api.token import KEYS, LOGIN, READ, SECRETS, WRITE

# An ID may be a URL; the longer paths come first
_CLIENT = r"clients/(?P<client_id>.+)"
_REQUESTS = "oauth2/auth/requests"

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
    route(
        r"keys/(?P<key_set>[^/]+)",
        get=(key.get_set, (READ,)),
        post=(key.create, (KEYS,)),
        put=(key.replace, (KEYS,)),
        delete=(key.delete, (KEYS,)),
    ),
    route(
        r"keys/(?P<key_set>[^/]+)/(?P<kid>.+?)",
        get=(key.get, (READ,)),
        put=(key.put, (KEYS,)),
        delete=(key.delete, (KEYS,)),
    ),
    # whoever answers may look
    route(rf"{_REQUESTS}/login", get=(login.get, (READ, LOGIN))),
    route(rf"{_REQUESTS}/login/accept", put=(login.accept, (LOGIN,))),
    route(rf"{_REQUESTS}/login/reject", put=(login.reject, (LOGIN,))),
    route(rf"{_REQUESTS}/consent", get=(consent.get, (READ, LOGIN))),
    route(rf"{_REQUESTS}/consent/accept", put=(consent.accept, (LOGIN,))),
    route(rf"{_REQUESTS}/consent/reject", put=(consent.reject, (LOGIN,))),
    route(rf"{_REQUESTS}/logout", get=(logout.get, (READ, LOGIN))),
    route(rf"{_REQUESTS}/logout/accept", put=(logout.accept, (LOGIN,))),
    route(rf"{_REQUESTS}/logout/reject", put=(logout.reject, (LOGIN,))),
    route(rf"{_REQUESTS}/device/accept", put=(device.accept, (LOGIN,))),
    route(
        r"oauth2/auth/sessions/consent",
        get=(session.list_consents, (READ,)),
        delete=(session.delete_consents, (WRITE,)),
    ),
    route(r"oauth2/auth/sessions/login", delete=(session.delete_logins, (WRITE,))),
    route(r"trust/grants/jwt-bearer/issuers", get=(trust.list_, (READ,)), post=(trust.create, (KEYS,))),
    route(r"trust/grants/jwt-bearer/issuers/(?P<key>[^/]+)", get=(trust.get, (READ,)), delete=(trust.delete, (KEYS,))),
)
