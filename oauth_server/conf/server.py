"""What this server is called, whom it believes, how it keeps what it has, and the interfaces beside the protocol."""

from dataclasses import dataclass

from oauth_server.conf.declare import setting


@dataclass(frozen=True, kw_only=True)
class Server:
    ISSUER: str = setting(
        "",
        "The URL of the first issuer: https, no query, no fragment, no slash at the end (RFC 8414 §2). "
        "Empty: http://localhost:8000 with DEBUG, an error without.",
    )
    SITE_NAME: str = setting("", "The name that people see on pages and in mails. Empty: the host of the issuer.")
    PRIVACY_URL: str = setting("", "Linked in the footer of every page for people.")
    CLIENT_LOGOS: bool = setting(
        False,
        "Let browsers load the logo that a client names (logo_uri, https only) from the client's site; the site then sees "
        "who is about to sign in. Off: initials.",
    )
    HELP_URL: str = setting("", "Linked in the footer of every page for people.")
    LANGUAGES: list[str] = setting(
        [],
        "Codes of the languages that people can choose on the pages, such as de or pt-br, in this order; each one of Django's LANGUAGES. "
        "Empty: those of Django's LANGUAGES for which this server brings a catalogue.",
    )
    ERROR_URI: str = setting(
        "",
        "The address of a page that explains errors, such as the reference of errors in these pages. Refusals then carry `error_uri`: this "
        "address, `#` and the error (RFC 6749 §5.2). Empty: they carry none.",
    )
    DIGEST_KEYS: list[str] = setting(
        [],
        "Keys of the digests under which tokens, codes and secrets are stored. The first writes, all are accepted. "
        "Empty: derived from SECRET_KEY and SECRET_KEY_FALLBACKS.",
        secret=True,
    )
    ENCRYPTION_KEYS: list[str] = setting(
        [],
        "Keys of the encryption at rest of signing keys. The first writes, all are accepted. "
        "Empty: derived from SECRET_KEY and SECRET_KEY_FALLBACKS.",
        secret=True,
    )
    TRUSTED_PROXIES: list[str] = setting(
        [],
        "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8; for limits, audit and the pages. "
        "A proxy there must drop headers whose names have an underscore: servers take X_Forwarded_For for the same.",
    )
    MANAGEMENT_API: bool = setting(
        True,
        "The management API below /api/v1, for the holders of tokens with manage: scopes, and for staff in the console. Off: 404; the "
        "command line at the machine goes on.",
    )
    API_REQUESTS: int = setting(
        20_000, "Requests to the management API by one client or member of staff in the window; more is 429."
    )
    API_FAILURES: int = setting(
        100, "Requests to the management API with an invalid token, per address in the window; more is 429."
    )
    HYDRA_API: bool = setting(
        True,
        "Ory Hydra's contract below /hydra: its admin API for the holders of tokens with manage: scopes, and the endpoints that its "
        "command-line client calls. Off: 404.",
    )
    HYDRA_LOGIN_URL: str = setting(
        "",
        "The login page of an app of yours that speaks Hydra's contract; people are sent there with `login_challenge`. "
        "`{issuer}` in it becomes the issuer's URL, encoded. Empty: the built-in pages.",
    )
    HYDRA_CONSENT_URL: str = setting("", "The same for the question of consent, with `consent_challenge`.")
    HYDRA_LOGOUT_URL: str = setting("", "The same for the question whether to sign out, with `logout_challenge`.")
    HYDRA_DEVICE_URL: str = setting("", "The same for typing the code of a device, with `device_challenge`.")
    FETCH_PRIVATE_HOSTS: list[str] = setting(
        [],
        "Names of hosts that the server may call for a client (keys, request objects, sign-outs) although their address is not public, "
        "on any port and by http too. Every other address that a client names has to be https, on port 443 or 8443, on the internet.",
    )
    PREPARED_STATEMENTS: bool = setting(
        False,
        "On PostgreSQL, prepare the hot statements: less work for the database. Needs sessions of its own: off behind a pooler that "
        "hands connections on between transactions.",
    )
    ASYNCHRONOUS_COMMIT: bool = setting(
        False,
        "On PostgreSQL, answer before a client's own access token is safe on disk. After a crash such a token may be unknown, never more.",
    )
