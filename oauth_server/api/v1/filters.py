"""What the lists of the management API are filtered by: exact values, and a search in a few columns."""

from datetime import UTC
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django_filters.fields import IsoDateTimeField

from oauth_server.deeds import revocation


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        try:
            return found and found.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class Moment(django_filters.IsoDateTimeFilter):
    """RFC 3339, of the times that a database knows."""

    field_class = _MomentField


class YesNo(django_filters.TypedChoiceFilter):
    """`true` or `false`, and nothing that would count as neither."""

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda value: value == "true", empty_value=None, **options)


class Filters(django_filters.FilterSet):
    """`searched`: the columns in which `search` looks for a part."""

    searched: tuple[str, ...] = ()

    def containing(self, rows: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        wanted = Q(pk__in=[])
        for column in self.searched:
            wanted |= Q(**{f"{column}__icontains": value})
        return rows.filter(wanted)

    def of_person(self, rows: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """By sign-in name, or by key."""
        found = revocation.person(value)
        return rows.filter(user=found.pk) if found is not None else rows.none()


class WritingFilters(django_filters.FilterSet):
    """Beside the members of a client that is made or changed."""

    provide = django_filters.ChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        label="true: make a plain row for each scope and API that has none.",
    )
