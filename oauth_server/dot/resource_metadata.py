"""RFC 9728 OAuth 2.0 Protected Resource Metadata: django-oauth-toolkit's view with its settings, and our issuer where these name none."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.views import OAuthProtectedResourceMetadataView

from oauth_server import issuers, tracing


class _View(OAuthProtectedResourceMetadataView):
    def get_authorization_servers(self, request: HttpRequest) -> list[str]:
        given = oauth2_settings.OAUTH2_PROTECTED_RESOURCE_AUTHORIZATION_SERVERS
        return list(given) or [issuers.first().identifier]


view = login_not_required(tracing.named(_View.as_view()))
