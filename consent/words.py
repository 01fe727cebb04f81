"""OpenID Connect Core 1.0 §5.4, §5.5, §11: what a scope or a claim means, in words for people and in their language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from oauth_server.conf import DAY, settings
from oauth_server.models import Audience, AuthorizationDetailType, Scope
from oauth_server.policy.detail_types import Detail
from oauth_server.policy.scopes import OFFLINE_ACCESS, OPENID

from . import detail_words

_ABOUT_YOU = _("About you")
_IN_YOUR_NAME = _("In your name")
# For rows without a title: what an operator writes goes first
STANDARD: dict[str, tuple[Promise, Promise]] = {
    OPENID: (_("Know that it is you"), _("It recognises your account when you come back.")),
    "profile": (_("See your name"), _("And what else your profile holds, such as picture and language.")),
    "email": (_("See your email address"), _("And whether you have confirmed it.")),
    "address": (_("See your postal address"), _("Street, town and country, as far as you have entered them.")),
    "phone": (_("See your phone number"), _("And whether you have confirmed it.")),
}
# What is asked for by name
CLAIMS: dict[str, Promise] = {
    "name": _("See your full name"),
    "given_name": _("See your first name"),
    "family_name": _("See your last name"),
    "middle_name": _("See your middle name"),
    "nickname": _("See your nickname"),
    "preferred_username": _("See your user name"),
    "profile": _("See the address of your profile page"),
    "picture": _("See your picture"),
    "website": _("See your website"),
    "email": _("See your email address"),
    "email_verified": _("See whether you have confirmed your email address"),
    "gender": _("See your gender"),
    "birthdate": _("See your date of birth"),
    "zoneinfo": _("See your time zone"),
    "locale": _("See your language"),
    "phone_number": _("See your phone number"),
    "phone_number_verified": _("See whether you have confirmed your phone number"),
    "address": _("See your postal address"),
    "updated_at": _("See when your details last changed"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a person allows. `name` is the scope, or what stands for a claim; empty for an API as such."""

    name: str
    title: Any
    description: Any = ""
    sensitive: bool = False
    required: bool = True
    ticked: bool = False
    # of authorization details: what each line is called, and its values; the project's own template
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()
    template: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: `identifier` is the API's."""

    title: Any
    points: tuple[Point, ...]
    identifier: str = ""

    @property
    def has_choice(self) -> bool:
        return any(not point.required for point in self.points)


def point(scope: Scope, *, required: bool = True, ticked: bool = False) -> Point:
    title, description = _texts(scope)
    return Point(scope.name, title, description, scope.sensitive, required, ticked)


def claim(name: str, claim: str, *, required: bool = True, ticked: bool = False) -> Point:
    """A claim asked by name; one of the host's own is called as its claim is."""
    title = CLAIMS.get(claim) or _("See your “%(claim)s”") % {"claim": claim.replace("_", " ")}
    return Point(name, title, "", False, required, ticked)


def detail(
    name: str, row: AuthorizationDetailType, detail: Detail, *, required: bool = True, ticked: bool = False
) -> Point:
    """RFC 9396 one of the authorization details."""
    told = detail_words.of(row, detail, _translated(row))
    template = detail_words.template(row)
    return Point(name, told.title, told.description, row.sensitive, required, ticked, told.lines, template)


def bare(title: Any) -> Point:
    """For an API, or a client, that asks for no scope."""
    return Point("", title, _("Without anything in particular."))


def groups(
    scopes: Sequence[Scope], points: Iterable[Point], types: Mapping[str, AuthorizationDetailType] | None = None
) -> list[Group]:
    """The points of these scopes, grouped: about the person, each API, what else, and for how long.

    `types`: those of the authorization details, by the names of their points.
    """
    by_name: dict[str, Scope | AuthorizationDetailType] = {scope.name: scope for scope in scopes} | dict(types or {})
    found: dict[tuple[int, str], tuple[Any, str, list[Point]]] = {}
    for each in points:
        place, title, identifier = _place(by_name[each.name]) if each.name in by_name else (0, _ABOUT_YOU, "")
        found.setdefault((place, identifier), (title, identifier, []))[2].append(each)
    return [Group(title, tuple(here), identifier) for _key, (title, identifier, here) in sorted(found.items())]


def _place(scope: Scope | AuthorizationDetailType) -> tuple[int, Any, str]:
    if scope.audience is not None:
        return 1, api_name(scope.audience), scope.audience.identifier
    if isinstance(scope, AuthorizationDetailType):
        return 2, _IN_YOUR_NAME, ""
    if scope.name == OFFLINE_ACCESS:
        return 3, _("For how long"), ""
    if scope.claims or scope.name in STANDARD:
        return 0, _ABOUT_YOU, ""
    return 2, _IN_YOUR_NAME, ""


def _texts(scope: Scope) -> tuple[Any, Any]:
    """The person's language, then the row itself, then what the standard scopes mean, then the bare name."""
    translated = _translated(scope)
    standard = _offline() if scope.name == OFFLINE_ACCESS else STANDARD.get(scope.name, ("", ""))
    if scope.title or translated.get("title"):
        standard = ("", "")
    title = translated.get("title") or scope.title or standard[0] or scope.name
    return title, translated.get("description") or scope.description or standard[1]


def api_name(api: Audience) -> str:
    """In the person's language, if it has one there."""
    return _translated(api).get("name") or api.name or api.identifier


def _translated(row: Scope | Audience | AuthorizationDetailType) -> dict[str, str]:
    language = get_language() or ""
    for code in (language, language.partition("-")[0]):
        found = row.translations.get(code)
        if isinstance(found, dict):
            return found
    return {}


def _offline() -> tuple[Any, Any]:
    lifetime = settings.REFRESH_TOKEN_LIFETIME
    days, hours = ceil(lifetime / DAY), ceil(lifetime / 3600)
    if lifetime < 2 * DAY and lifetime != DAY:
        how_long = ngettext(
            "It can use all this when you are not there, until you remove it or for %(hours)d hour.",
            "It can use all this when you are not there, until you remove it or for %(hours)d hours.",
            hours,
        ) % {"hours": hours}
    else:
        how_long = ngettext(
            "It can use all this when you are not there, until you remove it or for %(days)d day.",
            "It can use all this when you are not there, until you remove it or for %(days)d days.",
            days,
        ) % {"days": days}
    return _("Keep access while you are away"), how_long
