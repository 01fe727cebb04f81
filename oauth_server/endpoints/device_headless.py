"""RFC 8628 §3.3 by an app of the operator, as Ory Hydra has it: the app takes the code, and the browser comes back with a verifier."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase

from oauth_server import digest
from oauth_server.authorization import device as device_request
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.endpoints import authorize_pages
from oauth_server.interaction import challenge, handoff, state
from oauth_server.interaction.device import HANDED
from oauth_server.models import Challenge, Issuer
from oauth_server.pages import SeeOther

VERIFIER = "device_verifier"
VERIFY_PATH = "/oauth2/device/verify"


def hand_off(request: HttpRequest, issuer: Issuer, code: str) -> HttpResponseBase:
    """To the app's page. `code`: one that stood in the address, for its field."""
    browser = digest.digest(Kind.BROWSER, state.browser_of(request))
    value = challenge.ask(Challenge.Kind.DEVICE, issuer, {}, browser=browser)
    url = handoff.page(settings.HYDRA_DEVICE_URL, issuer, "device_challenge", value)
    answer = SeeOther(f"{url}&{urlencode({'user_code': code})}" if code else url)
    state.set_cookie(request, answer)
    return answer


def come_back(request: HttpRequest, issuer: Issuer, verifier: str) -> HttpResponseBase:
    """The request of the device goes on in the browser that asked for it; whoever signs in next answers for it."""
    browsers = digest.candidates(Kind.BROWSER, state.browser_of(request))
    row = challenge.use(Challenge.Kind.DEVICE, issuer, verifier, browser__in=browsers)
    if row is None or row.device is None:
        return authorize_pages.gone(request, state.Gone("verifier"))
    asked = device_request.again(row.device, issuer)
    interaction, resume_url = state.start(request, asked, None)
    state.settle(interaction, HANDED, True)
    answer = SeeOther(resume_url)
    state.set_cookie(request, answer)
    return answer
