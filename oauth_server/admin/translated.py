"""RFC 5646 what people read of a row, in each language that is offered: a field each, stored together as `translations`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from oauth_server import languages, strict_json
from oauth_server.admin.within import WithinAdmin, WithinForm

_LABELS = {
    "name": gettext_lazy("name"),
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
}


def _others() -> dict[str, str]:
    """The languages beside English, in which the row's own texts are written."""
    return {code: name for code, name in languages.offered().items() if code != "en"}


def _field(part: str, code: str) -> str:
    return f"{part}_{code.replace('-', '_')}"


class TranslatedForm(WithinForm):
    # what people read, and how long it may be
    parts: ClassVar[Mapping[str, int]] = {}
    # asked last, when the texts of each language have been read
    translations = forms.JSONField(required=False, decoder=strict_json.Decoder, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in _others():
            words = self.instance.translations.get(code)
            for part in self.parts:
                field = self.fields.get(_field(part, code))
                if field is not None and isinstance(words, dict):
                    field.initial = words.get(part, "")

    def clean_translations(self) -> dict[str, Any]:
        """The texts of the languages that have fields here; those of others stay as they are."""
        words = {code: texts for code, texts in self.instance.translations.items() if code not in languages.offered()}
        for code in _others():
            texts = {part: self.cleaned_data.get(_field(part, code), "") for part in self.parts}
            if any(texts.values()):
                words[code] = {part: text for part, text in texts.items() if text}
        return words


class TranslatedAdmin(WithinAdmin):
    """Its form is a `TranslatedForm`; the first two fieldsets come before the other languages."""

    form: type[TranslatedForm]
    fieldsets: ClassVar[Any]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        own = {
            _field(part, code): forms.CharField(
                label=f"{_LABELS[part]} ({name})", max_length=most, required=False, widget=AdminTextInputWidget
            )
            for code, name in _others().items()
            for part, most in self.form.parts.items()
        }
        kwargs["form"] = type(self.form.__name__, (self.form,), own)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = tuple(_field(part, code) for code in _others() for part in self.form.parts)
        may_write = self.has_change_permission(request, obj) if obj else True
        shown = (
            {"classes": ("collapse",), "fields": (*words, "translations")}
            if may_write
            else {"fields": ("translations",)}
        )
        return [*self.fieldsets[:2], (gettext_lazy("In other languages"), shown), *self.fieldsets[2:]]
