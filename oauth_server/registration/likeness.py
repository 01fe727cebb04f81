"""RFC 7591 §2 registrations of the same software: one app that registers anew on every machine is one thing to look at."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from oauth_server.grants.jwt_bearer import JWTBearer
from oauth_server.registration import shapes

# What may differ from one copy of the software to the next
_OWN = frozenset({"client_id", "client_secret", "jwks", "software_version", "metadata"})
# What these bring goes to whoever asks, and to no address that an operator could have looked at
_FOR_WHOEVER_ASKS = frozenset({"client_credentials", "password", JWTBearer.grant_type})
# RFC 8252 §7.3: an app on the person's device takes whatever port is free
_PORT = re.compile(r"^(http://(?:127\.0\.0\.1|\[::1\]|localhost)):\d{1,5}", re.ASCII)


def of(members: Mapping[str, Any]) -> str:
    """The same for metadata that says the same of the app: who it says it is, where its answers go, what it may do."""
    told = {name: _plain(members.get(name)) for name in sorted(shapes.MEMBERS) if name not in _OWN}
    if _FOR_WHOEVER_ASKS & {*(members.get("grant_types") or ())}:
        # whoever says the same is somebody else all the same
        told["client_id"] = members.get("client_id")
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(
            _PORT.sub(r"\1", one) if isinstance(one, str) else json.dumps(one, sort_keys=True) for one in value
        )
    return value
