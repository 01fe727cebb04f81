"""JSON as staff write it in a form: read as strictly as what strangers send, for a page must not break on it, nor the database."""

import json
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext as _

from oauth_server import strict_json


class Widget(AdminTextareaWidget):
    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"rows": 4, "class": "vLargeTextField oauth-json", "spellcheck": "false", **(attrs or {})})


class Field(forms.JSONField):
    """An object is shown a member a line; what was typed and is no JSON, as it was typed, with the place where it goes wrong."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            wrong = error.__context__
            if not isinstance(wrong, json.JSONDecodeError) or isinstance(wrong, strict_json.NotTaken):
                raise
            told = _("This is not JSON: look at line %(line)d, column %(column)d.")
            raise forms.ValidationError(told, "invalid", {"line": wrong.lineno, "column": wrong.colno}) from error

    def prepare_value(self, value: Any) -> Any:
        if value is None:
            return ""
        is_object = isinstance(value, dict) and bool(value)
        return json.dumps(value, indent=2, ensure_ascii=False) if is_object else super().prepare_value(value)
