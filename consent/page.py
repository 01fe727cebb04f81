"""What the page of the question says, from the checked request: who asks, what for, and where the answer goes."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from oauth_server import uris
from oauth_server.authorization.request import AuthorizationRequest

from . import points, words
from .decision import Question
from .points import NO_API
from .words import Group, Point


@dataclass(frozen=True, slots=True)
class Target:
    """Where the browser is sent. `kind`: web, loopback (a program on this device), scheme (an app that owns it).

    For the request of a device it stays here: `kind` is device.
    """

    kind: str
    name: str


def target(asked: AuthorizationRequest) -> Target:
    uri = asked.destination.redirect_uri
    if asked.device is not None:
        return Target("device", "")
    if uris.is_loopback(uri):
        return Target("loopback", uris.split(uri).netloc)
    return Target("web" if uri.startswith(("https://", "http://")) else "scheme", uris.origin(uri))


def groups(asked: AuthorizationRequest, question: Question) -> list[Group]:
    """What is asked now, in the order of the page."""
    offered = [*question.required, *question.optional]
    offers = [
        _point(asked, name, required=name in question.required, ticked=name in question.ticked)
        for name in points.of(asked)
        if name in offered
    ]
    scopes = [asked.reach.scopes[name] for name in offered if name in asked.reach.scopes]
    types = {point: asked.reach.details[one["type"]] for point, one in points.details_of(asked).items()}
    return words.groups(scopes, offers, types) + [_bare(asked, api) for api in question.apis]


def given(asked: AuthorizationRequest, names: Collection[str]) -> list[Group]:
    """What was granted, as the page grouped it."""
    return groups(asked, Question(tuple(names), (), (), points.bare_apis(asked), frozenset()))


def everything(question: Question) -> Question:
    """The same question with every switch on."""
    return replace(question, ticked=question.ticked.union(question.optional))


def allowed(asked: AuthorizationRequest, question: Question) -> list[Point]:
    """What needs no answer."""
    return [_point(asked, name) for name in question.allowed]


def _point(asked: AuthorizationRequest, name: str, *, required: bool = True, ticked: bool = False) -> Point:
    detail = points.details_of(asked).get(name)
    if detail is not None:
        return words.detail(name, asked.reach.details[detail["type"]], detail, required=required, ticked=ticked)
    claim = points.claim_of(name)
    if claim:
        return words.claim(name, claim, required=required, ticked=ticked)
    return words.point(asked.reach.scopes[name], required=required, ticked=ticked)


def home_url(asked: AuthorizationRequest) -> str:
    """The client's home page, if it is one that a link may lead to."""
    url = asked.client.client_uri
    return url if url.startswith(("https://", "http://")) else ""


def _bare(asked: AuthorizationRequest, api: str) -> Group:
    if api == NO_API:
        return Group(_("Your account"), (words.bare(_("Connect to your account")),))
    return Group(words.api_name(asked.reach.audiences[api]), (words.bare(_("Use this API in your name")),), api)
