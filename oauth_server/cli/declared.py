"""`oauth export`, `oauth apply`: a project as a file says it, and what has to change until the server says the same. Values only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from oauth_server.cli.options import WrongUse
from oauth_server.models import Client
from oauth_server.models.client import default_grant_types
from oauth_server.registration import metadata, shapes

FORMAT = 1
Item = Mapping[str, Any]
# Lists whose order says something; every other one is a set
_IN_ORDER = frozenset({"claims", "default_acr_values"})
_SECRETS = frozenset({"client_secret"})
_OWN_OF_CLIENTS = {"enabled": True, "verified": False, "publisher": "", "brand": {}}
_GRANTS = default_grant_types()


def _client_defaults(item: Item) -> dict[str, Any]:
    """RFC 7591 §2: what some of them are follows from the grant types."""
    given = item.get("grant_types", _GRANTS)
    names = tuple(given) if isinstance(given, list) and all(isinstance(name, str) for name in given) else ()
    return {**_of_grants(names), "grant_types": _GRANTS, **_OWN_OF_CLIENTS}


@cache
def _of_grants(grant_types: tuple[str, ...]) -> dict[str, Any]:
    return metadata.defaults({"grant_types": list(grant_types)})


def _scope_defaults(item: Item) -> dict[str, Any]:
    texts, flags = ("title", "description"), ("required", "sensitive", "skip_consent")
    named: dict[str, Any] = {"audience": None, "claims": [], "translations": {}}
    return {**named, **dict.fromkeys(texts, ""), **dict.fromkeys(flags, False)}


def _audience_defaults(item: Item) -> dict[str, Any]:
    name = str(item.get("identifier", ""))[:120]
    format_ = {"token_format": "opaque", "algorithm": "ES256", "access_token_lifetime": None}
    return {"name": name, "translations": {}, "introspectors": [], **format_}


def _type_defaults(item: Item) -> dict[str, Any]:
    objects: dict[str, Any] = {"audience": None, "schema": {}, "words": {}, "translations": {}}
    return {**objects, "title": "", "description": "", "optional": False, "sensitive": False, "remember": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """`late`: members that name objects of a kind that comes later. `is_ours`: whether it is kept in files at all."""

    noun: str
    section: str
    path: str
    key: str
    defaults: Callable[[Item], dict[str, Any]]
    late: frozenset[str] = frozenset()
    is_ours: Callable[[Item], bool] = lambda item: True

    def whole(self, item: Item) -> dict[str, Any]:
        """Every member that a file can name, in the form in which two are compared."""
        found = {**self.defaults(item), **{name: item[name] for name in self.names if name in item}}
        return {name: _normal(name, value) for name, value in found.items() if name != self.key}

    def brief(self, item: Item) -> dict[str, Any]:
        """As a file has it: without what would be so anyway, sorted."""
        without = {name: _normal(name, value) for name, value in self.defaults(item).items()}
        members = {name: value for name, value in self.whole(item).items() if value != without.get(name, _NOTHING)}
        return {self.key: item[self.key], **dict(sorted(members.items()))}

    @property
    def names(self) -> frozenset[str]:
        if self.section == "clients":
            return frozenset(shapes.MEMBERS) - _SECRETS | set(_OWN_OF_CLIENTS)
        return frozenset(self.defaults({})) | {self.key}


_NOTHING = object()


def _normal(name: str, value: Any) -> Any:
    if isinstance(value, list) and name not in _IN_ORDER and all(isinstance(one, str) for one in value):
        return sorted(set(value))
    if name in ("scope", "default_scopes") and isinstance(value, str):
        return " ".join(sorted(set(value.split())))
    return value


def _is_ours(item: Item) -> bool:
    """Clients that registered themselves are theirs; the one of admin tokens is the server's."""
    by_hand = item.get("registration_source", "manual") == Client.RegistrationSource.MANUAL
    return by_hand and not str(item["client_id"]).startswith("admin-tokens.")


# In the order in which they are made
KINDS = (
    Kind("audience", "audiences", "/audiences", "identifier", _audience_defaults, frozenset({"introspectors"})),
    Kind("scope", "scopes", "/scopes", "name", _scope_defaults),
    Kind(
        "authorization detail type",
        "authorization_detail_types",
        "/authorization-detail-types",
        "type",
        _type_defaults,
    ),
    Kind(
        "client",
        "clients",
        "/clients",
        "client_id",
        _client_defaults,
        frozenset({"id_token_audiences"}),
        _is_ours,
    ),
)
_PROJECT = ("name", "brand")


