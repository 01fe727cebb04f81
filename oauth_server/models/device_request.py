"""RFC 8628 §3.1 device authorization request: both codes as digests, who has claimed it, and what it led to."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractDeviceGrant

from oauth_server.models.fields import reference


class DeviceRequest(AbstractDeviceGrant):
    id = models.BigAutoField(primary_key=True)
    device_code = models.CharField(max_length=64, editable=False)
    user_code = models.CharField(max_length=64, editable=False)
    application = reference("oauth_server.Client", verbose_name=_("client"))
    # whoever said first that the code is theirs
    user = reference(settings.AUTH_USER_MODEL, null=True, blank=True, verbose_name=_("person"))
    authorization = reference("oauth_server.Authorization", null=True, blank=True, verbose_name=_("authorization"))
    scope = models.TextField(_("scope"), blank=True)
    # the checked parameters of the request, for the pages
    request = models.JSONField(_("request"), default=dict)
    interval = models.PositiveIntegerField(_("interval"), default=5)
    status = models.CharField(
        _("status"),
        max_length=64,
        choices=AbstractDeviceGrant.DEVICE_FLOW_STATUS,
        default=AbstractDeviceGrant.AUTHORIZATION_PENDING,
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("program"), max_length=300, blank=True)
    # how often the user code was typed
    entries = models.PositiveSmallIntegerField(_("entries"), default=0)
    created = models.DateTimeField(_("created"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    last_checked: Any = models.DateTimeField(_("last poll"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("device request")
        verbose_name_plural = _("device requests")
        constraints = [
            models.UniqueConstraint(fields=["device_code"], name="oauth_server_device_code"),
            models.UniqueConstraint(fields=["user_code"], name="oauth_server_user_code"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    # DOT's column; ours is the relation `application`
    client_id: Any = None
