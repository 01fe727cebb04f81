"""RFC 7591 §2 client metadata as it would be: what every rule looks at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oauth_server.models import Client, Issuer

# A rule yields (member, message)
Problems = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The given members over those of the client, or over the defaults.

    `by_itself`: a client registers itself (RFC 7591), or changes its registration. `incomplete`: redirect URIs may come later.
    """

    issuer: Issuer
    client: Client | None
    given: Mapping[str, Any]
    members: Mapping[str, Any]
    by_itself: bool = False
    incomplete: bool = False

    @property
    def is_public(self) -> bool:
        return bool(self.members["token_endpoint_auth_method"] == "none")

    @property
    def has_keys(self) -> bool:
        return bool(self.members["jwks"] or self.members["jwks_uri"])

    def changes(self, *names: str) -> bool:
        """Whether one of these is new. A rule that is younger than a client does not stop the client's other changes."""
        return self.client is None or self.by_itself or any(name in self.given for name in names)
