"""django-oauth-toolkit's protocol paths: further addresses of the same endpoints, for clients that have them configured.

`path("o/", include("oauth_server.dot.urls"))` beside `include("oauth_server.urls")`. They have no names: what the server publishes
is always the canonical address.
"""

from django.urls import URLPattern, path

from oauth_server.endpoints import (
    authorize,
    device,
    device_authorization,
    introspect,
    logout,
    metadata,
    revoke,
    token,
    userinfo,
)
from oauth_server.endpoints.adapter import view

urlpatterns: list[URLPattern] = [
    path("authorize/", authorize.authorize),
    path("token/", view(token.endpoint)),
    path("revoke_token/", view(revoke.endpoint)),
    path("introspect/", view(introspect.endpoint)),
    path("device-authorization/", view(device_authorization.endpoint)),
    path("device/", device.enter),
    path("logout/", logout.logout),
    path("userinfo/", view(userinfo.endpoint)),
    path(".well-known/openid-configuration/", view(metadata.endpoint)),
]
