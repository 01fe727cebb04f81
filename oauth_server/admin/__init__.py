"""The admin: a file per table.

Clients, codes, access, refresh and ID tokens are registered by django-oauth-toolkit, with the classes that `dot/settings.py` names.
"""

from django.contrib import admin

from oauth_server.admin.audience import AudienceAdmin
from oauth_server.admin.audit_event import AuditEventAdmin
from oauth_server.admin.authorization import AuthorizationAdmin
from oauth_server.admin.authorization_detail_type import AuthorizationDetailTypeAdmin
from oauth_server.admin.device_request import DeviceRequestAdmin
from oauth_server.admin.initial_access_token import InitialAccessTokenAdmin
from oauth_server.admin.issuer import IssuerAdmin
from oauth_server.admin.logout_delivery import LogoutDeliveryAdmin
from oauth_server.admin.scope import ScopeAdmin
from oauth_server.admin.session import SessionAdmin
from oauth_server.admin.signing_key import SigningKeyAdmin
from oauth_server.admin.trusted_issuer import TrustedIssuerAdmin
from oauth_server.admin.webhook_delivery import WebhookDeliveryAdmin
from oauth_server.models import (
    Audience,
    AuditEvent,
    Authorization,
    AuthorizationDetailType,
    DeviceRequest,
    InitialAccessToken,
    Issuer,
    LogoutDelivery,
    Scope,
    Session,
    SigningKey,
    TrustedIssuer,
    WebhookDelivery,
)

admin.site.register(Audience, AudienceAdmin)
admin.site.register(AuditEvent, AuditEventAdmin)
admin.site.register(Authorization, AuthorizationAdmin)
admin.site.register(AuthorizationDetailType, AuthorizationDetailTypeAdmin)
admin.site.register(DeviceRequest, DeviceRequestAdmin)
admin.site.register(InitialAccessToken, InitialAccessTokenAdmin)
admin.site.register(Issuer, IssuerAdmin)
admin.site.register(LogoutDelivery, LogoutDeliveryAdmin)
admin.site.register(Scope, ScopeAdmin)
admin.site.register(Session, SessionAdmin)
admin.site.register(SigningKey, SigningKeyAdmin)
admin.site.register(TrustedIssuer, TrustedIssuerAdmin)
admin.site.register(WebhookDelivery, WebhookDeliveryAdmin)
