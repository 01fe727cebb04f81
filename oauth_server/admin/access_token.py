"""RFC 6749 §1.4 access tokens: listed and revoked. Those that are JWTs have no row; they are found by pasting one."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from oauth_server import audit
from oauth_server.admin import stops
from oauth_server.admin.deeds import ReasonForm, deed
from oauth_server.admin.family import FamilyAdmin
from oauth_server.audit import Event
from oauth_server.models import Authorization
from oauth_server.tokens import revoke


class AccessTokenAdmin(FamilyAdmin):
    ordering = ("-pk",)
    list_display = ("id", "application", "user", "state", "scope", "created", "expires")
    list_select_related = ("application__issuer", "user", "authorization__user", "authorization__session")
    link_filters = ("application__id__exact", "authorization__id__exact")
    fields = (
        "application",
        "user",
        "authorization",
        "scope",
        "apis",
        "asked",
        "created",
        "expires",
        "revoked",
        "state",
    )
    actions = ("revoke_tokens", "revoke_families")

    @deed(
        _("Revoke"),
        permission="revoke",
        question=_("Revoke these access tokens? Refresh tokens beside them stay."),
        form=ReasonForm,
        preview=stops.of_access_tokens,
    )
    def revoke_tokens(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        for row in rows:
            row.revoke()
            audit.record(
                Event.TOKEN_REVOKED,
                issuer=row.application.issuer,
                client=row.application,
                user_id=row.user_id,
                target=f"access_token {row.authorization_id}",
                reason="by staff",
            )
        return ngettext("%d token is revoked.", "%d tokens are revoked.", len(rows)) % len(rows)

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


def end_families(rows: list[Any]) -> str:
    """End the families of tokens, and say how many were alive."""
    families = Authorization.objects.filter(pk__in={row.authorization_id for row in rows})
    ended = revoke.families(families, "by staff")
    return ngettext("%d authorization is revoked.", "%d authorizations are revoked.", ended) % ended
