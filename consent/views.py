"""OpenID Connect Core 1.0 §3.1.2.4, RFC 9700 §4.7 and §4.16: the page that asks, in the middle of a request."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oauth_server import audit
from oauth_server.errors import OAuthError
from oauth_server.interaction import context as who
from oauth_server.interaction import state
from oauth_server.interaction.base import SignInStep
from oauth_server.interaction.context import Context, Person
from oauth_server.interaction.run import DENIED, STEPS
from oauth_server.models import Interaction
from oauth_server.pages import SeeOther, error_page, page

from . import decision, mails, memory, receipts, steps
from . import page as content
from .forms import CANCEL, AnswerForm, page_of
from .recorded import recorded

# In the query: the page comes with every switch on
ALL = "all"


@page(leads_to_client=True, repeatable=True)
@require_http_methods(["GET", "HEAD", "POST"])
@recorded
def consent(request: HttpRequest, handle: str) -> HttpResponseBase:
    """Asks, and takes the answer. Whatever else is due, the address of the request says or does it."""
    try:
        interaction = state.load(request, handle)
    except state.Gone:
        return SeeOther(reverse("oauth2_provider:interaction", args=[handle]))
    resume_url = state.path(interaction.issuer, handle)
    try:
        asked = state.requested(interaction)
    except OAuthError:
        return SeeOther(resume_url)
    context = Context(request, asked, who.person(request, interaction.issuer), interaction, resume_url)
    if context.person is None:
        return SeeOther(resume_url)
    if request.method == "POST":
        return _take(context, interaction, context.person, handle)
    if not steps.ConsentStep().needed(context):
        return SeeOther(resume_url)
    return _ask(context, context.person, handle)


def _ask(context: Context, person: Person, handle: str) -> HttpResponse:
    asked = context.asked
    question = decision.question(asked, person.user, again=decision.always_asks(asked))
    if ALL in context.request.GET:
        question = content.everything(question)
    form = AnswerForm(page=page_of(handle, person.user), groups=content.groups(asked, question))
    return render(
        context.request,
        "oauth_consent/consent.html",
        {
            "client": asked.client,
            "device": asked.device,
            "home_url": content.home_url(asked),
            "person": person.user,
            "switch_url": _switch_url(context),
            "form": form,
            "allowed": content.allowed(asked, question),
            "all_url": "" if question.ticked.issuperset(question.optional) else f"?{ALL}",
            "target": content.target(asked),
        },
    )


def _switch_url(context: Context) -> str:
    """The sign-in page as for somebody who is not there yet; the request waits behind it."""
    sign_in = STEPS.get("sign_in")
    return sign_in.switch_url(context) if isinstance(sign_in, SignInStep) else ""


def _take(context: Context, interaction: Interaction, person: Person, handle: str) -> HttpResponseBase:
    asked, user = context.asked, person.user
    form = AnswerForm(context.request.POST, page=page_of(handle, user))
    if not form.is_for_this_page:
        return _another_person(context)
    if not form.is_valid():
        return _unfit(context, str(form.errors.as_json()))
    try:
        if form.cleaned_data["decision"] == CANCEL:
            raise decision.Denied
        _allow(context, interaction, person, form.cleaned_data["scope"])
    except decision.Refused as refusal:
        return _unfit(context, str(refusal))
    except decision.Denied:
        decision.deny(asked, user)
        state.settle(interaction, DENIED, True)
    return SeeOther(context.resume_url)


@transaction.atomic
def _allow(context: Context, interaction: Interaction, person: Person, ticked: tuple[str, ...]) -> None:
    """Raises `Refused` and `Denied`."""
    asked, user = context.asked, person.user
    is_new = not memory.has_answered(user, asked.client)
    allowed = decision.allow(asked, user, ticked, again=decision.always_asks(asked))
    steps.choose(interaction, user, allowed)
    mails.tell(receipts.write(asked, user, allowed), asked.client, user, is_new=is_new)


def _another_person(context: Context) -> HttpResponse:
    return error_page(
        context.request,
        status=403,
        title=_("This page was made for somebody else"),
        message=_("You signed in as another person in the meantime. Nothing was shared."),
        advice=_("Open the page again: it then asks the person who is signed in now."),
        code="another_person",
        trace_id=audit.current().trace_id,
        client=context.asked.client,
        restart_url=context.request.path,
    )


def _unfit(context: Context, why: str) -> HttpResponse:
    asked = context.asked
    audit.record(
        audit.Event.REQUEST_REFUSED,
        issuer=asked.issuer,
        client=asked.client,
        target="consent",
        reason=f"consent: {why}",
    )
    return error_page(
        context.request,
        status=400,
        title=_("This answer does not fit the question"),
        message=_(
            "What was sent is not what the page asked, or the app has changed in the meantime. Nothing was shared."
        ),
        advice=_("Open the page again and answer there."),
        code="invalid_consent",
        trace_id=audit.current().trace_id,
        client=asked.client,
        restart_url=context.request.path,
    )
