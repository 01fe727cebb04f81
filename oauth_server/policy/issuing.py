"""What a project has to say about a token before it is issued: the setting TOKEN_POLICY."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from oauth_server.conf import settings
from oauth_server.errors import AccessDenied
from oauth_server.models import Authorization, Client
from oauth_server.policy.detail_types import Detail


@dataclass(frozen=True, slots=True)
class Asked:
    """A token that is about to be issued. The family says since which sign-in, and how well the person showed who they are."""

    client: Client
    authorization: Authorization
    grant_type: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    # RFC 9396; a policy that will not have them raises `AccessDenied`
    details: tuple[Detail, ...] = ()

    @property
    def user(self) -> Any:
        """The person, or None where the client acts for itself."""
        return self.authorization.user


Policy = Callable[[Asked], Collection[str]]


def narrowed(asked: Asked) -> tuple[str, ...]:
    """Of the scopes those that are left; a policy gives nothing that was not asked. Raises what the policy raises, and `AccessDenied`."""
    policy: Policy = import_string(settings.TOKEN_POLICY)
    allowed = set(policy(asked))
    left = tuple(name for name in asked.scopes if name in allowed)
    if asked.scopes and not left:
        raise AccessDenied(reason="TOKEN_POLICY leaves no scope")
    return left
