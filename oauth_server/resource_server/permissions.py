"""RFC 6750 §3.1 (`insufficient_scope`) and RFC 9470 §3 (`insufficient_user_authentication`) as permissions of Django REST framework.

They stand beside any of our authentication classes, here or in another process, and let nothing pass that these did not authenticate.
"""

import time
from collections.abc import Collection
from typing import Any, NoReturn, Protocol, runtime_checkable

from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission, OperationHolderMixin
from rest_framework.request import Request

from oauth_server.resource_server import challenge


@runtime_checkable
class Credential(Protocol):
    """What `request.auth` is after our authentication."""

    @property
    def sub(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def audiences(self) -> list[str]: ...
    @property
    def acr(self) -> str: ...
    @property
    def auth_time(self) -> float | None: ...


class _Refused(APIException):
    """Keeps its own challenge, which says what would do."""

    def __init__(self, refused: challenge.Refused, realm: str, resource_metadata: str) -> None:
        super().__init__(refused.description, code=refused.error)
        self.status_code = refused.status
        self.auth_header = refused.challenge(realm=realm, resource_metadata=resource_metadata)


class _Permission(OperationHolderMixin, BasePermission):
    """Stands in `permission_classes` as a class, or as an instance that says what it needs; both go with `&`."""

    def __call__(self) -> Any:
        return self

    def __and__(self, other: Any) -> Any:
        return super().__and__(other)


class HasScopes(_Permission):
    """`HasScopes("orders:read")`: the token has these scopes. As a class: those of the view's `required_scopes`, a list or by method.

    A method that `required_scopes` leaves out is closed.
    """

    def __init__(self, *scopes: str) -> None:
        self.scopes = scopes

    def needed(self, method: str | None, view: Any) -> Collection[str] | None:
        """The scopes for a method of a view; None where it is closed."""
        if self.scopes:
            return self.scopes
        required = getattr(view, "required_scopes", None)
        method = "GET" if method == "HEAD" else method
        needed: Collection[str] | None = required.get(method) if isinstance(required, dict) else required
        return needed

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = self.needed(request.method, view)
        if needed is None or not isinstance(request.auth, Credential):
            return False
        try:
            challenge.require_scopes(request.auth.scope.split(), needed)
        except challenge.InsufficientScope as refused:
            _refuse(refused, request, view)
        return True


class RequireAcr(_Permission):
    """`RequireAcr("2", max_age=300)`: the person signed in at one of these levels, at most so many seconds ago."""

    def __init__(self, *acr_values: str, max_age: int | None = None) -> None:
        if not acr_values and max_age is None:
            raise TypeError("RequireAcr needs a level, a max_age, or both")
        self.acr_values = acr_values
        self.max_age = max_age

    def has_permission(self, request: Request, view: Any) -> bool:
        auth = request.auth
        if not isinstance(auth, Credential):
            return False
        try:
            challenge.require_sign_in(
                auth.acr, auth.auth_time, acr_values=self.acr_values, max_age=self.max_age, now=time.time()
            )
        except challenge.InsufficientAuthentication as refused:
            _refuse(refused, request, view)
        return True


class HasDetail(_Permission):
    """`HasDetail("payment_initiation", actions=["initiate"])`: an authorization detail (RFC 9396) of this type has these members.

    What it says beyond them, an amount or an account, is for the view to compare: `request.auth.authorization_details`.
    """

    def __init__(self, type: str, **members: Any) -> None:
        self.type = type
        self.members = members

    def has_permission(self, request: Request, view: Any) -> bool:
        held = getattr(request.auth, "authorization_details", None)
        if held is None or not isinstance(request.auth, Credential):
            return False
        try:
            challenge.require_detail(held, self.type, self.members)
        except challenge.InsufficientDetails as refused:
            _refuse(refused, request, view)
        return True


def _refuse(refused: challenge.Refused, request: Request, view: Any) -> NoReturn:
    raise _Refused(refused, *challenge_of(request, view)) from refused


def challenge_of(request: Request, view: Any) -> tuple[str, str]:
    """The realm and the address of the metadata that the challenges of a view name."""
    gate = getattr(view, "tokens", None)
    audience = getattr(view, "audience", "") or getattr(gate, "audience", "")
    metadata = getattr(view, "resource_metadata", "") or getattr(gate, "resource_metadata", "")
    return audience or request.get_host(), metadata
