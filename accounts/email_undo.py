"""ASVS 5.0 6.3.7 a changed mail address is told to the former one, which can take the change back: by a link, once, for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import logout
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.tokens import store

from . import former_address, not_me
from .former_address import Changed
from .models import User
from .views import Page

_SALT = "oauth_accounts.email_undo"
_USED = "email_undo"


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
    is_over = former_address.is_taken(user, change.former) or former_address.is_undone(user, change)
    return None if is_over else user


@transaction.atomic
def undo(user: User, change: Changed, token: str) -> bool:
    """The former address is the person's again, and whoever changed it is out. False: this link was used before."""
    # of two changes that are taken back at once the earlier one counts
    User.objects.select_for_update().get(pk=user.pk)
    until = clock.now() + timedelta(seconds=settings.EMAIL_UNDO_LIFETIME)
    if former_address.is_undone(user, change) or not store.use_once(_USED, token, until):
        return False
    former_address.restore(user, change)
    not_me.disown(user, change.at)
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
        return not_me.mail_reset(request, change.former)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = read(self.kwargs["token"])
        email = change.former if change and person(change) else ""
        return super().get_context_data(**kwargs) | {"email": email}