@dataclass(frozen=True, slots=True)
class State:
    """What a server has: the project, and by section and key its objects, as the management API shows them."""

    project: Item
    objects: Mapping[str, Mapping[str, Item]] = field(default_factory=dict)


def document(state: State) -> dict[str, Any]:
    """What `export` writes. The same state is the same document, and nothing in it is a secret."""
    found: dict[str, Any] = {"format": FORMAT, "project": {name: state.project[name] for name in _PROJECT}}
    for kind in KINDS:
        objects = state.objects.get(kind.section, {})
        found[kind.section] = [kind.brief(objects[key]) for key in sorted(objects) if kind.is_ours(objects[key])]
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    project: Item
    objects: dict[str, dict[str, Item]]


def wanted(found: Any) -> Wanted:
    """What a file asks for. Raises `WrongUse` with all that is wrong with its form."""
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise WrongUse(f"This is no file of `oauth export`: it has no `format: {FORMAT}`.")
    known = {"format", "project", *(kind.section for kind in KINDS)}
    wrong = [f"{name} is unknown" for name in found if name not in known]
    project = found.get("project") or {}
    if not isinstance(project, dict) or not set(project) <= set(_PROJECT):
        wrong.append(f"project is an object with {' and '.join(_PROJECT)}")
        project = {}
    objects: dict[str, dict[str, Item]] = {}
    for kind in KINDS:
        objects[kind.section] = {}
        for number, item in enumerate(found.get(kind.section) or (), 1):
            if problem := _problem(kind, item, objects[kind.section]):
                wrong.append(f"{kind.noun} {number}: {problem}")
            else:
                objects[kind.section][item[kind.key]] = item
    if wrong:
        raise WrongUse("\n".join(wrong))
    return Wanted(project, objects)


def _problem(kind: Kind, item: Any, before: Mapping[str, Item]) -> str:
    if not isinstance(item, dict) or not isinstance(item.get(kind.key), str) or not item[kind.key]:
        return f"it has no {kind.key}"
    if _SECRETS & set(item):
        return "a secret does not belong into a file; the server makes one"
    if unknown := sorted(set(item) - kind.names):
        return f"{', '.join(unknown)}: unknown"
    return f"{item[kind.key]} is there twice" if item[kind.key] in before else ""


@dataclass(frozen=True, slots=True)
class Change:
    """`action`: create, update or delete. `members`: name → before and after; of a deleted object none."""

    action: str
    kind: Kind | None
    key: str
    members: dict[str, tuple[Any, Any]]
    etag: str = ""

    @property
    def noun(self) -> str:
        return self.kind.noun if self.kind else "project"


def plan(state: State, asked: Wanted, *, prune: bool = False) -> list[Change]:
    """What has to change, in the order in which it can be: what others name first, and last of all what goes."""
    return [*_of_project(state, asked), *_made(state, asked), *(_pruned(state, asked) if prune else ())]


def _of_project(state: State, asked: Wanted) -> Iterator[Change]:
    members = {
        name: (state.project[name], value) for name, value in asked.project.items() if state.project[name] != value
    }
    if members:
        yield Change("update", None, str(state.project["issuer"]), members, str(state.project["etag"]))


def _made(state: State, asked: Wanted) -> Iterator[Change]:
    for kind in KINDS:
        there = state.objects.get(kind.section, {})
        for key, item in sorted(asked.objects[kind.section].items()):
            after = kind.whole(item)
            if key not in there:
                without = {name: _normal(name, value) for name, value in kind.defaults(item).items()}
                told = {name: (None, value) for name, value in after.items() if value != without.get(name, _NOTHING)}
                yield Change("create", kind, key, told)
                continue
            before = kind.whole(there[key])
            members = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
            if members:
                yield Change("update", kind, key, dict(sorted(members.items())), str(there[key]["etag"]))


def _pruned(state: State, asked: Wanted) -> Iterator[Change]:
    for kind in reversed(KINDS):
        for key, item in sorted(state.objects.get(kind.section, {}).items()):
            # the scopes of the management API belong to the server
            is_the_servers = kind.section == "scopes" and key.startswith("manage:")
            if key not in asked.objects[kind.section] and kind.is_ours(item) and not is_the_servers:
                yield Change("delete", kind, key, {}, str(item["etag"]))
