"""RFC 6749 §4.4 client credentials: the client acts for itself. No person, no refresh token, no ID token."""

from datetime import datetime, timedelta
from typing import NoReturn

from django.db import transaction

from oauth_server.claims import subject
from oauth_server.copies import Stale
from oauth_server.errors import UnauthorizedClient
from oauth_server.grants.base import Grant, Subject, TokenRequest
from oauth_server.models import Authorization, Client, not_before
from oauth_server.policy import audiences, details, scopes

# The standing family has no end of its own: it ends by revocation
_STANDING = timedelta(days=36_500)


class ClientCredentials(Grant):
    grant_type = "client_credentials"
    parameters = frozenset({"scope", "resource", "audience", "authorization_details"})
    transactional = False

    def validate(self, request: TokenRequest) -> Subject:
        client, asked = request.client, request.parameters
        if client.is_public:
            # RFC 6749 §4.4: confidential clients only
            raise UnauthorizedClient(reason="a public client cannot use client credentials")
        beside = details.read(asked.optional(details.PARAMETER), request.reach)
        default = details.default_scope(beside, client)
        scope = scopes.resolve(asked.optional("scope"), request.reach, default=default, person=False)
        apis = details.audiences(beside, request.reach) if beside else ()
        granted = audiences.grant(asked.all("audience"), asked.all("resource"), scope, request.reach, apis)
        if request.standing is None:
            self._make_standing(client, request.now)
        # The standing family holds the life of the tokens, each token its own scope and audiences
        own = tuple(details.enriched(beside, None)) if beside else ()
        return Subject(request.standing, scope, granted, person=False, details=own)

    def _make_standing(self, client: Client, now: datetime) -> NoReturn:
        """The one family of the client's own tokens; made with the first of them, and again after a revocation."""
        # never older than that revocation, by however little two clocks differ
        known = not_before.limits(client.issuer_id, client.issuer.version)
        times = (now, client.tokens_not_before, client.issuer.tokens_not_before, known.latest())
        created = max(filter(None, times))
        with transaction.atomic():
            family = Authorization.objects.create(
                client=client, sub=subject.of_client(client), created=created, expires_at=now + _STANDING
            )
            # Of two first requests at once one makes the family of both
            if Client.objects.filter(pk=client.pk, version=client.version, standing=None).update(standing=family) == 0:
                family.delete()
        raise Stale
