"""OpenID Connect RP-Initiated Logout 1.0: what a request to sign out asks for, and where the browser may go afterwards.

Only a hint that proves to be our ID token of a client leads anywhere: to a URI that this client registered, character by character.
Everything else is a question to the person, and ends on a page of this server.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from oauth_server import clock, seal, uris
from oauth_server.claims import subject
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.tokens import id_token

PURPOSE = "logout_request"
# From the request to the last page
LIFETIME = timedelta(hours=1)
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """`client_id` and `sub` are those of a proven hint, else empty. `to`: where the browser goes afterwards; empty: nowhere.

    `fault`: why the app does not get what it asked for; for the log.
    """

    client_id: str = ""
    sub: str = ""
    to: str = ""
    state: str = ""
    ui_locales: str = ""
    fault: str = ""

    @property
    def location(self) -> str:
        """§3: the registered URI as it is, and the state as it came, and nothing else."""
        if not self.state:
            return self.to
        return f"{self.to}{'&' if '?' in self.to else '?'}{urlencode({'state': self.state})}"

    def is_about(self, user: Any, issuer: Issuer) -> bool:
        """Whether the hint is the ID token of this very person: nobody else can sign them out unasked."""
        client = self.client(issuer) if self.sub else None
        return client is not None and subject.of_person(user, client) == self.sub

    def client(self, issuer: Issuer) -> Client | None:
        return _client(self.client_id, issuer)


def read(parameters: Parameters, issuer: Issuer) -> LogoutRequest:
    """§2: the parameters, judged. Nothing that is wrong with them is an error: the person still wants to sign out."""
    locales = parameters.get("ui_locales")[:200]
    hint, named = parameters.get("id_token_hint"), parameters.get("client_id")
    to, state = parameters.get("post_logout_redirect_uri"), parameters.get("state")
    if not hint:
        return LogoutRequest(ui_locales=locales, fault="no id_token_hint" if to else "")
    claims = id_token.read(hint, issuer)
    client = _client(_audience(claims), issuer) if claims else None
    if claims is None or client is None:
        return LogoutRequest(ui_locales=locales, fault="id_token_hint is not ours, or its client is gone")
    # §2: a client_id beside the hint must be the one that the ID token was made for
    if named and named != client.client_id:
        return LogoutRequest(ui_locales=locales, fault="client_id is not the one of id_token_hint")
    fault = _fault(to, state, client)
    if fault:
        return LogoutRequest(client_id=client.client_id, ui_locales=locales, fault=fault)
    return LogoutRequest(client.client_id, str(claims["sub"]), to, state if to else "", locales)


def _audience(claims: Any) -> str:
    """The client that the ID token was given to; among several audiences azp names it."""
    audience = claims.get("aud")
    return audience if isinstance(audience, str) else str(claims.get("azp", ""))


def _fault(to: str, state: str, client: Client) -> str:
    if len(state.encode()) > _LONGEST:
        return "state is too long"
    # §3.1: an exact match; no port of a loopback address is as good as another one here
    if to and (to not in client.post_logout_redirect_uris.split() or uris.problem(to, public=True)):
        return "post_logout_redirect_uri is not registered"
    return ""


def _client(client_id: str, issuer: Issuer) -> Client | None:
    return Client.objects.select_related("issuer").filter(client_id=client_id, issuer=issuer, enabled=True).first()


# On its way through the pages: sealed, because a state or the name of a client is nobody else's business


def sealed(asked: LogoutRequest, issuer: Issuer) -> str:
    until = int((clock.now() + LIFETIME).timestamp())
    value = {**asdict(asked), "issuer": str(issuer.pk), "until": until}
    return seal.seal(PURPOSE, json.dumps(value).encode())


def unsealed(value: str, issuer: Issuer) -> LogoutRequest | None:
    """The request, judged anew where things may have changed; None for what is not ours, or too old."""
    try:
        members = json.loads(seal.unseal(PURPOSE, value))
    except (seal.Unreadable, ValueError):
        return None
    if members.pop("issuer") != str(issuer.pk) or members.pop("until") < clock.timestamp():
        return None
    asked = LogoutRequest(**members)
    client = asked.client(issuer) if asked.client_id else None
    if asked.client_id and (client is None or _fault(asked.to, asked.state, client)):
        return LogoutRequest(ui_locales=asked.ui_locales, fault="the client has changed meanwhile")
    return asked
