"""How long codes, tokens and keys live."""

from dataclasses import dataclass

from oauth_server.conf.declare import DAY, setting


@dataclass(frozen=True, kw_only=True)
class Tokens:
    AUTHORIZATION_CODE_LIFETIME: int = setting(60, "RFC 6749 §4.1.2 allows 10 minutes, RFC 9700 asks for less.")
    PUSHED_REQUEST_LIFETIME: int = setting(
        60, "RFC 9126 §2.2: the time from the push to the first visit of the browser."
    )
    DEVICE_CODE_LIFETIME: int = setting(600, "RFC 8628 §3.2, expires_in of a device code and its user code.")
    DEVICE_POLL_INTERVAL: int = setting(5, "RFC 8628 §3.2, interval: the seconds between two polls of a device.")
    INTERACTION_LIFETIME: int = setting(3600, "How long a person may take from the first page to the last.")
    ACCESS_TOKEN_LIFETIME: int = setting(3600, "An audience may have a shorter one.")
    ID_TOKEN_LIFETIME: int = setting(3600, "OpenID Connect Core 1.0 §2, exp.")
    REFRESH_TOKEN_IDLE_LIFETIME: int = setting(30 * DAY, "A refresh token that is not used for this long is dead.")
    REFRESH_TOKEN_LIFETIME: int = setting(365 * DAY, "The absolute end of a family, however often it is refreshed.")
    REFRESH_TOKEN_GRACE: int = setting(
        10, "A repeated refresh within this time gets the same answer again; later it is a replay and ends the family."
    )
    CODE_REPLAY_TOLERANCE: int = setting(
        0, "A valid second redemption of a code within this time is refused without ending the family."
    )
    CODE_ATTEMPTS: int = setting(5, "How many wrong code verifiers use up an authorization code.")
    SIGNING_ALGORITHMS: list[str] = setting(
        ["ES256", "RS256"], "A key of each is made with every issuer: ES256 for access tokens, RS256 for ID tokens."
    )
    KEY_LIFETIME: int = setting(
        90 * DAY, "After this time `rotate_keys` puts the next key in the place of the active one."
    )
    KEY_PUBLICATION: int = setting(
        DAY, "How long the next key is in the JWKS before it signs (OpenID Connect Core 1.0 §10.1.1)."
    )
    JWKS_MAX_AGE: int = setting(3600, "Cache-Control max-age of the JWKS and of the metadata.")
    TOKEN_POLICY: str = setting(
        "",
        "Dotted path of `policy(asked: Asked) -> Collection[str]` (`oauth_server.policy.issuing.Asked`): returns which of the "
        "scopes a token gets, whenever one is issued; it may raise `oauth_server.errors.AccessDenied`. Empty: all of them.",
    )
