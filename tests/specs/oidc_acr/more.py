"""A second factor for tests: a page that takes the word of whoever is signed in, and says so to the server."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

from oauth_server.interaction.context import record_sign_in


@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """By GET it shows what is asked of it; by POST with `code` 123456 the person has shown a second factor."""
    if request.method == "GET":
        return HttpResponse(f"more {request.GET['acr_values']}")
    if request.POST.get("code") == "123456":
        # ASVS 5.0 7.2.4: a new session identifier at every step-up
        request.session.cycle_key()
        record_sign_in(request, request.user, amr=("pwd", "otp", "mfa"), acr=request.POST.get("acr", "2"))
    return HttpResponseRedirect(request.GET["next"])


urlpatterns = [path("more/", second_factor, name="second_factor"), path("", include("config.urls"))]
