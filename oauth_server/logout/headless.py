"""Ory Hydra's logout requests: an app of the operator asks whether to sign out; the browser of that person goes on, once."""

from dataclasses import asdict
from urllib.parse import urlencode

from django.http import HttpRequest

from oauth_server import issuers
from oauth_server.conf import settings
from oauth_server.interaction import challenge, handoff
from oauth_server.interaction import context as who
from oauth_server.logout.rp_initiated import LogoutRequest
from oauth_server.models import Challenge, Issuer

VERIFIER = "logout_verifier"
PATH = "/oauth2/sessions/logout"


def is_due(request: HttpRequest, asked: LogoutRequest, issuer: Issuer) -> bool:
    """Whether the app asks: about somebody who is signed in, unless the client may sign them out by itself."""
    if not settings.HYDRA_LOGOUT_URL or not request.user.is_authenticated:
        return False
    client = asked.client(issuer) if asked.client_id else None
    return client is None or not (client.skip_logout_consent and asked.is_about(request.user, issuer))


def ask(request: HttpRequest, asked: LogoutRequest, issuer: Issuer) -> str:
    """The app's page, with a challenge."""
    person = who.person(request, issuer)
    told = {
        "request_url": f"{issuers.url(issuer, PATH)}?{urlencode(request.GET)}",
        "rp_initiated": bool(asked.client_id),
        "logout": asdict(asked),
    }
    value = challenge.ask(
        Challenge.Kind.LOGOUT,
        issuer,
        told,
        client=asked.client(issuer) if asked.client_id else None,
        user=request.user,
        session=person.session if person else None,
    )
    return handoff.page(settings.HYDRA_LOGOUT_URL, issuer, "logout_challenge", value)


def come_back(request: HttpRequest, issuer: Issuer, verifier: str) -> LogoutRequest | None:
    """What the person agreed to, if it is they who come back; None for everybody else."""
    row = challenge.use(Challenge.Kind.LOGOUT, issuer, verifier, user=request.user.pk) if request.user.pk else None
    return LogoutRequest(**row.request["logout"]) if row is not None and "error" not in row.answer else None


def onward(issuer: Issuer, verifier: str) -> str:
    return f"{issuers.url(issuer, PATH)}?{urlencode({VERIFIER: verifier})}"
