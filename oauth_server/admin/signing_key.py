"""RFC 7517 signing keys: where each stands between next and gone. They come by rotation; a private part is on no page."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit
from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.admin.deeds import DangerousForm, Refused, deed
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.keys import rotation
from oauth_server.models import SigningKey
from oauth_server.policy import roles


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


def _rotate(issuer: Any, algorithm: str, force: bool) -> str:
    names = {"issuer": issuer, "algorithm": algorithm}
    try:
        key = rotation.rotate(issuer, algorithm, force=force)
    except rotation.NotPublishedLongEnough as error:
        following = issuer.keys.get(algorithm=algorithm, state=SigningKey.State.NEXT)
        names["time"] = date_format(
            localtime(following.created + timedelta(seconds=settings.KEY_PUBLICATION)), "DATETIME_FORMAT"
        )
        told = _("%(issuer)s, %(algorithm)s: nothing is rotated. Clients may not know the next key before %(time)s.")
        raise Refused(told % names) from error
    audit.record(Event.KEY_ROTATED, issuer=issuer, target=key.kid, reason="forced" if force else "")
    return _("%(issuer)s, %(algorithm)s: %(kid)s signs now.") % {**names, "kid": key.kid}
