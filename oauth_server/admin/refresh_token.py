"""RFC 6749 §1.5 refresh tokens: listed, and revoked with their family (RFC 7009 §2.1)."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oauth_server.admin import stops
from oauth_server.admin.access_token import end_families
from oauth_server.admin.deeds import ReasonForm, deed
from oauth_server.admin.family import FamilyAdmin


class RefreshTokenAdmin(FamilyAdmin):
    ordering = ("-pk",)
    list_display = ("id", "application", "user", "state", "scope", "created", "expires")
    list_select_related = ("application__issuer", "user", "authorization__user", "authorization__session")
    link_filters = ("application__id__exact", "authorization__id__exact")
    fields = (
        "application", "user", "authorization", "scope", "apis", "previous", "created", "expires", "used_at", "revoked", "state"
    )  # fmt: skip
    actions = ("revoke_families",)

    @deed(
        _("Revoke the whole authorization"),
        permission="revoke",
        question=_(
            "Revoke the authorizations of these tokens, with every access and refresh token that hangs on them?"
        ),
        form=ReasonForm,
        preview=stops.of_families,
    )
    def revoke_families(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        return end_families(rows)
