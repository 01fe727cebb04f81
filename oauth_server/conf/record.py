"""What is recorded and counted, for how long, and who is told."""

from dataclasses import dataclass

from oauth_server.conf.declare import DAY, setting


@dataclass(frozen=True, kw_only=True)
class Record:
    AUDIT_RETENTION: int = setting(400 * DAY, "Audit events older than this are removed by `clear_expired`. 0: kept.")
    ADDRESS_RETENTION: int = setting(
        90 * DAY,
        "`clear_expired` takes the address out of audit events that are older, and address and browser out of sign-ins that expired "
        "before. 0: kept as long as the row.",
    )
    SESSION_RETENTION: int = setting(
        0, "How long `clear_expired` leaves a sign-in in the list of sign-ins after it has expired."
    )
    REFUSALS_RECORDED: int = setting(
        30,
        "How many refused requests of one kind from one address are written to the audit log in LIMIT_WINDOW; all are counted.",
    )
    REFUSALS_RECORDED_IN_ALL: int = setting(
        1000, "How many refused requests of one kind, from all addresses together, one process records in LIMIT_WINDOW."
    )
    AUDIT_WEBHOOK_URL: str = setting(
        "", "Every audit event is sent to this URL as JSON by POST, signed as Standard Webhooks says. Empty: none."
    )
    AUDIT_WEBHOOK_SECRET: str = setting("", "The key of the signature, at least 32 characters.", secret=True)
    AUDIT_WEBHOOK_ATTEMPTS: int = setting(
        12, "How often sending an audit event is tried: at once, after 30 seconds, then each time after twice as long."
    )
    METRICS_TOKEN: str = setting(
        "",
        "Whoever sends it as a Bearer token reads Prometheus' metrics at /metrics (extra `metrics`). Empty: there are none.",
        secret=True,
    )
    COUNT_USAGE: bool = setting(
        True, "Count tokens and refused requests for the console, in memory; a thread writes the sums once a minute."
    )
    COUNTER_RETENTION: int = setting(90 * DAY, "How long the counters of the console's home page are kept.")
