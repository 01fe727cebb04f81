"""The page of the question as an operator sees it before anybody is asked, about all that the client may ask for. Nothing is answered."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from oauth_server.authorization import response_types
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.models import Client
from oauth_server.pages import page
from oauth_server.parameters import Parameters
from oauth_server.policy import reach, roles

from . import decision
from . import page as content
from .forms import AnswerForm, page_of


@page()
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """For who may see clients; the person on the page is whoever looks at it."""
    if not roles.may(request.user, "oauth_server.view_client"):
        raise PermissionDenied
    asked = _asked(get_object_or_404(Client.objects.select_related("issuer"), pk=pk))
    question = decision.question(asked, request.user, again=True)
    form = AnswerForm(page=page_of("preview", request.user), groups=content.groups(asked, question))
    context = {
        "preview": True,
        "client": asked.client,
        "device": None,
        "home_url": content.home_url(asked),
        "person": request.user,
        "switch_url": "",
        "form": form,
        "allowed": content.allowed(asked, question),
        "all_url": "",
        "target": content.target(asked),
    }
    return render(request, "oauth_consent/consent.html", context)


def _asked(client: Client) -> AuthorizationRequest:
    """A request for everything that the client may have, which nobody has made."""
    may = reach.reach(client)
    uri = next(iter(client.redirect_uris.split()), "")
    code = next(one for one in response_types.supported() if one.name == "code")
    return AuthorizationRequest(
        destination=Destination(client.issuer, client, may, uri, True, "query", ""),
        response_type=code,
        scope=tuple(may.scopes),
        audience=may.listed,
        resource=(),
        nonce="",
        prompt=(),
        max_age=None,
        login_hint="",
        hinted_sub="",
        code_challenge="",
        parameters=Parameters({}),
    )
