"""A grant: a token for something that the server has no word for."""

from datetime import timedelta
from typing import ClassVar

from oauth_server.claims import subject
from oauth_server.errors import InvalidGrant
from oauth_server.grants.base import Grant, Subject, TokenRequest, asked_targets
from oauth_server.models import Authorization
from oauth_server.policy import audiences, scopes


class Barter(Grant):
    grant_type: ClassVar[str] = "urn:example:barter"
    parameters: ClassVar[frozenset[str]] = frozenset({"offer", "scope", "resource", "audience"})

    def validate(self, request: TokenRequest) -> Subject:
        asked = request.parameters
        if asked.require("offer") != "gold":
            raise InvalidGrant(reason="nothing else is worth a token")
        scope = scopes.resolve(
            asked.optional("scope"), request.reach, default=request.client.default_scopes, person=False
        )
        granted = audiences.grant((), asked_targets(request), scope, request.reach)
        family = Authorization.objects.create(
            client=request.client,
            sub=subject.of_client(request.client),
            scope=scopes.join(scope),
            audiences=list(granted),
            created=request.now,
            expires_at=request.now + timedelta(hours=1),
        )
        return Subject(family, scope, granted, person=False)
