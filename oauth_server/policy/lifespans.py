"""Ory's `*_lifespan` members: how long what one client gets is good, by grant and token, in seconds; absent: as for everybody."""

from oauth_server.models import Client

ACCESS_TOKEN, ID_TOKEN, REFRESH_TOKEN = "access_token", "id_token", "refresh_token"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_PREFIXES = {
    "authorization_code": "authorization_code_grant",
    "implicit": "implicit_grant",
    "refresh_token": "refresh_token_grant",
    "client_credentials": "client_credentials_grant",
    _JWT_BEARER: "jwt_bearer_grant",
    _DEVICE: "device_authorization_grant",
}
_WITH_PERSON = ("authorization_code", "refresh_token", _DEVICE)
MEMBERS: tuple[str, ...] = (
    *(
        f"{_PREFIXES[grant]}_{what}_lifespan"
        for grant in _WITH_PERSON
        for what in (ACCESS_TOKEN, ID_TOKEN, REFRESH_TOKEN)
    ),
    *(f"{_PREFIXES['implicit']}_{what}_lifespan" for what in (ACCESS_TOKEN, ID_TOKEN)),
    *(f"{_PREFIXES[grant]}_{ACCESS_TOKEN}_lifespan" for grant in ("client_credentials", _JWT_BEARER)),
)


def of(client: Client, grant_type: str, what: str) -> int | None:
    """Seconds, where the client has its own."""
    if not client.lifespans or grant_type not in _PREFIXES:
        return None
    found: int | None = client.lifespans.get(f"{_PREFIXES[grant_type]}_{what}_lifespan")
    return found
