"""Sign-in with an account elsewhere: social sites and upstream OpenID Connect, through `allauth.socialaccount` (the extra `social`).

An account elsewhere is linked by somebody who is signed in here, never because of a mail address. What an upstream says of an address
counts as confirmed only where the operator trusts it to (`"trust_email": True` in the settings of its app).
"""

from datetime import UTC, datetime
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.pages import error_page

from . import aside, factors, next_url, sign_up
from .pending import pending_of

# Our clients that ask for a fresh sign-in get one: the upstream is asked for it too
_FRESH = frozenset({"login", "select_account"})


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if not sociallogin.account.get_provider().app.settings.get("trust_email"):
            for address in sociallogin.email_addresses:
                address.verified = False
        is_link = sociallogin.state.get("process") == "connect"
        if is_link and request.user.is_authenticated and not factors.may_add(request.user):
            # whoever registered with somebody else's address would stay in after its owner came
            messages.error(request, get_factor_adapter().error_messages["unverified_email"])
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("socialaccount_connections")))
        # whoever is signed in stays so; the engine would sign them out
        if not is_link and request.user.is_authenticated:
            aside.set_aside(request)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        if not sign_up.is_open(request):
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_signup")))
        return True

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """Whatever a project sets: an address is no proof of an account."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("socialaccount_connections")

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        audit.record(Event.PERSON_REFUSED, target=request.path, reason=f"{provider}: {error or ''} {exception or ''}")
        following = ((extra_context or {}).get("state") or {}).get("next") or ""
        back = next_url.with_next(reverse("account_login"), following if next_url.is_own(request, following) else "")
        raise ImmediateHttpResponse(
            error_page(
                request,
                status=400,
                title=_("The sign-in there did not work"),
                message=_("%(name)s did not tell us who you are. Nothing was changed.") % {"name": provider.name},
                advice=_("Try again, or sign in another way."),
                code="upstream_failed",
                trace_id=audit.current().trace_id,
                restart_url=back,
            )
        )


def ways(request: HttpRequest, process: str = "login") -> list[dict[str, str]]:
    """The buttons: `name`, and the `url` that they post to. What waits goes along."""
    following, waiting = next_url.of(request), pending_of(request)
    query = {"process": process, **({"next": following} if following else {})}
    if waiting and _FRESH & set(waiting.prompt):
        query["auth_params"] = "prompt=login"
    return [
        {"name": provider.name, "url": provider.get_login_url(request, **query)}
        for provider in get_social_adapter().list_providers(request)
    ]


def auth_time(sociallogin: Any) -> datetime | None:
    """OpenID Connect Core 1.0 §2 auth_time: when the person really signed in, if the upstream says so."""
    claims = (sociallogin.account.extra_data or {}).get("id_token") or {}
    at = claims.get("auth_time")
    if not isinstance(at, int) or at < 0:
        return None
    # a clock that is ahead there makes nobody fresh here
    return datetime.fromtimestamp(min(at, int(clock.timestamp())), UTC)
