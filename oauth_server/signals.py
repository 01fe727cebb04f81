"""Signals that host projects may listen to; all are sent with `send_robust`, after the fact."""

from django.dispatch import Signal

# sender: the class; authorization_id: UUID of the family; reason: str
family_revoked = Signal()
# sender: the class; event: AuditEvent (saved)
audit_recorded = Signal()
# sender: the class; session_id: UUID; user_id; reason: str
session_ended = Signal()
# sender: the user model; user: a member of staff whose account the command `oauth create operator` has just made
operator_made = Signal()
# sender: the class; deliveries: list of the keys of webhook deliveries that may be sent now
webhooks_due = Signal()
# sender: the class; deliveries: list of the keys of back-channel logouts that may be sent now
logouts_due = Signal()
# sender: the user model; user: a person who downloads what is kept of them. Receivers answer with a dict, section → what JSON can hold
personal_data = Signal()
