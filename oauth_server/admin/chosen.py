"""The boxes that complete what is typed: what a forged form chose in them and no row can have is refused, where Django's own break."""

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


class _Possible:
    field: Any

    def optgroups(self, name: str, value: list[str], attr: dict[str, Any] | None = None) -> Any:
        model = self.field.remote_field.model
        return super().optgroups(name, [one for one in value if not one or is_key(model, one)], attr)  # type: ignore[misc]


class One(_Possible, AutocompleteSelect):
    pass


class Several(_Possible, AutocompleteSelectMultiple):
    pass


class SeveralField(_Field):
    def clean(self, value: Any) -> Any:
        for one in value or ():
            if not is_key(self.queryset.model, one):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": one})
        return super().clean(value)
