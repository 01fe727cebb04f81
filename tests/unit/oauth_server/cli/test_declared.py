"""A project as a file: the way there and back, and what lies between two."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_server.cli import declared, documents
from oauth_server.cli.declared import KINDS, State
from oauth_server.cli.options import WrongUse

# YAML's own traps among them
TEXTS = st.one_of(
    st.sampled_from(
        ["yes", "on", "null", "~", "1:30", "0x1F", "2026-01-01", "- a", "#", "a: b", "", " x ", "ü→\u2028", "'", '"']
    ),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12),
)
NAMES = st.text("abcdef", min_size=1, max_size=3)
WORDS = st.lists(NAMES, max_size=3)


def items(key: str, **members: "st.SearchStrategy[Any]") -> "st.SearchStrategy[dict[str, Any]]":
    """Objects as the management API shows them, some members at their defaults."""
    made = st.fixed_dictionaries({name: st.none() | values for name, values in members.items()})

    def by_key(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
        kind = next(kind for kind in KINDS if kind.key == key)
        return {
            name: {
                key: name,
                "etag": "e",
                **kind.whole({key: name, **{k: v for k, v in item.items() if v is not None}}),
            }
            for name, item in found.items()
        }

    return st.dictionaries(NAMES, made, max_size=3).map(by_key)


STATES = st.builds(
    lambda name, **objects: State({"name": name, "brand": {}, "issuer": "https://a.example", "etag": "e"}, objects),
    TEXTS,
    audiences=items("identifier", name=TEXTS, introspectors=WORDS, access_token_lifetime=st.integers(1, 9)),
    scopes=items("name", title=TEXTS, claims=WORDS, required=st.booleans(), translations=st.dictionaries(NAMES, TEXTS)),
    clients=items(
        "client_id",
        client_name=TEXTS,
        grant_types=st.sampled_from([["client_credentials"], ["refresh_token", "authorization_code"]]),
        scope=WORDS.map(" ".join),
        redirect_uris=WORDS,
        metadata=st.dictionaries(NAMES, TEXTS),
        require_pkce=st.booleans(),
        default_max_age=st.integers(0, 9),
        enabled=st.booleans(),
    ),
)


def written(state: State) -> str:
    return documents.write(declared.document(state))


def read(text: str, tmp_path: Any) -> declared.Wanted:
    (tmp_path / "file").write_text(text, encoding="utf-8")
    return declared.wanted(documents.read(str(tmp_path / "file")))


def after(state: State, changes: list[declared.Change]) -> State:
    """The state in which the changes leave a server."""
    project, objects = {**state.project}, {section: dict(found) for section, found in state.objects.items()}
    for change in changes:
        members = {name: pair[1] for name, pair in change.members.items()}
        if change.kind is None:
            project |= members
        elif change.action == "delete":
            del objects[change.kind.section][change.key]
        else:
            there = objects[change.kind.section].get(change.key) or {change.kind.key: change.key, "etag": "e"}
            made = {**there, **members}
            objects[change.kind.section][change.key] = {**made, **change.kind.whole(made)}
    return State(project, objects)


@pytest.mark.bar("O11.3")
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(before=STATES, aim=STATES)
def test_a_file_leads_from_any_state_to_its_own_and_then_to_nothing(
    tmp_path_factory: Any, before: State, aim: State
) -> None:
    text = written(aim)
    asked = read(text, tmp_path_factory.getbasetemp())
    assert declared.plan(aim, asked, prune=True) == []
    reached = after(before, declared.plan(before, asked, prune=True))
    assert written(reached) == text
    kept = after(before, declared.plan(before, asked))
    assert declared.plan(kept, asked) == []
    for section, found in before.objects.items():
        assert set(found) <= set(kept.objects[section])


@pytest.mark.bar("O11.3")
def test_what_is_the_servers_own_is_neither_written_nor_deleted() -> None:
    client = {"etag": "e", **KINDS[2].whole({})}
    clients = {
        "by-hand": {**client, "client_id": "by-hand", "registration_source": "manual"},
        "by-itself": {**client, "client_id": "by-itself", "registration_source": "dcr"},
        "admin-tokens.1": {**client, "client_id": "admin-tokens.1", "registration_source": "manual"},
    }
    scopes = {name: {"name": name, "etag": "e", **KINDS[1].whole({})} for name in ("manage:read", "orders")}
    state = State({"name": "A", "brand": {}, "issuer": "i", "etag": "e"}, {"clients": clients, "scopes": scopes})
    assert [item["client_id"] for item in declared.document(state)["clients"]] == ["by-hand"]
    changes = declared.plan(state, declared.wanted({"format": 1}), prune=True)
    assert [(change.action, change.key) for change in changes] == [("delete", "by-hand"), ("delete", "orders")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "neither YAML nor JSON"),
        ("format: 2", "format: 1"),
        ("format: 1\nformat: 1", "named twice"),
        ("format: 1\nsecrets: []", "secrets is unknown"),
        ("format: 1\nproject: {url: x}", "name and brand"),
        ("format: 1\nclients:\n- client_name: x", "client 1: it has no client_id"),
        ("format: 1\nclients:\n- client_id: x\n  client_secret: y", "client 1: a secret does not belong"),
        ("format: 1\nscopes:\n- name: x\n  color: red", "color: unknown"),
        ("format: 1\nscopes:\n- name: x\n- name: x", "x is there twice"),
        ("format: 1\nscopes:\n- name: 2026-01-01", "neither YAML nor JSON"),
    ],
)
def test_a_file_that_cannot_be_meant_is_told_so(text: str, told: str, tmp_path: Any) -> None:
    with pytest.raises(WrongUse, match=told):
        read(text, tmp_path)


@pytest.mark.threat(66)
def test_a_short_file_does_not_stand_for_more_than_memory_holds(tmp_path: Any) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise("abcdefghijkl"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    with pytest.raises(WrongUse, match="aliases"):
        read("\n".join(lines), tmp_path)
