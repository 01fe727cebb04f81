"""Signals that host projects may listen to, each with the shape of its receivers; all are sent with `send_robust`, after the fact.

@family_revoked.receiver
def forget(sender: type, *, authorization_id: UUID, reason: str, **kwargs: Any) -> None: ...
"""

from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.dispatch import Signal

R = TypeVar("R")


class TypedSignal(Signal, Generic[R]):
    """A signal whose receivers are checked by the type checker."""

    def receiver(self, function: R) -> R:
        """Connect a function for as long as the process lives; use it as a decorator."""
        self.connect(function, weak=False)  # type: ignore[arg-type]
        return function


class FamilyRevoked(Protocol):
    """`authorization_id`: the family, whose codes and tokens are dead from now on."""

    def __call__(self, sender: Any, *, authorization_id: UUID, reason: str, **kwargs: Any) -> None: ...


class AuditRecorded(Protocol):
    """`event`: the saved row, a `models.AuditEvent`."""

    def __call__(self, sender: Any, *, event: Any, **kwargs: Any) -> None: ...


class SessionEnded(Protocol):
    """`session_id`: a sign-in of one browser."""

    def __call__(self, sender: Any, *, session_id: UUID, user_id: Any, reason: str, **kwargs: Any) -> None: ...


class OperatorMade(Protocol):
    """`user`: a member of staff whose account the command `oauth create operator` has just made; `sender` is the user model."""

    def __call__(self, sender: Any, *, user: Any, **kwargs: Any) -> None: ...


class DeliveriesDue(Protocol):
    """`deliveries`: keys of rows that may be sent now."""

    def __call__(self, sender: Any, *, deliveries: list[int], **kwargs: Any) -> None: ...


class PersonalData(Protocol):
    """`user`: a person who downloads what is kept of them. The answer: section → what JSON can hold."""

    def __call__(self, sender: Any, *, user: Any, **kwargs: Any) -> dict[str, Any]: ...


family_revoked: TypedSignal[FamilyRevoked] = TypedSignal()
audit_recorded: TypedSignal[AuditRecorded] = TypedSignal()
session_ended: TypedSignal[SessionEnded] = TypedSignal()
operator_made: TypedSignal[OperatorMade] = TypedSignal()
webhooks_due: TypedSignal[DeliveriesDue] = TypedSignal()
logouts_due: TypedSignal[DeliveriesDue] = TypedSignal()
personal_data: TypedSignal[PersonalData] = TypedSignal()
