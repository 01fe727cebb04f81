"""RFC 9068 §4 an API that verifies JWT access tokens by itself, and RFC 7662 one that asks the server. Neither Django nor settings.

    tokens = Verifier("https://auth.example.com", audience="https://api.example.com/orders")
    token = tokens.verify(request.headers.get("Authorization"), scopes=["orders:read"])

`Introspector` has the same `verify`. Both raise `challenge.Refused`, and may be shared by threads. A token that is bound to a key
is not taken as a bearer token; with its proof, it is taken where `verify` is told of `url` (RFC 9449 §7.1).
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from oauth_server import fetch, uris
from oauth_server.keys import document, jose
from oauth_server.keys.document import Document
from oauth_server.proof import dpop as proofs
from oauth_server.resource_server.challenge import (
    InvalidToken,
    Refused,
    Unavailable,
    credentials,
    require_holder,
    require_scopes,
    require_sign_in,
)

__all__ = ["AccessToken", "Introspector", "Verifier"]

TYP = "at+jwt"
# RFC 9068 §2.2
_STRINGS = ("iss", "sub", "client_id", "jti")
LEEWAY = 30.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A verified token: its claims, or what the server said of it."""

    claims: Mapping[str, Any]

    @property
    def sub(self) -> str:
        return str(self.claims.get("sub", ""))

    @property
    def client_id(self) -> str:
        return str(self.claims.get("client_id", ""))

    @property
    def scope(self) -> str:
        scope = self.claims.get("scope", "")
        return scope if isinstance(scope, str) else ""

    @property
    def audiences(self) -> list[str]:
        aud = self.claims.get("aud", [])
        return [aud] if isinstance(aud, str) else [one for one in aud if isinstance(one, str)]

    @property
    def acr(self) -> str:
        acr = self.claims.get("acr", "")
        return acr if isinstance(acr, str) else ""

    @property
    def auth_time(self) -> float | None:
        return jose.numeric_date(self.claims, "auth_time")

    @property
    def authorization_details(self) -> list[dict[str, Any]]:
        """RFC 9396 §9; `challenge.require_detail` finds the one that a request needs."""
        details = self.claims.get("authorization_details", [])
        return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []

    @property
    def cnf(self) -> Any:
        """RFC 7800 §3.1: the key that the token is bound to."""
        return self.claims.get("cnf")


class _Gate:
    """What both have in common: the header in, the token or a refusal out."""

    def __init__(self, issuer: str, *, audience: str, resource_metadata: str = "") -> None:
        self.issuer = issuer
        self.audience = audience
        self.resource_metadata = resource_metadata
        # RFC 9449 §11.1; several processes put one of their own here, which they share
        self.fresh: proofs.Fresh = proofs.Memory()

    def verify(
        self,
        authorization: str | None,
        *,
        scopes: Collection[str] = (),
        acr_values: Collection[str] = (),
        max_age: int | None = None,
        dpop: str | None = None,
        method: str = "GET",
        url: str = "",
    ) -> AccessToken:
        """The token of an Authorization header that has all these scopes and one of these levels. Raises `challenge.Refused`.

        `url`: the address that was asked for, of an API that also takes tokens with a proof; `dpop`: the header of that name.
        """
        scheme, value = credentials(authorization, ("bearer", "dpop") if url else ("bearer",))
        token = self._claimed(value)
        require_holder(scheme, value, token.cnf, dpop, method=method, url=url, fresh=self.fresh)
        require_scopes(token.scope.split(), scopes)
        require_sign_in(token.acr, token.auth_time, acr_values=acr_values, max_age=max_age, now=time.time())
        return token

    def _claimed(self, value: str) -> AccessToken:
        """The token, whoever sent it. Raises `InvalidToken` or `Unavailable`."""
        raise NotImplementedError

    def challenge(self, refused: Refused) -> str:
        """The value of `WWW-Authenticate`; empty where the refusal has none."""
        return refused.challenge(realm=self.audience, resource_metadata=self.resource_metadata)

    def headers(self, refused: Refused) -> dict[str, str]:
        """Those of an answer with the refusal's status."""
        told = self.challenge(refused)
        return {"WWW-Authenticate": told} if told else {}

    def _require_ours(self, claims: Mapping[str, Any]) -> AccessToken:
        """`aud`, `exp`, `nbf`, `iat`. Raises `InvalidToken`."""
        token = AccessToken(claims)
        if not isinstance(claims.get("aud"), (str, list)) or self.audience not in token.audiences:
            raise InvalidToken("aud: the access token is for another API.")
        try:
            jose.require_times(claims, now=time.time(), longest=float("inf"), ahead=LEEWAY)
            jose.numeric_date(claims, "auth_time")
        except jose.InvalidJWT as error:
            raise InvalidToken(f"The access token is invalid: {error}") from error
        return token


