"""`manage.py rotate_keys`: OpenID Connect Core 1.0 §10.1.1, for cron; once a day is enough."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.keys import rotation
from oauth_server.models import Issuer
from oauth_server.tokens import jobs


class Command(BaseCommand):
    help = "Rotate signing keys that are due, and take retired ones out of the JWKS once nothing they signed is valid."

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.origin(actor="command:rotate_keys"):
            for issuer in Issuer.objects.order_by("created"):
                self._rotate(issuer)
        jobs.note("rotate_keys")

    @transaction.atomic
    def _rotate(self, issuer: Issuer) -> None:
        made = rotation.provide(issuer)
        rotated = rotation.rotate_due(issuer)
        for event, keys in ((Event.KEY_CREATED, made), (Event.KEY_ROTATED, rotated)):
            for key in keys:
                audit.record(event, issuer=issuer, target=key.kid)
        gone = rotation.retire(issuer)
        for key in rotated:
            self.stdout.write(f"{issuer.identifier}: {key.algorithm} {key.kid} signs now")
        if gone:
            self.stdout.write(f"{issuer.identifier}: {gone} retired keys are gone")
