"""OpenID Connect Core 1.0 §3.1, RFC 9700 §2.1, RFC 9207: the sample consumer, a relying party as one should be.

It sends state, nonce and an S256 challenge, and checks state, `iss`, nonce and the ID token before it believes anything.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from oauth_server import fetch
from oauth_server.cli import remote
from oauth_server.cli.options import Refused
from oauth_server.keys import jose

_MOST_ATTEMPTS = 20
_SKEW = 10


class Ignored(Exception):
    """A response that belongs to no request of this app: whoever sent it, it ends nothing."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The server's metadata (RFC 8414 §2), as far as it is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    pushed_authorization_request_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One authorization request that is under way."""

    nonce: str
    verifier: str
    began: float


@dataclass(slots=True)
class Consumer:
    """`request`: the parameters that the flags ask for. `tokens`: the last answer of the token endpoint."""

    provider: Provider
    caller: remote.Caller
    redirect_uri: str
    request: Mapping[str, str]
    forced_state: str | None = None
    pkce: bool = True
    par: bool = False
    attempts: dict[str, Attempt] = field(default_factory=dict)
    answered: tuple[str, str] = ("", "")
    tokens: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)

    def start(self) -> str:
        """The URL of a new authorization request."""
        state = self.forced_state or secrets.token_urlsafe(32)
        attempt = Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(64), time.time())
        self.attempts[state] = attempt
        while len(self.attempts) > _MOST_ATTEMPTS:
            del self.attempts[next(iter(self.attempts))]
        parameters = {
            "response_type": "code",
            "client_id": self.caller.client_id,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "nonce": attempt.nonce,
            **self.request,
        }
        if self.pkce:
            # RFC 7636 §4.2
            challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=")
            parameters |= {"code_challenge": challenge.decode(), "code_challenge_method": "S256"}
        if self.par:
            # RFC 9126 §4
            if not self.provider.pushed_authorization_request_endpoint:
                raise Refused("This server has no endpoint for pushed requests.")
            pushed = remote.post(self.provider.pushed_authorization_request_endpoint, parameters, self.caller)
            parameters = {"client_id": self.caller.client_id, "request_uri": str(pushed.get("request_uri", ""))}
        joint = "&" if "?" in self.provider.authorization_endpoint else "?"
        return f"{self.provider.authorization_endpoint}{joint}{urlencode(parameters)}"

    def receive(self, response: Mapping[str, str]) -> bool:
        """Take an authorization response. False when it was taken before. Raises `Ignored`, `Refused`."""
        state, code = response.get("state", ""), response.get("code", "")
        if code and (state, code) == self.answered:
            return False
        attempt = self._attempt(state)
        # RFC 9207 §2.4
        if response.get("iss") != self.provider.issuer:
            raise Ignored("The response names another issuer: mix-up.")
        del self.attempts[state]
        if "error" in response:
            text = f"{response['error']}: {response.get('error_description', '')}".rstrip(": ")
            raise Refused("".join(char if char.isprintable() else "?" for char in text))
        if not code:
            raise Refused("The response has neither a code nor an error.")
        self.answered = (state, code)
        self._redeem(code, attempt)
        return True

    def _attempt(self, state: str) -> Attempt:
        for known, attempt in self.attempts.items():
            if hmac.compare_digest(known.encode(), state.encode()):
                return attempt
        raise Ignored("The state is not that of a request of this app.")

    def _redeem(self, code: str, attempt: Attempt) -> None:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        if self.pkce:
            fields["code_verifier"] = attempt.verifier
        answer = remote.post(self.provider.token_endpoint, fields, self.caller)
        if "id_token" in answer:
            self.claims = self._verified(str(answer["id_token"]), str(answer.get("access_token", "")))
            if not hmac.compare_digest(str(self.claims.get("nonce", "")), attempt.nonce):
                raise Refused("The nonce of the ID token is not the one that was sent.")
        self.tokens = answer

    def _verified(self, id_token: str, access_token: str) -> dict[str, Any]:
        """OpenID Connect Core 1.0 §3.1.3.7, §3.1.3.8."""
        try:
            answer = fetch.get(self.provider.jwks_uri)
            keys = [key for key in answer.json().get("keys", []) if {"kid", "alg", "kty"} <= set(key)]
            signed = jose.verify(id_token, keys, typ="JWT", issuer=self.provider.issuer)
        except (fetch.Unreachable, jose.InvalidJWT) as error:
            raise Refused(f"The ID token cannot be verified: {error}") from error
        claims = dict(signed.claims)
        aud = claims.get("aud")
        if self.caller.client_id not in (aud if isinstance(aud, list) else [aud]):
            raise Refused("The ID token is for another client.")
        if not isinstance(claims.get("exp"), int) or claims["exp"] + _SKEW < time.time():
            raise Refused("The ID token has expired.")
        at_hash = claims.get("at_hash")
        if at_hash is not None and at_hash != jose.left_half(access_token, str(signed.header["alg"])):
            raise Refused("The ID token belongs to another access token.")
        return claims

    def refresh(self) -> None:
        """RFC 6749 §6: new tokens for the refresh token. Raises `Refused`."""
        fields = {"grant_type": "refresh_token", "refresh_token": str(self.tokens.get("refresh_token", ""))}
        answer = remote.post(self.provider.token_endpoint, fields, self.caller)
        if "id_token" in answer:
            claims = self._verified(str(answer["id_token"]), str(answer.get("access_token", "")))
            # OpenID Connect Core 1.0 §12.2: the same person as before
            if self.claims and claims.get("sub") != self.claims.get("sub"):
                raise Refused("The new ID token names another person.")
            self.claims = claims
        self.tokens = {**self.tokens, **answer}

    def revoke(self) -> None:
        """RFC 7009 §2.1: end the refresh token and all that came with it, or the access token alone. Raises `Refused`."""
        token = str(self.tokens.get("refresh_token") or self.tokens.get("access_token", ""))
        remote.post(self.provider.revocation_endpoint, {"token": token}, self.caller)
        self.tokens, self.claims = {}, {}
