"""RFC 7517 signing keys: where each stands between next and gone. They come by rotation; a private part is on no page."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import issuers
from oauth_server.admin import revocation
from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.admin.deeds import DangerousForm, Refused, deed
from oauth_server.deeds import key
from oauth_server.keys import rotation, store
from oauth_server.models import Issuer, SigningKey
from oauth_server.policy import roles

# so many issuers are linked from the time line
_ISSUERS = 20


class RotateForm(DangerousForm):
    field_order = ("note", "force", "password")
    force = forms.BooleanField(
        label=gettext_lazy("Do not wait until clients can know the next key"),
        required=False,
        help_text=gettext_lazy(
            "Only when the active key is no longer safe: clients with a copy of the JWKS refuse tokens for a while."
        ),
    )


class SigningKeyAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("kid", "issuer", "algorithm", "state", "created", "activated", "retired", "gone")
    list_filter = ("state",)
    list_select_related = ("issuer",)
    link_filters = ("issuer__id__exact",)
    fields = (
        "kid",
        "issuer",
        "algorithm",
        "state",
        "created",
        "activated",
        "retired",
        "verifies_until",
        "gone",
        "public_key",
    )
    search_fields = ("kid__exact",)
    actions = ("rotate",)

    def get_own_urls(self) -> list[URLPattern]:
        return [path("timeline/", self.admin_site.admin_view(self.timeline_view), name="oauth_server_keys")]

    def timeline_view(self, request: HttpRequest) -> HttpResponseBase:
        """All keys of one issuer, on their way from next to gone, and the JWKS as clients see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        issuer = _chosen(request.GET.get("issuer", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Time line of the keys"),
            "opts": self.opts,
            "media": self.media,
            "issuer": issuer,
            "issuers": Issuer.objects.order_by("created")[:_ISSUERS],
            "algorithms": [
                (algorithm, places, key.dependents(issuer, algorithm))
                for algorithm, places in key.timeline(issuer).items()
            ],
            "may_rotate": self.has_rotate_permission(request),
            "may_revoke": roles.may(request.user, roles.REVOKE_KEYS),
            "jwks": pretty({"keys": store.published(issuer)}),
        }
        return TemplateResponse(request, "admin/oauth_server/keys.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        tools = [(reverse("admin:oauth_server_keys"), _("Time line"))]
        return super().changelist_view(request, {"tools": tools, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row: SigningKey = kwargs["obj"]
        context["tools"] = [(f"{reverse('admin:oauth_server_keys')}?issuer={row.issuer_id}", _("Time line"))]
        if row.state != SigningKey.State.REVOKED:
            context["tools"] += revocation.tool(request, "key", key=row.kid)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return roles.may(request.user, roles.ROTATE_KEYS)

    @admin.display(description=gettext_lazy("public key"))
    def public_key(self, row: SigningKey) -> str:
        return pretty(row.public)

    @admin.display(description=gettext_lazy("in the JWKS until"))
    def verifies_until(self, row: SigningKey) -> Any:
        return rotation.tokens_live_until(row, row.issuer) or self.get_empty_value_display()

    @deed(
        gettext_lazy("Rotate now"),
        permission="rotate",
        question=gettext_lazy(
            "Put the next key in the place of the active one, for the issuer and algorithm of each of these keys? "
            "What the old ones signed stays valid until it expires."
        ),
        form=RotateForm,
    )
    def rotate(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        chosen = {(row.issuer, row.algorithm): None for row in rows}
        return " ".join(_rotate(issuer, algorithm, values["force"]) for issuer, algorithm in chosen)


def _chosen(name: str) -> Issuer:
    """By its key; the first one without."""
    with suppress(ValueError):
        if name and (found := Issuer.objects.filter(pk=UUID(name)).first()):
            return found
    return issuers.first()


def _rotate(issuer: Any, algorithm: str, force: bool) -> str:
    names = {"issuer": issuer, "algorithm": algorithm}
    try:
        made = key.rotate(issuer, algorithm, force=force)
    except key.NotPublishedLongEnough as error:
        following = issuer.keys.get(algorithm=algorithm, state=SigningKey.State.NEXT)
        names["time"] = date_format(localtime(key.ready_at(following)), "Y-m-d H:i")
        told = _("%(issuer)s, %(algorithm)s: nothing is rotated. Clients may not know the next key before %(time)s.")
        raise Refused(told % names) from error
    return _("%(issuer)s, %(algorithm)s: %(kid)s signs now.") % {**names, "kid": made.kid}
