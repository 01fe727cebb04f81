"""What people agreed to before now is asked for again: after a client, or what a scope means, has changed.

What a client holds already goes on until it expires or is revoked; so do the answers to other clients and scopes.
"""

from django.db import transaction

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.models import Client, Scope

REASON = "fresh consent required"


@transaction.atomic
def of_client(client: Client) -> None:
    before, client.consent_not_before = client.consent_not_before, clock.now()
    client.save(update_fields=["consent_not_before", "updated"])
    audit.record(
        Event.CLIENT_CHANGED,
        issuer=client.issuer,
        client=client,
        target=client.client_id,
        reason=REASON,
        changes={"consent_not_before": [before and before.isoformat(), client.consent_not_before.isoformat()]},
    )


@transaction.atomic
def of_scope(scope: Scope) -> None:
    before, scope.consent_not_before = scope.consent_not_before, clock.now()
    scope.save(update_fields=["consent_not_before"])
    audit.record(
        Event.SCOPE_CHANGED,
        issuer=scope.issuer,
        target=scope.name,
        reason=REASON,
        changes={"consent_not_before": [before and before.isoformat(), scope.consent_not_before.isoformat()]},
    )
