"""Sign-up by invitation (SIGN_UP): the deed of whoever invites, and the page on which the invitation is accepted, once."""

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit, clock, digest, mail
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.digest import Kind

from . import mails, sign_up
from .joining_models import Invitation
from .mails import absolute
from .models import User
from .views import Registration


def invite(email: str, by: Any = None) -> Invitation:
    """Make an invitation and mail it; one that was open before is void. Raises `ValidationError`."""
    row, message = _made(email, by)
    try:
        mails.send(message, "invitation")
    except mails.NotSent:
        row.delete()
        raise ValidationError(_("The mail could not be sent. Try again later."), code="not_sent") from None
    return row


@transaction.atomic
def _made(email: str, by: Any) -> tuple[Invitation, EmailMessage]:
    email = User.objects.normalize_email(email).lower()
    validate_email(email)
    if User.objects.filter(email=email).exists():
        raise ValidationError(_("Somebody is registered with this email address."), code="registered")
    now, token = clock.now(), secrets.token_urlsafe(32)
    Invitation.objects.filter(email=email, used_at=None).delete()
    row = Invitation.objects.create(
        token=digest.digest(Kind.INVITATION, token),
        email=email,
        invited_by=by,
        created=now,
        expires=now + timedelta(seconds=settings.INVITATION_LIFETIME),
    )
    audit.record(Event.PERSON_INVITED, target=row.pk)
    url = absolute(reverse("account_invitation", args=[token]))
    return row, mail.message("oauth_accounts/email/invitation.txt", email, {"url": url, "until": row.expires})


def find(token: str) -> Invitation | None:
    """The invitation that is still open."""
    rows = Invitation.objects.filter(token__in=digest.candidates(Kind.INVITATION, token))
    return next((row for row in rows if row.is_open), None)


def use(row: Invitation) -> bool:
    """Whether this call used it: of two clicks one does."""
    now = clock.now()
    return bool(Invitation.objects.filter(pk=row.pk, used_at=None, expires__gt=now).update(used_at=now))


class AcceptInvitation(Registration):
    """The address is the one that the mail went to, and is confirmed by it."""

    heading = gettext_lazy("You are invited")
    _row: Invitation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = find(kwargs["token"])
        if row is None:
            return self._gone()
        self._row = row
        sign_up.let_in(request)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "email": self._row.email}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        # what was typed there instead does not count
        form.fields["email"].disabled = True
        return form

    def form_valid(self, form: Any) -> HttpResponseBase:
        with transaction.atomic():
            if not use(self._row):
                return self._gone()
            get_adapter(self.request).stash_verified_email(self.request, self._row.email)
            return super().form_valid(form)

    def _gone(self) -> HttpResponseBase:
        context = self.context_of_closed() | {"heading": _("This invitation is used, or too old"), "is_invited": True}
        return TemplateResponse(self.request, self.template_name_signup_closed, context)
