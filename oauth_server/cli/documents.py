"""YAML and JSON files as commands read and write them."""

import json
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from oauth_server import strict_json
from oauth_server.cli.options import WrongUse

# libyaml where there is one: a file of ten thousand clients
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Refuses a mapping that names a member twice, of which the second would win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := next((name for place, name in enumerate(names) if name in names[:place]), None):
            raise yaml.constructor.ConstructorError(None, None, f"{twice} is named twice", node.start_mark)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def read(name: str) -> Any:
    """What a file holds, `-` being the standard input: values that JSON has too. Raises `WrongUse`."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise WrongUse(f"{name} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from error
    try:
        if text.lstrip()[:1] in ("{", "["):
            return strict_json.parse(text.encode())
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)):
            # a few lines of them stand for more than any memory holds
            raise WrongUse(f"{name} uses aliases (*name): write out what they stand for.")
        return json.loads(json.dumps(yaml.load(text, _Loader), allow_nan=False))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise WrongUse(f"{name} is neither YAML nor JSON as it is meant here: {error}") from error


def items(name: str) -> list[dict[str, Any]]:
    """The objects of a file: one, a list, or what `list --format json` prints."""
    found = read(name)
    if isinstance(found, dict):
        found = found.get("items", [found])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise WrongUse(f"{name} holds no objects.")
    return found


def write(value: Any) -> str:
    """YAML 1.1: the same text for the same value, whatever the machine. The order of members stays."""
    # not libyaml's emitter, which is not everywhere and breaks lines elsewhere
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False))
