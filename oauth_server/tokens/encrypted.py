"""OpenID Connect Core 1.0 §10.2 encryption of what a client gets, by a key of its own; never in the clear where it registered this."""

from oauth_server.errors import InvalidRequest, TemporarilyUnavailable
from oauth_server.fetch import Unreachable
from oauth_server.keys import jwe, remote
from oauth_server.models import Client


def for_client(payload: str, client: Client, alg: str, enc: str, *, cty: str = "") -> str:
    """The payload as it is where the client registered no `alg`. Raises `InvalidRequest`, `TemporarilyUnavailable`."""
    if not alg:
        return payload
    try:
        return jwe.encrypt(payload, remote.keys_of(client), alg=alg, enc=enc, cty=cty)
    except Unreachable as error:
        raise TemporarilyUnavailable(reason=f"jwks_uri of the client: {error}") from None
    except jwe.NoUsableKey as error:
        raise InvalidRequest(
            "The client has no key that fits the encryption it registered.", reason=f"encryption: {error}"
        ) from None


def prepare(client: Client) -> None:
    """Fetch the client's keys before a transaction begins: nobody waits for somebody else's web server with a lock in hand."""
    if client.id_token_encrypted_response_alg:
        try:
            remote.keys_of(client)
        except Unreachable as error:
            raise TemporarilyUnavailable(reason=f"jwks_uri of the client: {error}") from None
