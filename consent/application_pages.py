"""My applications: people register, change and remove apps of their own, where MY_APPLICATIONS lets them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.errors import OAuthError
from oauth_server.models import Client
from oauth_server.pages import SeeOther, page

from . import applications
from .application_forms import ApplicationForm
from .recorded import recorded

View = Callable[..., HttpResponseBase]
_FORM = ["GET", "HEAD", "POST"]


def _mine(view: View) -> View:
    """A page for whoever is signed in, where the pages are on; with `pk` for the owner of that app alone."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, pk: int | None = None, **kwargs: Any) -> HttpResponseBase:
        if not applications.are_on():
            raise Http404
        client = () if pk is None else (get_object_or_404(applications.of(request.user), pk=pk),)
        return view(request, *client, *args, **kwargs)

    return page()(login_required(recorded(inner)))


@_mine
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    context = {"applications": list(applications.of(request.user)), "has_room": applications.has_room(request.user)}
    return render(request, "oauth_consent/applications.html", context)


@_mine
@require_http_methods(_FORM)
@sensitive_variables()
def register(request: HttpRequest) -> HttpResponseBase:
    """The answer to the form holds the secret, and is the only page that ever does."""
    if not applications.has_room(request.user):
        return SeeOther(reverse("oauth_consent:applications"))
    form = ApplicationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            client, secret = applications.make(request.user, applications.wanted(form.members))
        except applications.Full:
            return SeeOther(reverse("oauth_consent:applications"))
        except OAuthError as error:
            form.add_error(None, error.description)
        else:
            return _shown(request, client, secret, is_new=True)
    context = {"form": form, "needs_approval": settings.MY_APPLICATIONS == "approval"}
    return render(request, "oauth_consent/application_form.html", context)


@sensitive_variables()
def _shown(request: HttpRequest, client: Client, secret: str, *, is_new: bool) -> HttpResponse:
    context = {"client": client, "secret": secret, "is_new": is_new}
    return render(request, "oauth_consent/application_secret.html", context)


@_mine
@require_safe
def detail(request: HttpRequest, client: Client) -> HttpResponse:
    now = clock.now()
    secrets = [{"row": row, "is_live": row.is_live(now)} for row in client.secrets.order_by("pk")]
    context = {
        "client": client,
        "redirect_uris": client.redirect_uris.split(),
        "scopes": client.scopes.order_by("name"),
        "secrets": secrets,
        "may_add": client.has_secret and len(secrets) < applications.MOST_SECRETS,
    }
    return render(request, "oauth_consent/application.html", context)


@_mine
@require_http_methods(_FORM)
def edit(request: HttpRequest, client: Client) -> HttpResponseBase:
    form = ApplicationForm(request.POST if request.method == "POST" else None, client=client)
    if form.is_valid():
        try:
            applications.change(client, form.members)
        except OAuthError as error:
            form.add_error(None, error.description)
        else:
            messages.success(request, _("Saved."), fail_silently=True)
            return SeeOther(_page_of(client))
    context = {"form": form, "client": client, "needs_approval": settings.MY_APPLICATIONS == "approval"}
    return render(request, "oauth_consent/application_form.html", context)


@_mine
@require_http_methods(_FORM)
def remove(request: HttpRequest, client: Client) -> HttpResponseBase:
    if request.method == "POST":
        name = str(client)
        applications.remove(client)
        messages.success(request, _("%(name)s is removed.") % {"name": name}, fail_silently=True)
        return SeeOther(reverse("oauth_consent:applications"))
    return render(request, "oauth_consent/application_remove.html", {"client": client})


@_mine
@require_POST
@sensitive_variables()
def new_secret(request: HttpRequest, client: Client) -> HttpResponseBase:
    if not client.has_secret:
        raise Http404
    try:
        secret = applications.new_secret(client)
    except applications.Full:
        return SeeOther(_page_of(client))
    return _shown(request, client, secret, is_new=False)


@_mine
@require_POST
def retire(request: HttpRequest, client: Client, secret: int) -> HttpResponseBase:
    applications.retire(client, get_object_or_404(client.secrets, pk=secret))
    messages.success(request, _("The secret is retired."), fail_silently=True)
    return SeeOther(_page_of(client))


def _page_of(client: Client) -> str:
    return reverse("oauth_consent:application", args=[client.pk])
