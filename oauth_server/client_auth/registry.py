"""RFC 7591 §2 token_endpoint_auth_method: those that this server knows, in the order in which metadata lists them."""

from oauth_server.client_auth.base import Method
from oauth_server.client_auth.client_secret_basic import ClientSecretBasic
from oauth_server.client_auth.client_secret_jwt import ClientSecretJWT
from oauth_server.client_auth.client_secret_post import ClientSecretPost
from oauth_server.client_auth.none import NoAuthentication
from oauth_server.client_auth.private_key_jwt import PrivateKeyJWT
from oauth_server.registry import Registry

METHODS: Registry[Method] = Registry(
    lambda m: m.name,
    ClientSecretBasic(),
    ClientSecretPost(),
    PrivateKeyJWT(),
    ClientSecretJWT(),
    NoAuthentication(),
    is_on=lambda m: m.is_on(),
)
