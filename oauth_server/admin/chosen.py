"""The boxes that complete what is typed: what a forged form chose in them and no row can have is refused, where Django's own break."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.forms import ModelMultipleChoiceField

if TYPE_CHECKING:
    _Field = ModelMultipleChoiceField[Any]
else:
    _Field = ModelMultipleChoiceField


def is_key(model: Any, value: Any) -> bool:
    """Whether a row could have it: of the right kind, and no larger than the column."""
    try:
        model._meta.pk.clean(value, None)
    except ValidationError:
        return False
    return True


class One(AutocompleteSelect):
    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, _keys(self.field, value), attr)


class Several(AutocompleteSelectMultiple):
    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, _keys(self.field, value), attr)


def _keys(field: Any, values: Iterable[Any]) -> list[Any]:
    return [one for one in values if not one or is_key(field.remote_field.model, one)]


class SeveralField(_Field):
    def clean(self, value: Any) -> Any:
        rows: Any = self.queryset
        value = self.prepare_value(value)  # of a field that is fixed these are rows
        for one in value or ():
            if not is_key(rows.model, one):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": one})
        return super().clean(value)
