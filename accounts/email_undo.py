"""ASVS 5.0 6.3.7 a changed mail address is told to the former one, which can take the change back: by a link, once, for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth import logout
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.models import AuditEvent
from oauth_server.tokens import store

from . import forms, not_me
from .mails import Disowned
from .models import User
from .views import Page

_SALT = "oauth_accounts.email_undo"
_USED = "email_undo"


class Changed(NamedTuple):
    """What a link says: whose address was changed, which one it was, and when."""

    user_id: str
    former: str
    at: datetime


def path(user: Any, former: str) -> str:
    said = [str(user.pk), former, int(clock.timestamp())]
    return reverse("account_email_undo", args=[signing.dumps(said, salt=_SALT, compress=True)])


def read(token: str) -> Changed | None:
    """None when it is not of this server, or too old."""
    try:
        user_id, former, at = signing.loads(token, salt=_SALT, max_age=settings.EMAIL_UNDO_LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Changed(user_id, former, datetime.fromtimestamp(at, UTC))


def person(change: Changed | None) -> User | None:
    """Whose change it was, if the former address can still be theirs."""
    user = User.objects.filter(pk=change.user_id).first() if change else None
    if user is None or change is None:
        return None
    is_taken = EmailAddress.objects.filter(email=change.former, verified=True).exclude(user_id=user.pk).exists()
    is_taken = is_taken or _is_undone(user, change)
    is_taken = is_taken or User.objects.filter(email=change.former).exclude(pk=user.pk).exists()
    return None if is_taken else user


def _is_undone(user: User, change: Changed) -> bool:
    """Whether an earlier change was taken back since: the link of a later one is in the mailbox of whoever made that one."""
    undone = AuditEvent.objects.filter(
        event=Event.PERSON_EMAIL_RESTORED, user_id=str(user.pk), at__gte=change.at, object__lte=change.at.isoformat()
    )
    return undone.exists()


@transaction.atomic
def undo(user: User, change: Changed, token: str) -> bool:
    """The former address is the person's again, and whoever changed it is out. False: this link was used before."""
    # of two changes that are taken back at once the earlier one counts
    User.objects.select_for_update().get(pk=user.pk)
    until = clock.now() + timedelta(seconds=settings.EMAIL_UNDO_LIFETIME)
    if _is_undone(user, change) or not store.use_once(_USED, token, until):
        return False
    EmailAddress.objects.filter(user_id=user.pk).delete()
    EmailAddress.objects.create(user_id=user.pk, email=change.former, verified=True, primary=True)
    user.email = change.former
    user.save(update_fields=["email", "updated_at"])
    not_me.disown(user, Disowned(change.user_id, change.at))
    audit.record(Event.PERSON_EMAIL_RESTORED, user_id=user.pk, target=change.at.isoformat())
    return True


class EmailUndo(Page, TemplateView):
    """`email`: the former address, which counts again; empty when the link is good no longer."""

    template_name = "oauth_accounts/email_undo.html"
    heading = gettext_lazy("Take the change back")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        change = read(kwargs["token"])
        user = person(change)
        if change is None or user is None or not undo(user, change, kwargs["token"]):
            return self.render_to_response(self.get_context_data() | {"email": ""})
        if request.user.is_authenticated and request.user.pk == user.pk:
            logout(request)
        form = forms.PasswordResetForm({"email": change.former})
        if form.is_valid():
            form.save(request)
        return HttpResponseRedirect(reverse("account_reset_password_done"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = read(self.kwargs["token"])
        email = change.former if change and person(change) else ""
        return super().get_context_data(**kwargs) | {"email": email}
