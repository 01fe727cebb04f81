"""ASVS 5.0 6.3.7 the link in notices: "this was not me" ends every sign-in, takes back what was added, and asks for a new password."""

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.utils import user_email
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model, logout
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.tokens import revoke, store

from . import forms, leftovers, mails, remembered, way_back
from .mails import Disowned
from .views import Page

# A mail is written a moment after what it tells of
_LEEWAY = timedelta(minutes=5)
_USED = "not_me"


@transaction.atomic
def disown(user: Any, told: Disowned) -> None:
    """Whoever did it knows the password, or had a browser of this person: neither is worth anything afterwards."""
    added = Authenticator.objects.filter(user_id=user.pk, created_at__gte=told.at - _LEEWAY)
    types = sorted(added.values_list("type", flat=True))
    added.delete()
    leftovers.drop_waiting_addresses(user)
    leftovers.drop_links(user, date_joined__gte=told.at - _LEEWAY)
    way_back.cancel(user, "the person says that it was not them")
    remembered.forget_all(user)
    user.set_password(secrets.token_urlsafe(32))
    user.save(update_fields=["password"])
    revoke.person(user.pk, "the person says that it was not them")
    audit.record(Event.PERSON_DISOWNED, user_id=user.pk, reason=", ".join(types))


@transaction.atomic
def take_back(user: Any, told: Disowned, token: str) -> bool:
    """False: this link was used before. Whoever finds it in a mailbox later ends nothing of what came after."""
    if not store.use_once(_USED, token, told.at + mails.GOOD_FOR):
        return False
    disown(user, told)
    return True


class NotMe(Page, TemplateView):
    template_name = "oauth_accounts/not_me.html"
    heading = _("This was not you?")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        told = mails.read(kwargs["token"])
        user = self._person(told)
        if told is None or user is None or not take_back(user, told, kwargs["token"]):
            return self.render_to_response(self.get_context_data() | {"is_known": False})
        if request.user.is_authenticated and request.user.pk == user.pk:
            logout(request)
        form = forms.PasswordResetForm({"email": user_email(user)})
        if form.is_valid():
            form.save(request)
        return HttpResponseRedirect(reverse("account_reset_password_done"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = mails.read(self.kwargs["token"])
        return super().get_context_data(**kwargs) | {"told": told, "is_known": self._person(told) is not None}

    def _person(self, told: Disowned | None) -> Any:
        if told is None:
            return None
        try:
            return get_user_model()._default_manager.filter(pk=told.user_id).first()
        except (ValidationError, ValueError):
            return None
