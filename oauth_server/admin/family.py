"""What the lists of authorizations and tokens share: found by client, person or authorization; revoked, never deleted."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.models import Authorization, Client
from oauth_server.policy import roles
from oauth_server.tokens import lookup

TOKEN_PREFIXES = ("oas_", "eyJ")


class FamilyAdmin(ReadOnlyAdmin):
    """`client_column`: the name of the foreign key to the client."""

    client_column = "application"
    search_fields = ("pk",)
    search_help_text = gettext_lazy(
        "A client ID, a person's sign-in name or ID, or the ID of an authorization. A token does not belong in an address: look it up."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith(TOKEN_PREFIXES):
            self.message_user(
                request, _("This looks like a token. It stays in the browser's history now."), messages.ERROR
            )
            return queryset.none(), False
        return queryset.filter(self._meant(term)), False

    def _meant(self, term: str) -> Q:
        """By the keys of what the term names, so that no join is searched."""
        found = Q(pk__in=[])
        client = Client.objects.filter(client_id=term).values_list("pk", flat=True).first()
        if client is not None:
            found |= Q(**{f"{self.client_column}_id": client})
        for person in people(term):
            found |= Q(user_id=person)
        authorization = _uuid(term)
        if authorization is not None:
            found |= Q(**{"pk" if self.client_column == "client" else "authorization_id": authorization})
        return found

    @admin.display(description=gettext_lazy("audiences"))
    def apis(self, row: Any) -> str:
        named = row.audiences if isinstance(row, Authorization) else row.resource
        return ", ".join(named) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("authorization details"))
    def asked(self, row: Any) -> str:
        return pretty(row.details) if row.details else self.get_empty_value_display()

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Any) -> str:
        """The words of the log, or that it may be used."""
        return lookup.why(row) or _("active")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        tools = [(reverse("admin:oauth_server_token"), _("Look up a token"))]
        if roles.may(request.user, roles.REVOKE_TOKENS):
            tools.append((reverse("admin:oauth_server_revoke"), _("Revoke…")))
        return super().changelist_view(request, {"tools": tools, **(extra_context or {})})


def people(term: str) -> list[Any]:
    """The keys of the people of this sign-in name or key."""
    users = get_user_model()
    key = users._meta.pk
    wanted = Q(**{users.USERNAME_FIELD: term})
    with suppress(ValidationError):
        wanted |= Q(pk=key.to_python(term))
    return list(users._default_manager.filter(wanted).values_list("pk", flat=True)[:5])


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
