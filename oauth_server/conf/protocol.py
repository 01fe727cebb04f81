"""Which parts of the specifications are on, and for whom."""

from dataclasses import dataclass

from oauth_server.conf.declare import DAY, setting


@dataclass(frozen=True, kw_only=True)
class Protocol:
    IMPLICIT_GRANT: bool = setting(
        False,
        "Legacy: the response types token, id_token and id_token token, for clients with the grant type implicit. "
        "Tokens in a URL leak: RFC 9700 §2.1.2 advises against them.",
    )
    HYBRID_FLOW: bool = setting(
        False,
        "Legacy: the response types code id_token, code token and code id_token token, for clients with the grant types "
        "authorization_code and implicit.",
    )
    REQUIRE_PUSHED_AUTHORIZATION_REQUESTS: bool = setting(
        False, "RFC 9126 §5: every client must push its authorization requests. One alone: its own metadata."
    )
    REQUEST_URI_FETCHES: int = setting(
        60,
        "How often in LIMIT_WINDOW request objects of one client are fetched on behalf of one address (RFC 9101 §10.4).",
    )
    GRANT_TYPES: list[str] = setting([], "Dotted paths of further grant classes (`oauth_server.grants.base.Grant`).")
    PASSWORD_GRANT: bool = setting(
        False,
        "RFC 6749 §4.3, legacy: clients that have the grant type may send a person's password. RFC 9700 §2.4 forbids it: it teaches "
        "people to type their password elsewhere, and knows no second factor.",
    )
    ASSERTION_LIFETIME: int = setting(
        3600, "RFC 7523 §3 (4): an assertion of a trusted issuer whose `exp` is further away than this is refused."
    )
    CLIENT_SECRET_JWT: bool = setting(
        False,
        "Legacy: the client authentication method client_secret_jwt. The secrets of its clients are kept readable, under "
        "ENCRYPTION_KEYS; private_key_jwt needs no secret on this side.",
    )
    CLIENT_ASSERTION_LIFETIME: int = setting(
        3600, "RFC 7523 §3 (4): a client assertion whose `exp` is further away than this is refused."
    )
    DYNAMIC_REGISTRATION: str = setting(
        "closed",
        "RFC 7591: who may register clients: `closed` nobody, `token` whoever has an initial access token, `open` everybody.",
        choices=("closed", "token", "open"),
    )
    REGISTRATION_SCOPES: list[str] = setting(
        ["openid", "profile", "email", "address", "phone", "offline_access"],
        "What a client that registered itself may ask for at most; an initial access token may say otherwise.",
    )
    REGISTRATION_DETAIL_TYPES: list[str] = setting(
        [], "The types of authorization details (RFC 9396) that a client which registered itself may ask for at most."
    )
    REGISTRATION_GRANT_TYPES: list[str] = setting(
        ["authorization_code", "implicit", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "The grant types that a client which registers itself may have, as far as they are on.",
    )
    REGISTRATIONS: int = setting(
        20, "How many clients one address may register in LIMIT_WINDOW without an initial access token."
    )
    REGISTRATION_APPROVAL: bool = setting(
        False,
        "A client that registers itself without an initial access token works once an operator has approved it, in the console under "
        "clients, Registrations; also after it has changed what it is. One that is like an approved one need not wait.",
    )
    REGISTRATION_HOSTS: list[str] = setting(
        [],
        "The hosts to which the redirect URIs of clients that register themselves may lead; `.example.org` is that host and every one "
        "below it. The person's own device (loopback) is always allowed; a private-use scheme is not, once there is a list. "
        "Empty: every host.",
    )
    REGISTERED_CLIENTS: int = setting(
        10_000,
        "How many clients that registered themselves and that no operator has verified an issuer has at most; one more without an initial "
        "access token is answered 429. 0: without limit.",
    )
    REGISTRATION_UNUSED_LIFETIME: int = setting(
        30 * DAY,
        "`clear_expired` removes a client that registered itself and holds nothing (no token, consent or request) this long after its "
        "last change. 0: never.",
    )
    CLIENT_AUTH_METHODS: list[str] = setting(
        [], "Dotted paths of further client authentication methods (`oauth_server.client_auth.base.Method`)."
    )
    RESPONSE_MODES: list[str] = setting(
        [], "Dotted paths of further response modes (`oauth_server.response_modes.base.ResponseMode`)."
    )
    TOKEN_FORMATS: list[str] = setting(
        [], "Dotted paths of further formats of access tokens (`oauth_server.tokens.formats.TokenFormat`)."
    )
    AUTHORIZATION_DETAIL_TYPES: list[str] = setting(
        [],
        "Dotted paths of classes that check, enrich or describe authorization details "
        "(`oauth_server.policy.detail_types.DetailType`). A type exists as soon as it has a row; a class adds to that.",
    )
    CLAIMS_HOOK: str = setting(
        "",
        "Dotted path of `hook(user, client, scope: frozenset[str]) -> SomeTypedDict`; its claims are added. The members of the "
        "TypedDict are listed in the metadata with the types that they must have.",
    )
    FRONTCHANNEL_LOGOUT: bool = setting(
        True, "Tell clients of a sign-out through the person's browser (OpenID Connect Front-Channel Logout 1.0)."
    )
    BACKCHANNEL_LOGOUT: bool = setting(
        True, "Tell clients of a sign-out from server to server (OpenID Connect Back-Channel Logout 1.0)."
    )
    LOGOUT_ATTEMPTS: int = setting(
        8, "How often a back-channel logout is tried: at once, after 30 seconds, then each time after twice as long."
    )
    SESSION_MANAGEMENT: bool = setting(
        False,
        "Legacy: `session_state` and the page `check_session_iframe` (OpenID Connect Session Management 1.0), by which an app's page "
        "sees a sign-out. Browsers that block cookies of third parties defeat it.",
    )
