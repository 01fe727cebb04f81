"""An access token of the management API: of a machine client that exists for nothing else, with manage: scopes and an end.

That client has no secret, so nobody gets further tokens in its name; switching it off, or deleting it, ends all of them.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from oauth_server import audit, clock, copies
from oauth_server.audit import Event
from oauth_server.claims import subject
from oauth_server.models import Audience, Authorization, Client, Issuer, Scope
from oauth_server.policy.audiences import Target
from oauth_server.tokens.issue import Decision, IssuedTokens, issue

SCOPES = {
    "manage:read": "See clients, keys, tokens and sessions",
    "manage:write": "Make and change clients, end tokens and sessions",
    "manage:secrets": "Set what clients prove themselves by",
    "manage:keys": "Make, import and delete signing keys",
    "manage:login": "Say who signs in and what they agree to",
    "manage:audit": "Read and export the audit log",
}
_STANDING = timedelta(days=36_500)


def make(issuer: Issuer, scopes: Collection[str], seconds: int, name: str = "") -> IssuedTokens:
    """A new token; its value exists in this answer alone. Raises `ValueError` for an unknown scope."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise ValueError(f"Known: {', '.join(SCOPES)}.")
    with transaction.atomic(), copies.fresh():
        client = _client(issuer)
        client.scopes.set(_rows(issuer))
        now = clock.now()
        # a family of its own, so that one token can be ended alone
        family = Authorization.objects.create(
            client=client,
            sub=subject.of_client(client),
            scope=" ".join(scopes),
            audiences=[issuer.identifier],
            created=max(filter(None, (now, client.tokens_not_before, issuer.tokens_not_before))),
            expires_at=now + min(timedelta(seconds=seconds), _STANDING),
        )
        # what the statement below proves
        client = Client.objects.select_related("issuer").get(pk=client.pk)
        made = issue(
            Decision(
                issuer=client.issuer,
                client=client,
                authorization=family,
                scope=tuple(scopes),
                target=Target((issuer.identifier,), Audience.TokenFormat.OPAQUE, Audience.Algorithm.ES256, seconds),
                now=now,
                grant_type="client_credentials",
            )
        )
        audit.record(
            Event.ADMIN_TOKEN_CREATED,
            issuer=issuer,
            client=client,
            target=family.pk,
            reason=name,
            changes={"scope": [None, " ".join(scopes)], "seconds": [None, seconds]},
        )
    return made


def _client(issuer: Issuer) -> Client:
    """Its ID is the issuer's: one client for each, found again whatever its name has become."""
    found, _ = Client.objects.select_related("issuer").get_or_create(
        issuer=issuer,
        client_id=f"admin-tokens.{issuer.pk}",
        defaults={
            "name": "Tokens of operators",
            "grant_types": ["client_credentials"],
            "response_types": [],
            "require_pkce": True,
        },
    )
    return found


def _rows(issuer: Issuer) -> list[Scope]:
    """The scopes are made when they are first needed, so that no client has them by chance."""
    return [
        Scope.objects.get_or_create(issuer=issuer, name=name, defaults={"title": title, "sensitive": True})[0]
        for name, title in SCOPES.items()
    ]
