"""What is done to clients from their list, and from the page of one: each asks first."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server.admin import stops
from oauth_server.admin.deeds import ReasonForm, Refused, deed
from oauth_server.deeds import client, fresh_consent
from oauth_server.registration import metadata
from oauth_server.tokens import revoke


class ClientDeeds:
    """For the admin of clients, which names them in `actions`."""

    is_within: Callable[[HttpRequest, Any], bool]

    def require_within(self, request: HttpRequest, rows: list[Any]) -> None:
        """Raises `Refused`."""
        for row in rows:
            if not self.is_within(request, row):
                told = _("%(client)s manages this server by rights that you do not have. Nothing is done.")
                raise Refused(told % {"client": row})

    @deed(
        gettext_lazy("Enable"),
        permission="change",
        question=gettext_lazy("Turn these clients on? Old tokens stay dead."),
    )
    def enable(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        self.require_within(request, rows)
        for row in rows:
            metadata.switch(row, True)
        return ngettext("%d client is on.", "%d clients are on.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Disable"),
        permission="change",
        question=gettext_lazy("Turn these clients off, and end for good all that they hold?"),
        form=ReasonForm,
        preview=stops.lines,
    )
    def disable(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        self.require_within(request, rows)
        for row in rows:
            metadata.switch(row, False)
        return ngettext("%d client is off.", "%d clients are off.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Retire"),
        permission="delete",
        question=gettext_lazy(
            "Turn these clients off for good? All that they hold ends, and their secrets are deleted. They stay listed, for the "
            "record."
        ),
        form=ReasonForm,
        preview=stops.lines,
    )
    def retire(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        self.require_within(request, rows)
        for row in rows:
            client.retire(row)
        return ngettext("%d client is retired.", "%d clients are retired.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Revoke all tokens"),
        permission="change",
        question=gettext_lazy("End every token, code and authorization that these clients hold?"),
        form=ReasonForm,
        preview=stops.lines,
    )
    def revoke_tokens(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        self.require_within(request, rows)
        for row in rows:
            revoke.client(row, "by staff")
        return ngettext(
            "All tokens of %d client are revoked.", "All tokens of %d clients are revoked.", len(rows)
        ) % len(rows)

    @deed(
        gettext_lazy("Ask people for consent again"),
        permission="change",
        question=gettext_lazy(
            "Ask everybody again at the next request of these clients? What they hold goes on; “Revoke all tokens” ends it."
        ),
    )
    def ask_again(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        self.require_within(request, rows)
        for row in rows:
            fresh_consent.of_client(row)
        return ngettext(
            "People are asked again for %d client.", "People are asked again for %d clients.", len(rows)
        ) % len(rows)
