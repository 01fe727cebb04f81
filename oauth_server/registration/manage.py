"""RFC 7592 client configuration: a client that registered itself reads, replaces and deletes its registration.

Every replacement brings a new registration access token; the one before is dead from then on (§2.2, §5).
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from oauth_server import audit, clock, digest
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.digest import Kind
from oauth_server.errors import InvalidClientMetadata, InvalidRequest, InvalidToken
from oauth_server.models import Client, ClientLogo, Issuer
from oauth_server.registration import approval, metadata, register
from oauth_server.registration.register import Registered
from oauth_server.tokens import opaque

# One that an operator switched off is not; one that waits for the first look is
_ITS_OWN = Q(enabled=True) | Q(awaits_approval=True)
# §2.2: a client must not send these back
_OURS = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")


def find(issuer: Issuer, client_id: str, token: str) -> Client:
    """The client whose token this is. The same refusal for a client that does not exist (§2.1). Raises `InvalidToken`."""
    if opaque.is_well_formed(opaque.REGISTRATION_ACCESS_TOKEN, token) and "\x00" not in client_id:
        rows = Client.objects.select_related("issuer").filter(_ITS_OWN, issuer=issuer, client_id=client_id)
        client = rows.first()
        stored = client.registration_access_token if client is not None else ""
        if client is not None and stored and digest.matches(Kind.REGISTRATION_ACCESS_TOKEN, token, stored):
            return client
    raise InvalidToken(reason="the registration access token is unknown, or of another client")


def replace(client: Client, asked: Mapping[str, Any], *, address: str) -> Registered:
    """§2.2: what is not among the new metadata goes back to its default. Raises `OAuthError`."""
    if any(name in asked for name in _OURS):
        raise InvalidRequest("The request holds a member that only the server writes.")
    if asked.get("client_id") != client.client_id:
        raise InvalidClientMetadata("client_id: It must be the one of this registration.")
    given = asked.get("client_secret")
    if given is not None and not (isinstance(given, str) and secret.verify(client, given, address)):
        raise InvalidClientMetadata("client_secret: It must be the present one, or be left out.")
    members = register.wanted(client.issuer, asked, keeps=client)
    before = client.registration_access_token
    with transaction.atomic():
        token = opaque.make(opaque.REGISTRATION_ACCESS_TOKEN, None)
        mine = Client.objects.filter(_ITS_OWN, pk=client.pk, registration_access_token=before)
        # The first statement: of two replacements at once one is done
        if mine.update(registration_access_token=digest.digest(Kind.REGISTRATION_ACCESS_TOKEN, token)) == 0:
            raise InvalidToken(reason="the registration access token was replaced meanwhile")
        fresh = Client.objects.select_related("issuer").get(pk=client.pk)
        likeness = fresh.likeness
        metadata.update(fresh, {**metadata.blank(register.MEMBERS), **members}, verified=True)
        look_again(fresh)
        approval.settle_again(fresh, likeness)
        return Registered(fresh, token, _secret_for(fresh))


def look_again(client: Client) -> None:
    """What the operator verified is not what is there any more: whoever was honest then may be a bank now, under the same picture."""
    if client.verified or client.logo:
        changes: dict[str, list[object]] = {"verified": [client.verified, False], "logo": [client.logo, ""]}
        client.verified, client.logo = False, ""
        client.save(update_fields=["verified", "logo", "updated"])
        ClientLogo.objects.filter(client=client).delete()
        audit.record(
            Event.CLIENT_CHANGED,
            issuer=client.issuer,
            client=client,
            target=client.client_id,
            changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]},
        )


def _secret_for(client: Client) -> str:
    """A new secret where the new method needs one that is not there; shown in this answer alone."""
    if not client.has_secret:
        return ""
    if client.token_endpoint_auth_method == "client_secret_jwt":
        return "" if secret.readable(client, clock.now()) else secret.issue(client)
    return "" if client.secrets.exists() else secret.issue(client)
