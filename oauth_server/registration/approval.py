"""RFC 7591 §5: clients that register themselves wait for an operator, where the setting says so; and how many there may be."""

from oauth_server import limits
from oauth_server.conf import settings
from oauth_server.models import Client, Issuer
from oauth_server.registration import likeness, metadata


def require_room(issuer: Issuer) -> None:
    """Nobody fills the table. Raises `limits.TooManyAttempts`."""
    most = settings.REGISTERED_CLIENTS
    rows = Client.objects.filter(issuer=issuer, registration_source=Client.RegistrationSource.DCR, verified=False)
    if most and rows.values("pk")[:most].count() >= most:
        raise limits.TooManyAttempts(settings.LIMIT_WINDOW)


def settle(client: Client, *, vouched: bool) -> None:
    """A new registration. `vouched`: an initial access token allowed it. One that is like an approved one was looked at before."""
    client.likeness = likeness.of(metadata.describe(client))
    if settings.REGISTRATION_APPROVAL and not vouched and not _was_approved(client):
        client.awaits_approval, client.enabled = True, False
    client.save(update_fields=["likeness", "awaits_approval", "enabled"])


def settle_again(client: Client, before: str) -> None:
    """A replaced registration: what an operator approved is not what is there any more. `before`: its likeness then."""
    client.likeness = likeness.of(metadata.describe(client))
    client.save(update_fields=["likeness"])
    if not settings.REGISTRATION_APPROVAL or client.likeness == before or _was_approved(client):
        return
    if client.enabled:
        metadata.switch(client, False)
    client.awaits_approval = True
    client.save(update_fields=["awaits_approval"])


def _was_approved(client: Client) -> bool:
    alike = Client.objects.filter(issuer=client.issuer, likeness=client.likeness, enabled=True)
    return alike.exclude(pk=client.pk).exists()
