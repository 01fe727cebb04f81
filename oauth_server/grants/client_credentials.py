"""RFC 6749 §4.4 client credentials: the client acts for itself. No person, no refresh token, no ID token."""

from datetime import datetime, timedelta

from oauth_server.claims import subject
from oauth_server.errors import UnauthorizedClient
from oauth_server.grants.base import Grant, Subject, TokenRequest
from oauth_server.models import Authorization, Client
from oauth_server.policy import audiences, scopes
from oauth_server.policy.reach import reach

# The standing family has no end of its own: it ends by revocation
_STANDING = timedelta(days=36_500)


class ClientCredentials(Grant):
    grant_type = "client_credentials"
    parameters = frozenset({"scope", "resource", "audience"})

    def validate(self, request: TokenRequest) -> Subject:
        if request.client.is_public:
            # RFC 6749 §4.4: confidential clients only
            raise UnauthorizedClient(reason="a public client cannot use client credentials")
        within = reach(request.client)
        asked = request.parameters
        scope = scopes.resolve(asked.optional("scope"), within, default=request.client.default_scopes, person=False)
        granted = audiences.grant(asked.all("audience"), asked.all("resource"), scope, within)
        # The standing family holds the life of the tokens, each token its own scope and audiences
        return Subject(self._standing(request), scope, granted, person=False)

    def _standing(self, request: TokenRequest) -> Authorization:
        """The one family of the client's own tokens; made with the first of them, and again after a revocation."""
        client = request.client
        family = (
            Authorization.objects.filter(pk=client.standing_id, revoked_at=None).first() if client.standing_id else None
        )
        return family or self._make_standing(client, request.now)

    def _make_standing(self, client: Client, now: datetime) -> Authorization:
        family = Authorization.objects.create(
            client=client, sub=subject.of_client(client), created=now, expires_at=now + _STANDING
        )
        # Of two first requests at once one makes the family of both
        if Client.objects.filter(pk=client.pk, standing=client.standing_id).update(standing=family) == 1:
            return family
        family.delete()
        return Authorization.objects.get(standing_of=client.pk)
