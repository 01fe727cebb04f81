"""RFC 6902 JSON Patch as Hydra takes it: add, remove, replace; all or nothing, and every fault is the caller's."""

import copy
import re
from typing import Any

from oauth_server.api.hydra import wire

_INDEX = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
_MOST = 200


def apply(document: dict[str, Any], operations: Any, writable: frozenset[str]) -> dict[str, Any]:
    """The changed document. `writable`: the members at the top that may be touched. Raises `wire.Refusal`."""
    if not isinstance(operations, list) or len(operations) > _MOST:
        raise wire.bad("A JSON Patch is a list of operations.")
    found = copy.deepcopy(document)
    for operation in operations:
        _apply(found, operation, writable)
    return found


def _apply(document: dict[str, Any], operation: Any, writable: frozenset[str]) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in {"add", "remove", "replace"}:
        raise wire.bad("An operation is one of add, remove, replace.")
    if operation["op"] != "remove" and "value" not in operation:
        raise wire.bad("The operation has no value.")
    *parents, last = _tokens(operation.get("path"))
    if (parents or [last])[0] not in writable:
        raise wire.bad("A path names a member that is unknown or only read.")
    target: Any = document
    for token in parents:
        target = _step(target, token)
    _change(target, last, operation["op"], operation.get("value"))


def _tokens(path: Any) -> list[str]:
    """RFC 6901 §4."""
    if not isinstance(path, str) or not path.startswith("/"):
        raise wire.bad("A path begins with a slash.")
    return [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]


def _step(target: Any, token: str) -> Any:
    if isinstance(target, dict) and token in target:
        return target[token]
    if isinstance(target, list):
        return target[_index(token, len(target))]
    raise wire.bad("A path leads nowhere.")


def _index(token: str, length: int) -> int:
    if not _INDEX.fullmatch(token) or int(token) >= length:
        raise wire.bad("A path names an element that does not exist.")
    return int(token)


def _change(target: Any, token: str, op: str, value: Any) -> None:
    if isinstance(target, dict):
        # replace of what is absent adds it, as Hydra does
        if op != "remove":
            target[token] = value
        elif token in target:
            del target[token]
        else:
            raise wire.bad("What is to be removed does not exist.")
    elif isinstance(target, list):
        _change_list(target, token, op, value)
    else:
        raise wire.bad("A path leads nowhere.")


def _change_list(target: list[Any], token: str, op: str, value: Any) -> None:
    if op == "add":
        target.insert(len(target) if token == "-" else _index(token, len(target) + 1), value)
    elif op == "replace":
        target[_index(token, len(target))] = value
    else:
        del target[_index(token, len(target))]
