"""Every URL, a line each. `include("oauth_server.urls")` keeps django-oauth-toolkit's namespace, so that its names still reverse.

The same line mounts the pages of an app that takes part: its AppConfig names their module in `oauth_server_urls`.
"""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path, re_path

from oauth_server.api.hydra import urls as hydra
from oauth_server.api.v1 import urls as management_api
from oauth_server.dot import pages, resource_metadata
from oauth_server.endpoints import (
    appearance,
    authorize,
    check_session,
    client_logo,
    device,
    device_authorization,
    device_compare,
    device_qr,
    health,
    introspect,
    jwks,
    logout,
    metadata,
    pushed,
    register,
    revoke,
    token,
    userinfo,
)
from oauth_server.endpoints.adapter import view

# Django asks one after the other: what machines ask for most comes first
base_urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth2/token", view(token.endpoint), name="token"),  # RFC 6749 §3.2
    path("oauth2/introspect", view(introspect.endpoint), name="introspect"),  # RFC 7662
    path("oauth2/revoke", view(revoke.endpoint), name="revoke-token"),  # RFC 7009
    path("oauth2/auth", authorize.authorize, name="authorize"),  # RFC 6749 §3.1
    path("oauth2/interaction/<str:handle>", authorize.resume, name="interaction"),
    path("oauth2/par", view(pushed.endpoint), name="pushed-authorization-request"),  # RFC 9126
    path("oauth2/device/auth", view(device_authorization.endpoint), name="device-authorization"),  # RFC 8628 §3.1
    path("oauth2/device/verify", device.verify, name="device-verify"),
    path("device", device.enter, name="device"),  # RFC 8628 §3.3
    path("device/qr.svg", device_qr.picture, name="device-qr"),
    path("device/<str:handle>", device_compare.compare, name="device-compare"),
    path("oauth2/appearance", appearance.choose, name="appearance"),
]
oidc_urlpatterns: list[URLPattern | URLResolver] = [
    path("userinfo", view(userinfo.endpoint), name="user-info"),  # OpenID Connect Core 1.0 §5.3
    path(
        "oauth2/sessions/logout", logout.logout, name="rp-initiated-logout"
    ),  # OpenID Connect RP-Initiated Logout 1.0 §2
    path("oauth2/sessions/logout/confirm", logout.confirm, name="logout-confirm"),
    path("oauth2/sessions/signed-out", logout.signed_out, name="signed-out"),
    path("oauth2/sessions/check", check_session.check_session, name="check-session"),  # Session Management 1.0 §3.2
    path(
        ".well-known/openid-configuration", view(metadata.endpoint), name="oidc-connect-discovery-info"
    ),  # Discovery 1.0
    path(".well-known/jwks.json", view(jwks.endpoint), name="jwks-info"),  # RFC 7517 §5
]
# RFC 8414 §3.1: for an issuer with a path the well-known part is inserted before it; mount these at the root
metadata_urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/oauth-authorization-server", view(metadata.endpoint), name="oauth-server-metadata"),
    path(
        ".well-known/oauth-authorization-server/<path:issuer_path>",
        view(metadata.endpoint),
        name="oauth-server-metadata-issuer",
    ),
]
metadata_urlpatterns += [  # RFC 9728 §3.1
    path(".well-known/oauth-protected-resource", resource_metadata.view, name="oauth-resource-metadata"),
    path(
        ".well-known/oauth-protected-resource/<path:resource_path>",
        resource_metadata.view,
        name="oauth-resource-metadata-path",
    ),
]
management_urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth2/logo/<slug:digest>.png", client_logo.client_logo, name="client-logo"),
    path("device-confirm/<slug:client_id>/<slug:user_code>", pages.device, name="device-confirm"),
    path("device-grant-status/<slug:client_id>/<slug:user_code>", pages.device, name="device-grant-status"),
    path("applications/", pages.applications, {"name": "list"}, name="list"),
    path("applications/register/", pages.applications, {"name": "register"}, name="register"),
    path("applications/<slug:pk>/", pages.applications, {"name": "detail"}, name="detail"),
    path("applications/<slug:pk>/update/", pages.applications, {"name": "update"}, name="update"),
    path("applications/<slug:pk>/delete/", pages.applications, {"name": "delete"}, name="delete"),
    path("authorized_tokens/", pages.connected_apps, name="authorized-token-list"),
    path("authorized_tokens/<slug:pk>/delete/", pages.connected_apps, name="authorized-token-delete"),
]
dcr_urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth2/register", view(register.endpoint), name="dcr-register"),  # RFC 7591 §3
    path(
        "oauth2/register/<str:client_id>", view(register.configuration), name="dcr-register-management"
    ),  # RFC 7592 §2
]

# Ory Hydra's contract; also without a slash, so that nothing redirects there
hydra_urlpatterns: list[URLPattern | URLResolver] = [re_path(r"^hydra(?:/|\Z)", include(hydra.urlpatterns))]
api_urlpatterns: list[URLPattern | URLResolver] = [re_path(r"^api/v1(?:/|\Z)", include(management_api.urlpatterns))]

_issuer_urlpatterns = [
    *base_urlpatterns,
    *hydra_urlpatterns,
    *api_urlpatterns,
    *oidc_urlpatterns,
    *dcr_urlpatterns,
    path(".well-known/oauth-authorization-server", view(metadata.endpoint), name="oauth-server-metadata"),
]

_own_urlpatterns: list[URLPattern | URLResolver] = [
    *base_urlpatterns,
    *oidc_urlpatterns,
    re_path(r"^(?P<path>livez|readyz|metrics)\Z", health.view, name="health"),
    *metadata_urlpatterns,
    *management_urlpatterns,
    *dcr_urlpatterns,
    *hydra_urlpatterns,
    *api_urlpatterns,
    path("<uuid:issuer_id>/.well-known/openid-configuration", view(metadata.endpoint_by_id), name="issuer-by-id"),
    # an issuer with a path of its own: the same endpoints below its slug
    path("<slug:slug>/", include((_issuer_urlpatterns, "issuer"))),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_own_urlpatterns, "oauth2_provider"))),
    *(path("", include(app.oauth_server_urls)) for app in apps.get_app_configs() if hasattr(app, "oauth_server_urls")),
]
