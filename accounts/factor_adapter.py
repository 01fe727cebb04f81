"""What django-allauth's `mfa` asks of its project: encryption at rest, the domain of passkeys, how things are called.

W3C Web Authentication Level 3 §5.1.2 RP ID: the domain of the issuer, whatever the Host header says.
"""

from collections.abc import Iterator
from typing import Any

from allauth.account.utils import user_email
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from oauth_server import seal, uris
from oauth_server.conf import settings
from oauth_server.tokens.storage_keys import Sealed

from . import devices, factors

PURPOSE = "second_factor"


def rp_id() -> str:
    return settings.WEBAUTHN_RP_ID or uris.split(settings.ISSUER).hostname or ""


def site_name() -> str:
    return settings.SITE_NAME or uris.split(settings.ISSUER).netloc


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": gettext_lazy(
            "You must have a second factor here. Add another one first, then you can remove this one."
        ),
        "incorrect_code": gettext_lazy("That did not work. Try again."),
        "unverified_email": gettext_lazy("Confirm your email address first."),
    }

    def encrypt(self, text: str) -> str:
        """A copy of the database alone shows neither the secret of an authenticator app nor a recovery code."""
        return seal.seal(PURPOSE, text.encode())

    def decrypt(self, encrypted_text: str) -> str:
        return seal.unseal(PURPOSE, encrypted_text).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (factors.must_have(authenticator.user) and factors.is_last(authenticator))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": rp_id(), "name": site_name()}

    def get_totp_issuer(self) -> str:
        return site_name()

    def get_totp_label(self, user: Any) -> str:
        return str(user_email(user) or user)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """The browser and system that a passkey is made with, as far as they say so; people can rename it."""
        named = devices.browser(self.request.headers.get("user-agent", ""))
        return named if named != devices.browser("") else gettext("Passkey")


class SealedFactor(Sealed):
    """The secret within the engine's JSON column; for `oauth rotate storage-keys`."""

    __slots__ = ()

    def rows(self) -> Iterator[tuple[Any, str]]:
        found = Authenticator.objects.filter(data__has_key=self.column).order_by("pk")
        return ((row.pk, row.data[self.column]) for row in found.iterator(chunk_size=1_000))

    @transaction.atomic
    def replace(self, pk: Any, sealed: str, again: str) -> int:
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if row is None or row.data.get(self.column) != sealed:
            return 0
        row.data[self.column] = again
        row.save(update_fields=["data"])
        return 1
