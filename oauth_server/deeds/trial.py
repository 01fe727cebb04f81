"""RFC 6749 §4.1, OpenID Connect Core 1.0 §3.1: a sign-in with a client, run by the console as the client would, against this server.

The request is a pushed one (RFC 9126) that answers to the console. Everything behind it is what every client goes through: the pages, the
code, the token endpoint, UserInfo. The client authenticates itself only where its secret is given; nothing of a secret is kept, and what
the trial is given ends with it.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.utils.translation import gettext as _

from oauth_server import audit, clock, issuers, seal
from oauth_server.authorization import pushed, steps
from oauth_server.authorization.request import Source
from oauth_server.authorization.steps import At
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.deeds.trial_report import FAILED, PASSED, UNTESTED, Check
from oauth_server.endpoints.metadata import AUTHORIZE_PATH
from oauth_server.errors import OAuthError
from oauth_server.limits import TooManyAttempts
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest

_PURPOSE = "admin_trial"
# So long somebody may take on the pages in between
_VALID = 3600
# The methods that a pasted secret can try
PASTED = ("client_secret_basic", "client_secret_post")
CODE = "authorization_code"
MACHINE = "client_credentials"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A trial under way: what a client would keep from its request to the answer. `authentication`: how its secret fared."""

    client: int
    operator: str
    began: float
    sent: dict[str, str]
    verifier: str
    authentication: tuple[str, str]


def grants(client: Client) -> str:
    """What can be tried: a person's sign-in, else the client's own tokens; empty: neither."""
    if CODE in client.grant_types and "code" in client.response_types:
        return CODE
    return MACHINE if MACHINE in client.grant_types else ""


def begin(
    client: Client,
    *,
    operator: str,
    redirect_uri: str,
    scope: Sequence[str],
    resource: str = "",
    prompt: str = "",
    secret: str = "",
) -> tuple[Attempt, str]:
    """The attempt, to be kept for the operator, and the address to which their browser goes. Raises `OAuthError`."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    wanted = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scope),
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32) if "openid" in scope else "",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "resource": resource,
        "prompt": prompt,
    }
    sent = {name: value for name, value in wanted.items() if value}
    proven = check_secret(client, secret)
    attempt = Attempt(client.pk, operator, clock.timestamp(), sent, verifier, (proven.outcome, proven.told))
    return attempt, _pushed(client, sent)


def _pushed(client: Client, sent: Mapping[str, str]) -> str:
    """RFC 9126 §4: the checks that every authorization request passes, but that the answer goes to the console."""
    parameters = Parameters.from_dict({name: [value] for name, value in sent.items()})
    to = steps.destination(parameters, client.issuer, Source(trial=True))
    request_uri = pushed.store(steps.validate(parameters, to, At.PUSHED))
    query = urlencode({"client_id": client.client_id, "request_uri": request_uri})
    return f"{issuers.url(client.issuer, AUTHORIZE_PATH)}?{query}"


def check_secret(client: Client, secret: str) -> Check:
    """Whether the secret proves the client, by the rules and limits of every request; it is not kept."""
    name = _("Client authentication")
    if client.is_public:
        return Check(name, PASSED, _("The client is public: it sends its client_id alone, and PKCE binds the code."))
    method = client.token_endpoint_auth_method
    if method not in PASTED:
        return Check(
            name, UNTESTED, _("Not tried: by %(method)s only the client can prove itself.") % {"method": method}
        )
    if not secret:
        return Check(name, UNTESTED, _("Not tried: no secret was given."))
    headers, form = {}, {"client_id": client.client_id}
    if method == "client_secret_basic":
        pair = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
        headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    else:
        form["client_secret"] = secret
    here = audit.current()
    request = ProtocolRequest("POST", "/", b"", headers, b"", "", here.address, here.trace_id)
    try:
        authenticate(request, Parameters({name: (value,) for name, value in form.items()}), client.issuer)
    except OAuthError as error:
        return Check(name, FAILED, error.reason)
    except TooManyAttempts:
        return Check(name, FAILED, _("Too many wrong secrets were tried. Try again later."))
    return Check(name, PASSED, _("The secret is the client's, by %(method)s.") % {"method": method})


# Between the request and its answer


def sealed(attempt: Attempt) -> str:
    """For the operator's session on this server."""
    return seal.seal(_PURPOSE, json.dumps(asdict(attempt)).encode())


def opened(kept: str, *, operator: str) -> Attempt | None:
    """None for another operator's, for one that began too long ago, and for none."""
    try:
        found: dict[str, Any] = json.loads(seal.unseal(_PURPOSE, kept)) if kept else {}
    except seal.Unreadable:
        return None
    if not found or found["operator"] != operator or clock.timestamp() > found["began"] + _VALID:
        return None
    return Attempt(**{**found, "authentication": tuple(found["authentication"])})
