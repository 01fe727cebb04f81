"""RFC 7591 §2 client metadata as a form. Its rules are those of `registration/metadata.py`, which also stores it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.translation import gettext_lazy as _

from oauth_server import strict_json
from oauth_server.admin import json_text, reauthenticate
from oauth_server.admin.branded import FIELDS, BrandForm
from oauth_server.admin.deeds import OnceMixin
from oauth_server.admin.within import WithinForm
from oauth_server.authorization import response_types
from oauth_server.client_auth.registry import METHODS
from oauth_server.keys import jwe
from oauth_server.models import Client
from oauth_server.policy import scopes
from oauth_server.registration import metadata, png, rules
from oauth_server.response_modes.registry import RESPONSE_MODES

# column → member on the wire
MEMBERS = {
    "name": "client_name",
    "grant_types": "grant_types",
    "response_types": "response_types",
    "redirect_uris": "redirect_uris",
    "post_logout_redirect_uris": "post_logout_redirect_uris",
    "token_endpoint_auth_method": "token_endpoint_auth_method",
    "client_jwks": "jwks",
    "client_jwks_uri": "jwks_uri",
    "token_endpoint_auth_signing_alg": "token_endpoint_auth_signing_alg",
    "scopes": "scope",
    "default_scopes": "default_scopes",
    "audiences": "audience",
    "allowed_origins": "allowed_cors_origins",
    "require_pkce": "require_pkce",
    "skip_authorization": "skip_consent",
    "accepts_fewer_scopes": "accepts_fewer_scopes",
    "algorithm": "id_token_signed_response_alg",
    "refresh_token_rule": "refresh_token_rule",
    "lifespans": "lifespans",
    "default_max_age": "default_max_age",
    "require_auth_time": "require_auth_time",
    "default_acr_values": "default_acr_values",
    "authorization_details_types": "authorization_details_types",
    "subject_type": "subject_type",
    "sector_identifier_uri": "sector_identifier_uri",
    "id_token_audiences": "id_token_audiences",
    "id_token_encrypted_response_alg": "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc": "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg": "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg": "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc": "userinfo_encrypted_response_enc",
    "response_modes": "response_modes",
    "require_pushed_authorization_requests": "require_pushed_authorization_requests",
    "require_signed_request_object": "require_signed_request_object",
    "request_object_signing_alg": "request_object_signing_alg",
    "request_uris": "request_uris",
    "frontchannel_logout_uri": "frontchannel_logout_uri",
    "backchannel_logout_uri": "backchannel_logout_uri",
    "initiate_login_uri": "initiate_login_uri",
    "client_uri": "client_uri",
    "logo_uri": "logo_uri",
    "policy_uri": "policy_uri",
    "tos_uri": "tos_uri",
    "contacts": "contacts",
}
_COLUMNS = {member: column for column, member in MEMBERS.items()}
# What a new client gets when nothing is chosen (RFC 7591 §2)
_DEFAULTED = ("response_types", "scope")


class LinesField(forms.CharField):
    """A list, an entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else (super().to_python(value) or "").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class NamedField(forms.ChoiceField):
    """One of the names that are known, or none."""

    def __init__(self, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(choices=[("", _("none")), *((name, name) for name in names)], required=False, **kwargs)


class WebURLField(forms.URLField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.URLInput(attrs={"class": "vURLField", "size": 60})
        super().__init__(required=False, max_length=2000, assume_scheme="https", widget=widget, **kwargs)


class ClientForm(BrandForm, WithinForm):
    within = ("scopes", "audiences")
    # columns that whoever sees this form may not change
    fixed: tuple[str, ...] = ()
    # the manage: scopes that whoever sees this form may give away
    rights: frozenset[str] = frozenset()
    # whether they showed a moment ago who they are
    is_recent = True

    grant_types = forms.MultipleChoiceField(
        choices=lambda: [(name, name) for name in rules.grant_types()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "authorization_code for a person in a browser, refresh_token beside it, client_credentials for itself."
        ),
    )
    response_types = forms.MultipleChoiceField(
        choices=lambda: [(one.name, one.name) for one in response_types.supported()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("code goes with authorization_code."),
    )
    response_modes = forms.MultipleChoiceField(
        choices=lambda: [(name, name) for name in RESPONSE_MODES.names()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("How it may have its answers. None chosen: every one that fits the response type."),
    )
    request_object_signing_alg = forms.ChoiceField(
        choices=[("", _("any")), *Client.Algorithm.choices],
        required=False,
        help_text=_("The algorithm of its request objects."),
    )
    request_uris = LinesField(help_text=_("One a line: addresses of its request objects, compared exactly."))
    token_endpoint_auth_method = forms.ChoiceField(
        choices=lambda: [(name, name) for name in METHODS.names()],
        help_text=_(
            "How the client proves who it is; exactly this way is accepted. none: an app that can keep no secret."
        ),
    )
    client_jwks = json_text.Field(
        required=False,
        decoder=strict_json.Decoder,
        widget=json_text.Widget,
        help_text=_("Its public keys: {“keys”: […]}. For private_key_jwt, signed requests and encryption."),
    )
    client_jwks_uri = WebURLField(help_text=_("Where its public keys are; instead of jwks."))
    token_endpoint_auth_signing_alg = forms.ChoiceField(
        choices=lambda: [("", _("any")), *((name, name) for one in METHODS for name in one.signing_algorithms)],
        required=False,
        help_text=_("The algorithm by which it signs to prove who it is."),
    )
    redirect_uris = LinesField(
        help_text=_("One a line. They are compared exactly; on a loopback IP any port is right.")
    )
    post_logout_redirect_uris = LinesField(help_text=_("One a line. Where a person may be sent after signing out."))
    allowed_origins = LinesField(help_text=_("One a line: origins of browser apps that may call the endpoints (CORS)."))
    default_scopes = forms.CharField(
        required=False,
        widget=AdminTextInputWidget,
        help_text=_("Separated by spaces: what a request without scope is given."),
    )
    default_acr_values = LinesField(
        help_text=_(
            "One a line, the best first: how well a person is to show who they are where a request says nothing."
        )
    )
    authorization_details_types = LinesField(
        help_text=_("One a line: the types of authorization details (RFC 9396) that it may ask for.")
    )
    id_token_audiences = LinesField(
        help_text=_("One a line: IDs of clients that may take its ID tokens as well; azp then names this one.")
    )
    id_token_encrypted_response_alg = NamedField(
        jwe.ALGORITHMS, help_text=_("Its ID tokens are encrypted by a key of its jwks or jwks_uri.")
    )
    id_token_encrypted_response_enc = NamedField(jwe.ENCODINGS)
    userinfo_signed_response_alg = NamedField(
        Client.Algorithm.values, help_text=_("UserInfo answers it with a signed JWT instead of JSON.")
    )
    userinfo_encrypted_response_alg = NamedField(
        jwe.ALGORITHMS, help_text=_("UserInfo answers are encrypted by a key of its jwks or jwks_uri.")
    )
    userinfo_encrypted_response_enc = NamedField(jwe.ENCODINGS)
    lifespans = json_text.Field(
        required=False,
        decoder=strict_json.Decoder,
        widget=json_text.Widget,
        help_text=_(
            "Seconds that what it gets is good for, where they are other than everybody's: "
            "{“authorization_code_grant_access_token_lifespan”: 600}."
        ),
    )
    contacts = LinesField(help_text=_("One a line: addresses of the people in charge."))

    frontchannel_logout_uri = WebURLField(
        help_text=_("A page of the client, loaded in a frame of the person's browser when they sign out.")
    )
    backchannel_logout_uri = WebURLField(
        help_text=_("An address of the client that this server calls when a person signs out; better than the page.")
    )
    sector_identifier_uri = WebURLField(
        help_text=_("Clients with the same host here know a person by the same pairwise subject.")
    )
    initiate_login_uri = WebURLField(help_text=_("An https page of the client at which a sign-in may begin."))
    client_uri = WebURLField(help_text=_("The client's home page."))
    logo_uri = WebURLField(help_text=_("Where its own logo is; browsers load it only with the setting CLIENT_LOGOS."))
    logo_file = forms.FileField(
        label=_("logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png"}),
        help_text=_("A PNG picture, at best square. It is shown from this server, in the place of logo_uri."),
    )
    logo_gone = forms.BooleanField(label=_("Remove the logo"), required=False)
    policy_uri = WebURLField(help_text=_("How it uses what it learns of a person."))
    tos_uri = WebURLField(help_text=_("Its terms of service."))

    class Meta:
        model = Client
        fields = ("issuer", "user", "enabled", "verified", "publisher", *MEMBERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column, member in MEMBERS.items():
            if column in self.fields:
                self.fields[column].label = member
                self.fields[column].disabled = column in self.fixed
        for name in ("logo_file", "logo_gone", *FIELDS):
            if name in self.fields:
                self.fields[name].disabled = "logo_file" in self.fixed
        if not self.instance.logo:
            self.fields.pop("logo_gone", None)

    def clean_scopes(self) -> Any:
        chosen = self.cleaned_data["scopes"]
        beyond = sorted(
            row.name for row in chosen if row.name.startswith(scopes.MANAGE) and row.name not in self.rights
        )
        if beyond:
            raise forms.ValidationError(
                _("You may not give a client %(scopes)s: it could do what you may not."),
                params={"scopes": ", ".join(beyond)},
            )
        before = set(self.instance.scopes.all()) if self.instance.pk else set()
        if not self.is_recent and any(row.name.startswith(scopes.MANAGE) for row in set(chosen) - before):
            # it outlasts the session of whoever gives it
            raise forms.ValidationError(reauthenticate.elsewhere())
        return chosen

    def clean_lifespans(self) -> Any:
        return self.cleaned_data["lifespans"] or {}

    def clean_logo_file(self) -> bytes:
        """The picture as it will be stored; empty: nothing was uploaded."""
        upload = self.cleaned_data["logo_file"]
        if not upload:
            return b""
        if upload.size > png.LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than %(most)d KiB.") % {"most": png.LARGEST_FILE // 1024})
        try:
            return png.rebuilt(upload.read())
        except png.NoPicture as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def members(self) -> dict[str, Any]:
        """What was typed, under the wire's names."""
        given = {member: self._member(column) for column, member in MEMBERS.items() if column in self.cleaned_data}
        if self.instance.pk is None:
            given = {member: value for member, value in given.items() if value or member not in _DEFAULTED}
        return given

    def _member(self, column: str) -> Any:
        value = self.cleaned_data[column]
        if column == "scopes":
            return " ".join(scope.name for scope in value)
        return [audience.identifier for audience in value] if column == "audiences" else value

    def _post_clean(self) -> None:
        """Instead of the model's own checks: the instance stays as it is stored until `metadata` changes it."""
        if self.errors:
            return
        found = metadata.problems(self.issuer, self.members, client=self.instance if self.instance.pk else None)
        for member, messages in found.items():
            column = _COLUMNS.get(member, "")
            self.add_error(column if column in self.fields else None, messages)


class NewClientForm(OnceMixin, ClientForm):
    """A client that is made twice by a reload would be one too many."""

    def _post_clean(self) -> None:
        super()._post_clean()
        self.require_first()
