"""Regulation (EU) 2016/679, article 17: a person deletes their account. They are signed out everywhere at once, and it is gone after
DELETION_DELAY (`clear_expired`), unless somebody signs in before.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.models import Client
from oauth_server.registration import metadata
from oauth_server.tokens import revoke

from . import mails
from .models import User
from .views import Page

REASON = "the person deletes the account"


@transaction.atomic
def ask(user: User) -> None:
    """Nothing that was signed in, or that an app got, works from now on."""
    user.delete_at = clock.now() + timedelta(seconds=settings.DELETION_DELAY)
    user.save(update_fields=["delete_at"])
    revoke.person(user.pk, REASON)
    audit.record(Event.DELETION_REQUESTED, user_id=user.pk, target=user.pk)
    transaction.on_commit(lambda: mails.notify(user, "deletion_asked", delete_at=user.delete_at), robust=True)


def keep(request: HttpRequest, user: User) -> bool:
    """Whoever signs in keeps the account. Returns whether it was to be deleted."""
    if user.delete_at is None or not User.objects.filter(pk=user.pk).update(delete_at=None):
        return False
    user.delete_at = None
    # the date is part of what Django's sessions are compared with
    update_session_auth_hash(request, user)
    audit.record(Event.DELETION_ENDED, user_id=user.pk, target=user.pk)
    messages.success(request, _("Your account stays: signing in ended its deletion."), fail_silently=True)
    mails.notify(user, "deletion_ended")
    return True


def clear(batch: int) -> Iterator[tuple[type[Model], int]]:
    """For `clear_expired`: each person in a transaction of their own."""
    due = User.objects.filter(delete_at__lte=clock.now()).order_by("delete_at").values_list("pk", flat=True)
    yield User, sum(_delete(pk) for pk in list(due[:batch]))


@transaction.atomic
def _delete(pk: Any) -> bool:
    """Whoever signs in at this moment waits, or has kept the account."""
    if not User.objects.filter(pk=pk, delete_at__lte=clock.now()).update(is_active=False):
        return False
    revoke.person(pk, REASON)
    for client in Client.objects.select_related("issuer").filter(user=pk):
        _leave(client)
    audit.record(Event.PERSON_DELETED, user_id=pk, target=pk)
    User.objects.get(pk=pk).delete()
    return True


def _leave(client: Client) -> None:
    """An app of one's own goes along; one that an operator made stays, without an owner."""
    if client.registration_source == Client.RegistrationSource.MANUAL:
        client.user = None
        client.save(update_fields=["user", "updated"])
        return
    revoke.client(client, REASON)
    metadata.delete(client)


@method_decorator(reauthentication_required, name="dispatch")
class Delete(Page, LoginRequiredMixin, TemplateView):
    template_name = "oauth_accounts/delete.html"
    heading = gettext_lazy("Delete your account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        own = Client.objects.filter(user=user.pk).exclude(registration_source=Client.RegistrationSource.MANUAL)
        return super().get_context_data(**kwargs) | {
            "delete_at": clock.now() + timedelta(seconds=settings.DELETION_DELAY),
            "may": not (user.is_staff or user.is_superuser),
            "applications": list(own.order_by("name")),
        }

    def post(self, request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        context = self.get_context_data()
        if not context["may"]:
            return TemplateResponse(request, self.template_name, context)
        ask(user)
        logout(request)
        context = {"heading": _("Your account will be deleted"), "delete_at": user.delete_at}
        return TemplateResponse(request, "oauth_accounts/delete_asked.html", context)
