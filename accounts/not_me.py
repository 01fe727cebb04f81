"""ASVS 5.0 6.3.7 the link in notices: "this was not me" ends every sign-in, takes back what was added, and asks for a new password."""

import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.tokens import revoke, store

from . import former_address, forms, leftovers, mails, remembered, way_back
from .former_address import LEEWAY, Changed
from .models import User
from .views import Page

_USED = "not_me"


@transaction.atomic
def disown(user: Any, at: datetime) -> None:
    """Whoever did it knows the password, or had a browser of this person: neither is worth anything afterwards."""
    added = Authenticator.objects.filter(user_id=user.pk, created_at__gte=at - LEEWAY)
    types = sorted(added.values_list("type", flat=True))
    added.delete()
    leftovers.drop_waiting_addresses(user)
    leftovers.drop_links(user, date_joined__gte=at - LEEWAY)
    way_back.cancel(user, "the person says that it was not them")
    remembered.forget_all(user)
    user.set_password(secrets.token_urlsafe(32))
    user.save(update_fields=["password"])
    revoke.person(user.pk, "the person says that it was not them")
    audit.record(Event.PERSON_DISOWNED, user_id=user.pk, reason=", ".join(types))


@transaction.atomic
def take_back(user: Any, told: Changed, token: str) -> bool:
    """False: this link was used before. Whoever finds it in a mailbox later ends nothing of what came after."""
    # of two links that are used at once the second one sees what the first one did
    user = User.objects.select_for_update().get(pk=user.pk)
    if not _is_good(user, told) or not store.use_once(_USED, token, told.at + mails.GOOD_FOR):
        return False
    if not former_address.is_theirs(user, told.former):
        # whoever did it has put an address of theirs in its place since
        former_address.restore(user, told)
    disown(user, told.at)
    return True


def mail_reset(request: HttpRequest, email: str) -> HttpResponseBase:
    """What led here is used up: where the mail cannot be sent, the page of every reset is the way on. Raises `NotSent`."""
    form = forms.PasswordResetForm({"email": email})
    try:
        if form.is_valid():
            form.save(request)
    except mails.NotSent:
        raise mails.NotSent(again=reverse("account_reset_password")) from None
    return HttpResponseRedirect(reverse("account_reset_password_done"))


class NotMe(Page, TemplateView):
    """`returns`: the address with which they sign in again, where it is another one by now."""

    template_name = "oauth_accounts/not_me.html"
    heading = _("This was not you?")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        told = mails.read(kwargs["token"])
        user = self._person(told)
        if told is None or user is None or not take_back(user, told, kwargs["token"]):
            return self.render_to_response(self.get_context_data() | {"is_known": False})
        if request.user.is_authenticated and request.user.pk == user.pk:
            logout(request)
        return mail_reset(request, told.former)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = mails.read(self.kwargs["token"])
        user = self._person(told)
        returns = told.former if told and user and not former_address.is_theirs(user, told.former) else ""
        return super().get_context_data(**kwargs) | {"told": told, "is_known": user is not None, "returns": returns}

    def _person(self, told: Changed | None) -> User | None:
        if told is None:
            return None
        try:
            user = User.objects.filter(pk=told.user_id).first()
        except (ValidationError, ValueError):
            return None
        return user if user is not None and _is_good(user, told) else None


def _is_good(user: User, told: Changed) -> bool:
    """Whether the mailbox of the link is the person's, or can be again."""
    return former_address.is_theirs(user, told.former) or former_address.can_return(user, told)
