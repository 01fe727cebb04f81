"""RFC 6750 §2.1 the access token of a management API: whose it is, and that it is meant for this issuer."""

from oauth_server import audit
from oauth_server.endpoints.base import record_refusal
from oauth_server.errors import InsufficientScope, InvalidToken
from oauth_server.models import Client, Issuer
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens import lookup
from oauth_server.tokens.lookup import Found

READ, WRITE, SECRETS, KEYS, LOGIN = "manage:read", "manage:write", "manage:secrets", "manage:keys", "manage:login"
AUDIT = "manage:audit"
SCOPES = (READ, WRITE, SECRETS, KEYS, LOGIN, AUDIT)


def bearer(request: ProtocolRequest) -> str:
    """What `Authorization: Bearer` carries; empty where there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def holder(value: str, issuer: Issuer) -> Found | None:
    """A machine, by a live token of this issuer that is meant for the issuer itself."""
    found = lookup.access_token(value) if value else None
    # a person's token manages nothing: what people may do is a matter of their roles
    if found is None or not found.active or found.issuer.pk != issuer.pk or found.authorization.user_id is not None:
        return None
    # RFC 9449 §7.1, RFC 8705 §3: one that is bound to a key is worth nothing without it
    if found.cnf is not None:
        return None
    return found if issuer.identifier in found.audiences else None


def note_bad(request: ProtocolRequest, issuer: Issuer) -> None:
    error = InvalidToken(reason="no admin token, or one that is not good")
    record_refusal(error, issuer=issuer, target=request.path, address=request.address)


def note_forbidden(issuer: Issuer, client: Client | None, path: str, why: str) -> None:
    """By the door, not by the act: what an act records, its refusal undoes."""
    error = InsufficientScope(reason=why)
    record_refusal(error, issuer=issuer, target=path, address=audit.current().address, client=client)
