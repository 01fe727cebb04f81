"""Identifier first: a sign-in page that asks for the address alone, and then for the rest (IDENTIFIER_FIRST)."""

from typing import Any

from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponseBase

from oauth_server.conf import settings

from . import forms


class Identifier:
    """IDENTIFIER_FIRST: the address alone, then the rest. Known or not, the answer is the same."""

    request: HttpRequest

    @property
    def _asks_first(self) -> bool:
        return settings.IDENTIFIER_FIRST and "password" not in self.request.POST

    def get_form_class(self) -> Any:
        return forms.IdentifierForm if self._asks_first else super().get_form_class()  # type: ignore[misc]

    def form_valid(self, form: Any) -> HttpResponseBase:
        if not self._asks_first:
            return super().form_valid(form)  # type: ignore[misc, no-any-return]
        then: Any = forms.SignInForm(request=self.request, initial={"login": form.cleaned_data["login"]})
        return self.render_to_response(self.get_context_data(form=then))  # type: ignore[attr-defined, no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = found["form"]
        if not settings.IDENTIFIER_FIRST or isinstance(form, forms.IdentifierForm):
            return found | {"typed": "", "is_first": settings.IDENTIFIER_FIRST}
        form.fields["login"].widget = HiddenInput()
        return found | {"typed": form["login"].value(), "is_first": False}
