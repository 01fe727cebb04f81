"""RFC 6749 §4 grant types: those that are on, in the order in which metadata lists them."""

from oauth_server.grants.authorization_code import AuthorizationCodeGrant
from oauth_server.grants.base import Grant
from oauth_server.grants.client_credentials import ClientCredentials
from oauth_server.grants.device_code import DeviceCode
from oauth_server.grants.jwt_bearer import JWTBearer
from oauth_server.grants.password import Password
from oauth_server.grants.refresh_token import RefreshTokenGrant
from oauth_server.registry import Registry

GRANTS: Registry[Grant] = Registry(
    lambda g: g.grant_type,
    AuthorizationCodeGrant(),
    ClientCredentials(),
    RefreshTokenGrant(),
    DeviceCode(),
    JWTBearer(),
    Password(),
    is_on=lambda g: g.is_on(),
)
