"""RFC 9700, RFC 8252: the safe profile of each kind of client. A few answers in, metadata out, with a reason for each member.

Pure: `members(answers)` reads no row and writes none. What it makes passes every rule of `rules.py` and `posture.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from oauth_server import uris
from oauth_server.grants.authorization_code import AuthorizationCodeGrant
from oauth_server.grants.device_code import DeviceCode
from oauth_server.grants.registry import GRANTS
from oauth_server.policy import scopes

_CODE, _DEVICE, _REFRESH, _ITSELF = (
    AuthorizationCodeGrant.grant_type,
    DeviceCode.grant_type,
    "refresh_token",
    "client_credentials",
)
LOOPBACK = "http://127.0.0.1/callback"
# Where code of others can read along, a token is good for ten minutes and its renewal for a day
_SHORT, _DAY = 600, 86_400


class Kind(StrEnum):
    """What the client is."""

    WEB = "web"
    SINGLE_PAGE = "single_page"
    NATIVE = "native"
    DEVICE = "device"
    MACHINE = "machine"
    MCP = "mcp"
    THIRD_PARTY = "third_party"
    API = "api"


class Place(StrEnum):
    """Where a third party's client runs."""

    SERVER = "server"
    BROWSER = "browser"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked. `stays`: it works on while the person is away. `key_uri`: its public keys, instead of a secret.

    `opens_browser`: a program that can open a browser on the machine where it runs. `api`: the API that a client of kind `api` is.
    """

    kind: Kind
    name: str
    redirect_uris: tuple[str, ...] = ()
    stays: bool = False
    place: Place = Place.SERVER
    opens_browser: bool = False
    key_uri: str = ""
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    api: str = ""
    first_party: bool = False

    @property
    def is_public(self) -> bool:
        """Whether it could keep no secret."""
        if self.kind == Kind.THIRD_PARTY:
            return self.place != Place.SERVER
        return self.kind in (Kind.SINGLE_PAGE, Kind.NATIVE, Kind.DEVICE, Kind.MCP)

    @property
    def has_person(self) -> bool:
        return self.kind not in (Kind.MACHINE, Kind.API)

    @property
    def is_in_browser(self) -> bool:
        return self.kind == Kind.SINGLE_PAGE or (self.kind == Kind.THIRD_PARTY and self.place == Place.BROWSER)

    @property
    def is_on_device(self) -> bool:
        here = self.kind == Kind.THIRD_PARTY and self.place == Place.DEVICE
        return here or self.kind in (Kind.NATIVE, Kind.DEVICE, Kind.MCP)

    @property
    def is_own(self) -> bool:
        """RFC 8252 §8.6: first party, and nobody else on a device could pose as it."""
        if not self.first_party or self.kind in (Kind.THIRD_PARTY, Kind.MCP):
            return False
        is_loopback = self.asks_by_code and self.is_on_device and not self.redirect_uris
        is_web = all(uri.startswith("https://") for uri in self.redirect_uris)
        return not self.is_public or not self.asks_by_code or (is_web and not is_loopback)

    @property
    def asks_by_code(self) -> bool:
        return self.has_person and (self.kind != Kind.DEVICE or self.opens_browser)


@dataclass(frozen=True, slots=True)
class Preset:
    """One member of the metadata, and why it has this value."""

    member: str
    value: Any
    why: Any


def kinds() -> list[Kind]:
    """Those whose grant is on."""
    return [kind for kind in Kind if kind != Kind.DEVICE or _DEVICE in GRANTS]


def presets(answers: Answers) -> list[Preset]:
    return [preset for part in _PARTS for preset in part(answers)]


def members(answers: Answers) -> dict[str, Any]:
    """The metadata, by the names of the wire."""
    chosen = {preset.member: preset.value for preset in presets(answers)}
    return {"client_name": answers.name, **chosen}


def _grants(answers: Answers) -> Iterator[Preset]:
    if not answers.has_person:
        yield Preset("grant_types", [_ITSELF], _("It acts in its own name; no person is there."))
        yield Preset("response_types", [], _("It never sends a browser here."))
        return
    grants = [_CODE] if answers.asks_by_code else []
    why: Any = _("The authorization code alone: no token ever stands in an address.")
    if answers.kind == Kind.DEVICE:
        grants.append(_DEVICE)
        why = _("A device shows a code, and the person confirms it on another one.")
    if _renews(answers):
        grants.append(_REFRESH)
    yield Preset("grant_types", grants, why)
    yield Preset(
        "response_types", ["code"] if answers.asks_by_code else [], _("Nothing but a code goes through the browser.")
    )


def _renews(answers: Answers) -> bool:
    """Whether it gets refresh tokens: for as long as it was asked for, or in place of a secret for the time of a sign-in."""
    return answers.stays or answers.is_in_browser or answers.kind == Kind.MCP


def _authentication(answers: Answers) -> Iterator[Preset]:
    if answers.is_public:
        why: Any = _("Whatever is in the app can be read by whoever has it: a secret would be none.")
        yield Preset("token_endpoint_auth_method", "none", why)
    elif answers.key_uri:
        why = _("It signs with a key that never leaves it; nothing that could be copied travels.")
        yield Preset("token_endpoint_auth_method", "private_key_jwt", why)
        yield Preset("jwks_uri", answers.key_uri, _("Its public keys are there; it changes them by itself."))
    else:
        why = _("It runs where nobody else looks, so that a secret proves who it is.")
        yield Preset("token_endpoint_auth_method", "client_secret_basic", why)
    if answers.asks_by_code:
        why = _("PKCE: a code is of use only to whoever asked for it, even if somebody else sees it.")
        yield Preset("require_pkce", True, why)


def _addresses(answers: Answers) -> Iterator[Preset]:
    if not answers.asks_by_code:
        yield Preset("redirect_uris", [], _("Nobody is sent back to it."))
        return
    given = answers.redirect_uris or ((LOOPBACK,) if answers.is_on_device else ())
    why: Any = _("Compared letter by letter; no wildcards.")
    if answers.is_on_device and not answers.redirect_uris:
        why = _("The program listens on its own machine; on 127.0.0.1 any port is right.")
    yield Preset("redirect_uris", list(given), why)
    if answers.is_in_browser:
        why = _("The pages of these origins may call the token endpoint; others may not.")
        yield Preset("allowed_cors_origins", list(dict.fromkeys(map(uris.origin, given))), why)


def _reach(answers: Answers) -> Iterator[Preset]:
    names = [scopes.OPENID] if answers.has_person else []
    names += [scopes.OFFLINE_ACCESS] if answers.has_person and answers.stays else []
    names += [name for name in answers.scopes if name not in names]
    yield Preset("scope", " ".join(names), _("What it may ask for at most; nothing that was not chosen."))
    why: Any = _("Its tokens are good at these APIs and at no other.")
    if answers.kind == Kind.API:
        why = _("It is this API: it may ask here whether a token for it is valid.")
    yield Preset("audience", [answers.api] if answers.kind == Kind.API else list(answers.audiences), why)


def _lifetimes(answers: Answers) -> Iterator[Preset]:
    if _renews(answers) and not answers.stays:
        why: Any = _("Refresh tokens as long as the person is signed in here; a sign-out ends them.")
        yield Preset("refresh_token_rule", "always", why)
    elif answers.stays:
        why = _("A refresh token only where the person allowed access while away.")
        yield Preset("refresh_token_rule", "offline_access", why)
    if answers.is_in_browser:
        spans = {f"{grant}_grant_access_token_lifespan": _SHORT for grant in (_CODE, _REFRESH)}
        spans |= {f"{grant}_grant_refresh_token_lifespan": _DAY for grant in (_CODE, _REFRESH)}
        why = _("In a browser, code of others can read along: access tokens last ten minutes, their renewal a day.")
        yield Preset("lifespans", spans, why)


def _person(answers: Answers) -> Iterator[Preset]:
    if not answers.has_person:
        return
    why: Any = _("People are asked before it gets anything.")
    if answers.is_own:
        why = _("It is yours: people are not asked to trust it.")
    elif answers.first_party:
        why = _("People are asked all the same: another program on their device could pose as this one.")
    yield Preset("skip_consent", answers.is_own, why)
    if answers.is_on_device:
        yield Preset("application_type", "native", _("It runs on people's own devices."))


_PARTS: tuple[Callable[[Answers], Iterator[Preset]], ...] = (
    _grants, _authentication, _addresses, _reach, _lifetimes, _person
)  # fmt: skip
