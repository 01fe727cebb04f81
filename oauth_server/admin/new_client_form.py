"""The questions of the wizard, a few for each kind of client; `registration/profiles.py` makes metadata of the answers."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from oauth_server.admin.client_form import LinesField, WebURLField
from oauth_server.admin.deeds import OnceMixin
from oauth_server.deeds import new_client
from oauth_server.models import Audience, Issuer, Scope
from oauth_server.policy import scopes
from oauth_server.registration import redirects
from oauth_server.registration.profiles import Answers, Kind, Place
from oauth_server.registration.redirects import Finding

# kind → what it is, in words
WORDS: dict[Kind, tuple[Any, Any]] = {
    Kind.WEB: (_("A web application"), _("It runs on a server of yours, such as a Django or Spring site; people sign in to it.")),
    Kind.SINGLE_PAGE: (_("A single-page application"), _("JavaScript in the browser asks for the tokens itself.")),
    Kind.NATIVE: (_("A mobile or desktop app"), _("It is installed on people's devices.")),
    Kind.DEVICE: (_("A command-line tool or a device"), _("A terminal, a television: people confirm a code in a browser elsewhere.")),
    Kind.MACHINE: (_("A machine"), _("A job or a service that acts in its own name; no person is there.")),
    Kind.MCP: (_("An MCP client"), _("An assistant or agent that uses your MCP server in a person's name.")),
    Kind.THIRD_PARTY: (_("Somebody else's application"), _("Run by another company or person; people are always asked.")),
    Kind.API: (_("An API"), _("It takes tokens and asks this server whether they are valid.")),
}  # fmt: skip
_REACH = ("reach", "stays")
FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.WEB: ("name", "redirect_uris", *_REACH, "first_party"),
    Kind.SINGLE_PAGE: ("name", "redirect_uris", *_REACH, "first_party"),
    Kind.NATIVE: ("name", "redirect_uris", *_REACH, "first_party"),
    Kind.DEVICE: ("name", "opens_browser", *_REACH, "first_party"),
    Kind.MACHINE: ("name", "reach", "key_uri"),
    Kind.MCP: ("name", "redirect_uris", *_REACH),
    Kind.THIRD_PARTY: ("name", "place", "redirect_uris", *_REACH),
    Kind.API: ("name", "api"),
}
# Those that may listen on their own machine
_MAY_BE_EMPTY = frozenset({Kind.NATIVE, Kind.MCP, Kind.DEVICE})
_MOST = 200
_API, _SCOPE = "api ", "scope "
# member of the metadata → the question that it comes from
_ASKED = {
    "client_name": "name",
    "redirect_uris": "redirect_uris",
    "allowed_cors_origins": "redirect_uris",
    "scope": "reach",
    "jwks_uri": "key_uri",
}


class KindForm(forms.Form):
    """The first question. Its answer is the address of the others."""

    kind = forms.ChoiceField(label=_("What is it?"), widget=forms.RadioSelect)
    issuer = forms.ModelChoiceField(
        label=_("Issuer"), queryset=Issuer.objects.filter(enabled=True).order_by("name"), empty_label=None
    )

    def __init__(self, *args: Any, kinds: list[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(one.value, WORDS[one][0]) for one in kinds]
        issuer: Any = self.fields["issuer"]
        if len(issuer.queryset[:2]) < 2:
            issuer.widget = forms.HiddenInput()


def _tick(label: Any, help_text: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class QuestionsForm(OnceMixin):
    """The questions about one kind of client. `may_trust`: whether this person may let a client go without consent."""

    name = forms.CharField(
        label=_("What is it called?"),
        max_length=255,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("People see it when they are asked."),
    )
    place = forms.ChoiceField(
        label=_("Where does it run?"),
        widget=forms.RadioSelect,
        initial=Place.SERVER.value,
        choices=[
            (Place.SERVER.value, _("On a server, which can keep a secret")),
            (Place.BROWSER.value, _("In the browser")),
            (Place.DEVICE.value, _("On people's devices")),
        ],
    )
    redirect_uris = LinesField(
        label=_("Where are people sent back to?"), help_text=_("One address a line, exactly as the app sends it.")
    )
    opens_browser = _tick(
        _("It can open a browser on the same machine"), _("Then no code has to be typed; both ways work.")
    )
    reach = forms.MultipleChoiceField(
        label=_("What may it use?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The least that it can live with. An API alone lets it reach the API without any scope."),
    )
    stays = _tick(
        _("It goes on working while the person is away"),
        _("It may ask for offline_access, and people see that they allow this."),
    )
    first_party = _tick(
        _("It is our own: do not ask people for consent"), _("Only for what belongs to the operator of this server.")
    )
    key_uri = WebURLField(
        label=_("Where are its public keys, if it signs?"),
        help_text=_("The address of its JWKS, instead of a secret. Empty: it gets a secret."),
    )
    api = forms.CharField(
        label=_("Which API is it?"),
        validators=Audience._meta.get_field("identifier").validators,
        max_length=255,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Its identifier, such as https://api.example.com; it is made if there is none."),
    )

    def __init__(self, *args: Any, kind: Kind, issuer: Issuer, may_trust: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.issuer = kind, issuer
        asked = [name for name in FIELDS[kind] if name != "first_party" or may_trust]
        self.fields = {name: self.fields[name] for name in (*asked, "once")}
        if "redirect_uris" in asked:
            self.fields["redirect_uris"].required = kind not in _MAY_BE_EMPTY
        if kind in _MAY_BE_EMPTY and "redirect_uris" in asked:
            self.fields["redirect_uris"].help_text = _(
                "One address a line. Empty: it listens on its own machine, at http://127.0.0.1/callback with any port."
            )
        if "reach" in asked:
            reach: Any = self.fields["reach"]
            reach.choices = list(self._reach())
        self._apis: dict[str, str] = {}

    def _reach(self) -> Iterator[tuple[Any, list[tuple[str, Any]]]]:
        """Scopes by API. Those of the management API are given in the form of all settings alone, and knowingly."""
        rows = (
            Scope.objects.filter(issuer=self.issuer).exclude(name__startswith=scopes.MANAGE).select_related("audience")
        )
        rows = rows.exclude(name__in=(scopes.OPENID, scopes.OFFLINE_ACCESS)).order_by("audience__name", "name")
        apis = list(Audience.objects.filter(issuer=self.issuer).order_by("name", "pk")[:_MOST])
        groups: dict[Any, list[tuple[str, Any]]] = {None: []} | {
            api.pk: [(f"{_API}{api.identifier}", _("Reach %(api)s") % {"api": api.identifier})] for api in apis
        }
        for row in rows[:_MOST]:
            if row.audience_id in groups:
                groups[row.audience_id].append(
                    (f"{_SCOPE}{row.name}", f"{row.name}: {row.title}" if row.title else row.name)
                )
        if groups[None] and self.kind != Kind.MACHINE:
            yield _("About the person"), groups[None]
        for api in apis:
            yield api.name, groups[api.pk]

    @property
    def answers(self) -> Answers:
        given = self.cleaned_data
        chosen = given.get("reach") or []
        names = tuple(one.removeprefix(_SCOPE) for one in chosen if one.startswith(_SCOPE))
        owners = (
            Scope.objects.filter(issuer=self.issuer, name__in=names).exclude(audience=None)
            if names
            else Scope.objects.none()
        )
        apis = [one.removeprefix(_API) for one in chosen if one.startswith(_API)]
        apis += [identifier for identifier in owners.values_list("audience__identifier", flat=True) if identifier]
        return Answers(
            kind=self.kind,
            name=given["name"],
            redirect_uris=tuple(given.get("redirect_uris") or ()),
            stays=bool(given.get("stays")),
            place=Place(given.get("place") or Place.SERVER),
            opens_browser=bool(given.get("opens_browser")),
            key_uri=given.get("key_uri") or "",
            scopes=names,
            audiences=tuple(dict.fromkeys(apis)),
            api=given.get("api") or "",
            first_party=bool(given.get("first_party")),
        )

    def clean_redirect_uris(self) -> list[str]:
        given: list[str] = self.cleaned_data["redirect_uris"]
        if not given and self.fields["redirect_uris"].required:
            raise forms.ValidationError(_("At least one is needed."))
        return given

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            for member, messages in new_client.problems(self.issuer, self.answers).items():
                field = _ASKED.get(member, "")
                if field == "redirect_uris" and any(one.level != redirects.NOTE for one in self.findings):
                    messages = [str(_("These addresses will not do as they are. The reasons are below."))]
                self.add_error(field if field in self.fields else None, messages)
        return cleaned

    @property
    def findings(self) -> list[Finding]:
        """What there is to say about the addresses that were typed."""
        return redirects.lint(self._typed, public=self.is_public) if "redirect_uris" in self.fields else []

    @property
    def mended(self) -> str:
        """The addresses as the lint would have them; empty if they are so already."""
        given = self._typed
        better = redirects.mended(given, public=self.is_public)
        return "\n".join(better) if better != given else ""

    @property
    def _typed(self) -> list[str]:
        return str(self.data.get("redirect_uris", "")).split()

    @property
    def is_public(self) -> bool:
        place = self.data.get("place", "")
        return Answers(self.kind, "", place=Place(place) if place in {*Place} else Place.SERVER).is_public
