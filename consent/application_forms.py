"""What a person says about an app of theirs: a few members of RFC 7591 §2. The rules are those of `registration/metadata.py`."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from oauth_server import issuers
from oauth_server.models import Client
from oauth_server.registration import metadata

_WITH_SECRET, _WITHOUT = "client_secret_basic", "none"
# field → member on the wire
MEMBERS = {
    "name": "client_name",
    "website": "client_uri",
    "redirect_uris": "redirect_uris",
    "privacy": "policy_uri",
    "terms": "tos_uri",
    "kind": "token_endpoint_auth_method",
}
_FIELDS = {member: field for field, member in MEMBERS.items()}


class _Lines(forms.CharField):
    """A list, an entry a line."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").split()


def _address(label: Any, text: Any, *, required: bool = False) -> forms.URLField:
    return forms.URLField(
        label=label,
        required=required,
        help_text=text,
        assume_scheme="https",
        max_length=2000,
        widget=forms.URLInput(attrs={"dir": "ltr"}),
    )


class ApplicationForm(forms.Form):
    """A field is refused with the reason of its own rule. `client`: the app that is changed; none for a new one."""

    name = forms.CharField(label=_("Name"), max_length=255, help_text=_("People see it when the app asks for access."))
    website = _address(_("Website"), _("Where people read about the app."), required=True)
    redirect_uris = _Lines(
        label=_("Redirect URIs"),
        help_text=_("One a line. People come back to one of these after they signed in; each is compared exactly."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "spellcheck": "false", "autocapitalize": "none"}),
    )
    kind = forms.ChoiceField(
        label=_("Where it runs"),
        choices=[
            (_WITH_SECRET, _("On a server: it can keep a secret")),
            (_WITHOUT, _("In a browser or on a device: whoever has the app can read it")),
        ],
        initial=_WITH_SECRET,
        widget=forms.RadioSelect,
    )
    privacy = _address(_("Privacy policy"), _("How the app uses what it learns of people."))
    terms = _address(_("Terms of service"), "")

    def __init__(self, *args: Any, client: Client | None = None, **kwargs: Any) -> None:
        self.client = client
        if client is not None:
            kwargs["initial"] = _initial(client)
        super().__init__(*args, **kwargs)
        if client is not None:
            # a program that had a secret and one that never had are two programs
            del self.fields["kind"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.template_pack = "bootstrap5"

    @property
    def members(self) -> dict[str, Any]:
        """What was typed, under the wire's names."""
        given = {member: self.cleaned_data[field] for field, member in MEMBERS.items() if field in self.cleaned_data}
        new = {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}
        return given if self.client is not None else {**given, **new}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        issuer = self.client.issuer if self.client is not None else issuers.first()
        source = Client.RegistrationSource.DCR
        for member, texts in metadata.problems(issuer, self.members, client=self.client, source=source).items():
            self.add_error(_FIELDS.get(member), texts)
        return cleaned


def _initial(client: Client) -> dict[str, Any]:
    members = metadata.describe(client)
    initial = {field: members[member] for field, member in MEMBERS.items()}
    return {**initial, "redirect_uris": "\n".join(members["redirect_uris"])}
