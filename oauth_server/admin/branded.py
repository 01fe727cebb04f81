"""WCAG 2.2 §1.4.3 the colours and the logo of an issuer or a client, a field each; what people could not read is refused."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from oauth_server import brand

_COLOUR = _("As #rrggbb; empty: as everywhere. Words in it and on it have to be readable.")


def _field(member: str) -> str:
    return f"brand_{member}"


FIELDS = tuple(map(_field, brand.COLOURS))
FIELDS_WITH_LOGO = tuple(map(_field, brand.MEMBERS))


def _text(label: Any, told: Any = _COLOUR) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, required=False, widget=AdminTextInputWidget, help_text=told)


class BrandForm(forms.Form):
    """For the form of a row; `brand` is what was typed."""

    brand_primary = _text(_("colour of buttons and links"))
    brand_primary_dark = _text(_("the same on dark pages"))
    brand_background = _text(_("background"))
    brand_background_dark = _text(_("background of dark pages"))
    brand_logo = _text(_("logo"), _("The name of a static file of the project, such as example/logo.svg."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS_WITH_LOGO:
            if name in self.fields:
                self.fields[name].label = capfirst(self.fields[name].label)
        row: Any = getattr(self, "instance", None)
        for member, value in (row.brand if row is not None else {}).items():
            if _field(member) in self.fields:
                self.fields[_field(member)].initial = value

    @property
    def brand(self) -> dict[str, str]:
        typed = {member: self.cleaned_data.get(_field(member), "") for member in brand.MEMBERS}
        return {member: value for member, value in typed.items() if value}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        words = {
            member: str(self.fields[_field(member)].label) for member in brand.MEMBERS if _field(member) in self.fields
        }
        for member, text in brand.faults(self.brand, words):
            self.add_error(_field(member) if _field(member) in self.fields else None, text)
        return cleaned
