"""The picture of a client: what an operator uploads is made anew (`registration/png.py`) and shown from this server's own origin."""

import hashlib

from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.models import Client, ClientLogo
from oauth_server.registration import png


@transaction.atomic
def put(client: Client, data: bytes) -> None:
    """Raises `png.NoPicture`."""
    image = png.rebuilt(data)
    digest = hashlib.sha256(image).hexdigest()
    ClientLogo.objects.update_or_create(client=client, defaults={"digest": digest, "image": image})
    _note(client, digest)


@transaction.atomic
def remove(client: Client) -> None:
    ClientLogo.objects.filter(client=client).delete()
    _note(client, "")


def _note(client: Client, digest: str) -> None:
    before, client.logo = client.logo, digest
    client.save(update_fields=["logo", "updated"])
    if before != digest:
        audit.record(
            Event.CLIENT_CHANGED,
            issuer=client.issuer,
            client=client,
            target=client.client_id,
            changes={"logo": [before, digest]},
        )
