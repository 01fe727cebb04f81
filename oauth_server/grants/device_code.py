"""RFC 8628 §3.4 device access token request, §3.5 its answers: pending, slower, denied, expired, or the tokens, once."""

from dataclasses import replace

from oauth_server import digest
from oauth_server.authorization import pkce
from oauth_server.copies import Stale
from oauth_server.digest import Kind
from oauth_server.errors import AccessDenied, AuthorizationPending, ExpiredToken, InvalidGrant, SlowDown
from oauth_server.grants.base import (
    Grant,
    Subject,
    TokenRequest,
    asked_targets,
    narrowed_details,
    require_live,
    wants_refresh_token,
)
from oauth_server.models import DeviceRequest
from oauth_server.policy import audiences
from oauth_server.tokens import device, opaque, store


class DeviceCode(Grant):
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    parameters = frozenset({"device_code", "code_verifier", "resource", "audience", "authorization_details"})

    def prepare(self, request: TokenRequest) -> TokenRequest:
        """Most polls end here: what is not approved needs no transaction."""
        value = request.parameters.require("device_code")
        if not opaque.is_well_formed(opaque.DEVICE_CODE, value):
            raise InvalidGrant(reason="not a device code of this server")
        found = device.find(digest.candidates(Kind.DEVICE_CODE, value), request.client)
        if found is None:
            raise InvalidGrant(reason="unknown device code, or another client's")
        if found.expires <= request.now:
            raise ExpiredToken
        if found.status == device.DENIED:
            raise AccessDenied(reason="the person denied")
        if found.status != device.AUTHORIZED:
            self._pending(found, request)
        self._check_verifier(found, request)
        return replace(request, prepared=found)

    def _pending(self, found: DeviceRequest, request: TokenRequest) -> None:
        if device.poll(found, request.now):
            raise SlowDown
        raise AuthorizationPending

    def _check_verifier(self, found: DeviceRequest, request: TokenRequest) -> None:
        """RFC 7636 §4.6, for a device that sent a challenge; RFC 9700 §4.8.2: a verifier without a challenge is a downgrade."""
        challenge, verifier = found.request.get("code_challenge", [""])[0], request.parameters.get("code_verifier")
        if challenge and not pkce.matches(verifier, challenge):
            raise InvalidGrant(reason="wrong code_verifier")
        if verifier and not challenge:
            raise InvalidGrant(reason="code_verifier without code_challenge")

    def validate(self, request: TokenRequest) -> Subject:
        found: DeviceRequest = request.prepared
        family = device.use(found, request.client, request.now)
        if family is None and not store.is_true_still(request.client):
            raise Stale
        if family is None:
            raise InvalidGrant(reason="used device code")
        row = require_live(family, request)
        scope = tuple(row.scope.split())
        return Subject(
            authorization=row,
            scope=scope,
            audiences=audiences.narrow(asked_targets(request), row.audiences),
            refresh_token=wants_refresh_token(request.client, scope),
            nonce=found.request.get("nonce", [""])[0],
            details=narrowed_details(request, row),
        )