class Verifier(_Gate):
    """Verifies signatures with the published keys of one issuer. It does not see a revocation before a token expires."""

    def __init__(self, issuer: str, *, audience: str, jwks_uri: str = "", resource_metadata: str = "") -> None:
        """Without `jwks_uri` the issuer's metadata (RFC 8414) names it."""
        super().__init__(issuer, audience=audience, resource_metadata=resource_metadata)
        self.jwks_uri = jwks_uri
        self._document = Document()

    def _claimed(self, value: str) -> AccessToken:
        try:
            claims = jose.verify_foreign(value, self._keys(value), typs={TYP}).claims
        except jose.InvalidJWT as error:
            raise InvalidToken(f"The access token is invalid: {error}") from error
        missing = [name for name in _STRINGS if not isinstance(claims.get(name), str)]
        if missing or "iat" not in claims:
            raise InvalidToken(f"The access token is invalid: {(missing or ['iat'])[0]} is missing")
        if claims["iss"] != self.issuer:
            raise InvalidToken("iss: the access token is another issuer's.")
        return self._require_ours(claims)

    def _keys(self, value: str) -> list[dict[str, Any]]:
        kid = jose.unverified_header(value).get("kid", "")
        name = kid if isinstance(kid, str) else ""
        if self._document.is_due(name):
            with self._document.lock:
                # whoever waited finds it done
                if self._document.is_due(name):
                    self._document.ask(self._fetched)
        try:
            return self._document.told()
        except fetch.Unreachable as error:
            raise Unavailable(f"The keys of the issuer cannot be had: {error}") from error

    def _fetched(self) -> list[dict[str, Any]]:
        accepted = {"Accept": "application/jwk-set+json, application/json"}
        return document.keys_in(fetch.get(self.jwks_uri or self._discovered(), accepted))

    def _discovered(self) -> str:
        found = document.object_in(fetch.get(metadata_url(self.issuer), {"Accept": "application/json"}))
        # RFC 8414 §3.3: metadata of another issuer is not used
        if found.get("issuer") != self.issuer:
            raise fetch.Unreachable("the metadata is another issuer's")
        uri = found.get("jwks_uri")
        # RFC 8414 §2: keys that come over plain http could be anybody's
        if not isinstance(uri, str) or uris.split(uri).scheme not in {"https", uris.split(self.issuer).scheme}:
            raise fetch.Unreachable("the metadata names no jwks_uri that is as safe as the issuer")
        return uri


def metadata_url(issuer: str) -> str:
    """RFC 8414 §3.1: the well-known part stands between host and path."""
    where = uris.split(issuer)
    return f"{where.scheme}://{where.netloc}/.well-known/oauth-authorization-server{where.path.rstrip('/')}"


class Introspector(_Gate):
    """Asks the server about each token, of any format: a revocation works with the next request."""

    def __init__(
        self, issuer: str, *, audience: str, endpoint: str, client: tuple[str, str], resource_metadata: str = ""
    ) -> None:
        """`client`: the id and secret of the API's own client, which the audience names as introspector."""
        super().__init__(issuer, audience=audience, resource_metadata=resource_metadata)
        self.endpoint = endpoint
        self._client = client

    def _claimed(self, value: str) -> AccessToken:
        fields = {"token": value, "token_type_hint": "access_token"}
        try:
            told = document.object_in(fetch.post_form(self.endpoint, fields, auth=self._client))
        except fetch.Unreachable as error:
            raise Unavailable(f"The server cannot be asked: {error}") from error
        if told.get("active") is not True:
            raise InvalidToken("The access token is invalid, expired, or revoked.")
        # a refresh token may be active too, and opens nothing
        if told.get("token_use", "access_token") != "access_token":
            raise InvalidToken("The token is no access token.")
        # RFC 9449 §6.2: what is bound says to what
        if str(told.get("token_type", "Bearer")).lower() != ("dpop" if "cnf" in told else "bearer"):
            raise InvalidToken("token_type: the access token is of another kind.")
        if told.get("iss", self.issuer) != self.issuer:
            raise InvalidToken("iss: the access token is another issuer's.")
        return self._require_ours(told)
