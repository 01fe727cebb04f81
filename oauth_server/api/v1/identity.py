"""How an object is named in a path: by its natural key where that needs no escaping, else by `~` and its base64url.

A client's ID, a scope and the identifier of an API may hold slashes, which proxies and servers join, decode or refuse in paths.
"""

import base64
import re

# RFC 3986 §3.3: of `pchar` those that no proxy rewrites
_PLAIN = re.compile(r"[A-Za-z0-9_:.-]{1,255}", re.ASCII)
_CODED = re.compile(r"~[A-Za-z0-9_-]{1,1400}", re.ASCII)


def id_of(key: str) -> str:
    """The `id` of the object with this natural key."""
    if _PLAIN.fullmatch(key) and key.strip("."):
        return key
    return "~" + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of(name: str) -> str:
    """The natural key that a path names; empty for what no object is called. Each object has one name."""
    if not _CODED.fullmatch(name):
        return name if _PLAIN.fullmatch(name) and name.strip(".") else ""
    try:
        key = base64.urlsafe_b64decode(name[1:] + "=" * (-len(name[1:]) % 4)).decode()
    except ValueError:
        return ""
    return key if "\x00" not in key and id_of(key) == name else ""
