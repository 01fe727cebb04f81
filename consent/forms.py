"""The answer to the question on the page."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.crypto import constant_time_compare, salted_hmac

from .words import Group

ALLOW, CANCEL = "allow", "cancel"
_SALT = "oauth_consent.page"


def page_of(handle: str, user: Any) -> str:
    """Names the request and the person for whom a page is made."""
    return salted_hmac(_SALT, f"{handle}\x1f{user.pk}", algorithm="sha256").hexdigest()


class AnswerForm(forms.Form):
    """What is ticked is compared with the question by `decision.allow`; here it is only read."""

    page = forms.CharField(widget=forms.HiddenInput, max_length=64)
    decision = forms.ChoiceField(choices=[(ALLOW, ALLOW), (CANCEL, CANCEL)])
    scope = forms.Field(widget=forms.MultipleHiddenInput, required=False)

    def __init__(self, *args: Any, page: str, groups: list[Group] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"].initial = page
        self._page = page
        self.groups = groups or []
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.template_pack = "bootstrap5"  # whatever the host's own forms use
        self.helper.disable_csrf = True  # the template has it, whatever its blocks become
        self.helper.layout = Layout(Field("page"), Field("scope", template="oauth_consent/_scopes.html"))

    @property
    def has_choice(self) -> bool:
        return any(group.has_choice for group in self.groups)

    def clean_scope(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["scope"] or ())

    @property
    def is_for_this_page(self) -> bool:
        """Whether the form was made for this request and for the person who is signed in now."""
        return constant_time_compare(str(self.data.get("page", "")), self._page)
