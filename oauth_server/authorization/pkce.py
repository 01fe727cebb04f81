"""RFC 7636 Proof Key for Code Exchange. §4.2, §4.3 (challenge in the request), §4.6 (verification). S256 only."""

import base64
import hashlib
import hmac
import re

from oauth_server.errors import InvalidRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters

METHOD = "S256"
# base64url of 32 bytes without padding
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def challenge(parameters: Parameters, client: Client) -> str:
    """The code challenge of an authorization request; empty for a confidential client that is freed of it. Raises `InvalidRequest`."""
    value, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if not value:
        if method:
            raise InvalidRequest("code_challenge_method without code_challenge.")
        if client.require_pkce or client.is_public:
            raise InvalidRequest("code_challenge is missing: PKCE (RFC 7636) is required.")
        return ""
    if method != METHOD:
        # §4.3: an absent method means plain, which RFC 9700 §2.1.1 forbids
        raise InvalidRequest("code_challenge_method must be S256.")
    if not _CHALLENGE.fullmatch(value):
        raise InvalidRequest("code_challenge must be the base64url form of a SHA-256 hash: 43 characters.")
    return value


def matches(verifier: str, stored: str) -> bool:
    """§4.6: whether the verifier belongs to the challenge; in constant time."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    raw = hashlib.sha256(verifier.encode("ascii")).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), stored)
