"""How often something may be tried."""

from dataclasses import dataclass

from oauth_server.conf.declare import setting


@dataclass(frozen=True, kw_only=True)
class Limits:
    LIMIT_WINDOW: int = setting(900, "Failed attempts are counted over this time.")
    CLIENT_SECRET_FAILURES: int = setting(20, "Failed client authentications per client and address in the window.")
    SIGN_IN_FAILURES: int = setting(10, "Failed sign-ins per account and address in the window.")
    SIGN_IN_FAILURES_PER_ADDRESS: int = setting(
        100, "Failed sign-ins per address in the window, for all accounts together."
    )
    SIGN_IN_FAILURES_PER_ACCOUNT: int = setting(
        100,
        "Failed sign-ins per account in a row, from all addresses together at which it was not signed in before; then none of them is "
        "heard for an hour.",
    )
    USER_CODE_FAILURES: int = setting(
        5, "Wrong user codes per account in the life of a code (RFC 8628 §5.1); a right one does not reset the count."
    )
    USER_CODE_FAILURES_PER_ADDRESS: int = setting(100, "Wrong user codes per address in the same time; more is 429.")
    USER_CODE_ENTRIES: int = setting(
        10,
        "How often one user code may be entered before it is void: whoever sends the same code to many people reaches few.",
    )
    MAX_BODY: int = setting(65_536, "The largest body that an endpoint for machines reads, in bytes; more is 413.")
