"""Every setting: one dict `OAUTH_SERVER`, typed and lazy; the reference page in the docs is generated from this file.

Times are in seconds. `conf.settings.NAME` reads a value; `problems()` lists what is wrong with the dict, for `checks.py`.
"""

import ipaddress
import re
from dataclasses import dataclass, field, fields
from typing import Any, cast, get_args, get_origin, get_type_hints

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from oauth_server import registry

DEBUG_ISSUER = "http://localhost:8000"
DAY = 86_400


def setting(default: Any, help_text: str, *, secret: bool = False) -> Any:
    metadata = {"help": help_text, "secret": secret}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Values:
    """The dict `OAUTH_SERVER` with its defaults."""

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

    AUTHORIZATION_CODE_LIFETIME: int = setting(60, "RFC 6749 §4.1.2 allows 10 minutes, RFC 9700 asks for less.")
    PUSHED_REQUEST_LIFETIME: int = setting(
        60, "RFC 9126 §2.2: the time from the push to the first visit of the browser."
    )
    DEVICE_CODE_LIFETIME: int = setting(600, "RFC 8628 §3.2, expires_in of a device code and its user code.")
    DEVICE_POLL_INTERVAL: int = setting(5, "RFC 8628 §3.2, interval: the seconds between two polls of a device.")
    INTERACTION_LIFETIME: int = setting(3600, "How long a person may take from the first page to the last.")
    ACCESS_TOKEN_LIFETIME: int = setting(3600, "Narrower per audience.")
    ID_TOKEN_LIFETIME: int = setting(3600, "OpenID Connect Core 1.0 §2, exp.")
    REFRESH_TOKEN_IDLE_LIFETIME: int = setting(30 * DAY, "A refresh token that is not used for so long is dead.")
    REFRESH_TOKEN_LIFETIME: int = setting(365 * DAY, "The absolute end of a family, however often it is refreshed.")
    REFRESH_TOKEN_GRACE: int = setting(
        10, "A repeated refresh within this time gets the same answer again; later it is a replay and ends the family."
    )
    CODE_REPLAY_TOLERANCE: int = setting(
        0, "A valid second redemption of a code within this time is refused without ending the family."
    )
    CODE_ATTEMPTS: int = setting(5, "So many wrong code verifiers use up an authorization code.")
    CONSENT_LIFETIME: int = setting(0, "After this time a remembered consent is asked for again. 0: without end.")
    CONSENT_MAILS: str = setting(
        "new",
        "When people get a mail about an app that they allow to use their account: `new` when it could not before, `always` a receipt for "
        "each answer, `never`.",
    )
    MY_APPLICATIONS: str = setting(
        "closed",
        "The pages on which people register apps of their own: `closed` not there, `approval` an operator switches each app on, and "
        "again after a change of its addresses, `open` for everybody who can sign in.",
    )
    APPLICATIONS_PER_PERSON: int = setting(10, "So many apps of their own may one person have at a time.")
    DELETION_DELAY: int = setting(
        14 * DAY,
        "An account is deleted by `clear_expired` so long after its owner asked for it; signing in before keeps it.",
    )

    SIGNING_ALGORITHMS: list[str] = setting(
        ["ES256", "RS256"], "A key of each is made with every issuer: ES256 for access tokens, RS256 for ID tokens."
    )
    KEY_LIFETIME: int = setting(
        90 * DAY, "After this time `rotate_keys` puts the next key in the place of the active one."
    )
    KEY_PUBLICATION: int = setting(
        DAY, "The next key is in the JWKS for so long before it signs (OpenID Connect Core 1.0 §10.1.1)."
    )
    JWKS_MAX_AGE: int = setting(3600, "Cache-Control max-age of the JWKS and of the metadata.")

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
        60, "So often in LIMIT_WINDOW the request objects of one client are fetched for one address (RFC 9101 §10.4)."
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
        "RFC 7591: who may register clients: `closed` nobody, `token` who has an initial access token, `open` everybody.",
    )
    REGISTRATION_SCOPES: list[str] = setting(
        ["openid", "profile", "email", "address", "phone", "offline_access"],
        "What a client that registered itself may ask for at most; an initial access token may say otherwise.",
    )
    REGISTRATION_GRANT_TYPES: list[str] = setting(
        ["authorization_code", "implicit", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "The grant types that a client which registers itself may have, as far as they are on.",
    )
    REGISTRATIONS: int = setting(
        20, "So many clients are registered from one address in LIMIT_WINDOW without an initial access token."
    )
    REGISTRATION_APPROVAL: bool = setting(
        False,
        "A client that registers itself without an initial access token works once an operator has approved it, in the console under "
        "clients, Registrations; also after it has changed what it is. One that is like an approved one need not wait.",
    )
    REGISTRATION_HOSTS: list[str] = setting(
        [],
        "The hosts to which the redirect URIs of clients that register themselves may lead; `.example.org` is that host and every one below "
        "it. The person's own device (loopback) is always allowed; a private-use scheme is not, once there is a list. Empty: every host.",
    )
    REGISTERED_CLIENTS: int = setting(
        10_000,
        "So many clients that registered themselves and that no operator has verified an issuer has at most; one more without an initial "
        "access token is answered 429. 0: without limit.",
    )
    REGISTRATION_UNUSED_LIFETIME: int = setting(
        30 * DAY,
        "`clear_expired` removes a client that registered itself and holds nothing: no token, consent or request. So long after its "
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
    CLAIMS_HOOK: str = setting(
        "",
        "Dotted path of `hook(user, client, scope: frozenset[str]) -> SomeTypedDict`; its claims are added. The members of the "
        "TypedDict are listed in the metadata with the types that they must have.",
    )
    ACR_VALUES: list[str] = setting(
        ["1", "2"],
        "How well a person can show who they are, weakest first; the first is every sign-in (OpenID Connect Core 1.0 §2, acr). With the "
        "accounts app the second is two factors, or a passkey, and a third would be a passkey. Empty: no acr is told.",
    )
    STEP_UP_URL: str = setting(
        "",
        "The page, a path or the name of a URL, that asks a person who is signed in for one of `?acr_values=` and then calls "
        "`record_sign_in(request, user, amr=…, acr=…)`. Empty: the page of the accounts app; without that app nobody is asked for more "
        "than the first of ACR_VALUES.",
    )
    SECOND_FACTOR: str = setting(
        "nobody",
        "Who must have a second factor: `nobody`, `staff` (whoever may open the admin) or `everybody`. Who has one is always asked for it.",
    )
    SECOND_FACTOR_FAILURES: int = setting(
        5, "Wrong codes of an authenticator app or recovery codes per account in the window; more is 429."
    )
    PASSWORD_MIN_LENGTH: int = setting(
        15, "NIST SP 800-63B-4 §3.1.1.2: the shortest password where it may be all that is asked for."
    )
    PASSWORD_MIN_LENGTH_WITH_SECOND_FACTOR: int = setting(
        8, "The same for people who must have a second factor (SECOND_FACTOR)."
    )
    SECURITY_MAX_AGE: int = setting(
        600,
        "A page that changes how a person signs in asks them to confirm that it is they, unless they did so in this time.",
    )
    REMEMBER_DEVICES_FOR: int = setting(
        0, "So long a browser that its owner marked is not asked for the second factor again. 0: always asked."
    )
    FACTOR_RESET_WAIT: int = setting(
        3 * DAY,
        "Who lost every second factor can ask for their removal with the password alone; it happens after this time, unless a notice by "
        "mail or a sign-in stops it. 0: only an operator can.",
    )
    WEBAUTHN_RP_ID: str = setting(
        "",
        "The domain that passkeys are bound to: the host of ISSUER, or a domain above it. Empty: the host of ISSUER. Changing it makes "
        "every passkey useless.",
    )
    TOKEN_POLICY: str = setting(
        "",
        "Dotted path of `policy(asked: Asked) -> Collection[str]` (`oauth_server.policy.issuing.Asked`): of the scopes that a token would "
        "get those that it gets, whenever one is issued; it may raise `oauth_server.errors.AccessDenied`. Empty: all of them.",
    )
    PEOPLE_POLICY: str = setting(
        "",
        "Dotted path of `policy(user, issuer) -> bool`: may this person use this issuer. Empty: every active person.",
    )

    SIGN_UP: str = setting(
        "open",
        "Who may make an account: `open` everybody, `invitation` whoever got a mail with an invitation, `closed` nobody on the pages.",
    )
    INVITATION_LIFETIME: int = setting(7 * DAY, "So long the link of an invitation works; it works once.")
    IDENTIFIER_FIRST: bool = setting(
        False,
        "The sign-in page asks for the address alone, and the next one for the password. Off: one page asks for both.",
    )
    ACCEPT_TERMS: bool = setting(
        False,
        "People accept the terms of service when they register, and each new version before they go on to an app. The versions are rows.",
    )
    EMAIL_UNDO_LIFETIME: int = setting(
        14 * DAY, "So long the mail to the former address can take the change of an address back."
    )
    PLACE_HOOK: str = setting(
        "",
        "Dotted path of `place(address: str) -> str`: where an address is, in words, for the page of sessions and for mails. "
        "Empty, or where it answers with nothing: the network of the address.",
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
        20_000, "So many requests to the management API by one client or member of staff in the window; more is 429."
    )
    API_FAILURES: int = setting(
        100, "Requests to the management API with a token that is not good, per address in the window; more is 429."
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
    FRONTCHANNEL_LOGOUT: bool = setting(
        True, "Tell clients of a sign-out through the person's browser (OpenID Connect Front-Channel Logout 1.0)."
    )
    BACKCHANNEL_LOGOUT: bool = setting(
        True, "Tell clients of a sign-out from server to server (OpenID Connect Back-Channel Logout 1.0)."
    )
    LOGOUT_ATTEMPTS: int = setting(
        8, "So often a back-channel logout is tried: at once, after 30 seconds, and each time after twice as long."
    )
    SESSION_MANAGEMENT: bool = setting(
        False,
        "Legacy: `session_state` and the page `check_session_iframe` (OpenID Connect Session Management 1.0), by which an app's page "
        "sees a sign-out. Browsers that block cookies of third parties defeat it.",
    )
    FETCH_PRIVATE_HOSTS: list[str] = setting(
        [],
        "Names of hosts that the server may call for a client (keys, request objects, sign-outs) although their address is not public, "
        "on any port and by http too. Every other address that a client names has to be https, on port 443 or 8443, on the internet.",
    )
    LIMIT_WINDOW: int = setting(900, "Failed attempts are counted over this time.")
    CLIENT_SECRET_FAILURES: int = setting(20, "Failed client authentications per client and address in the window.")
    SIGN_IN_FAILURES: int = setting(10, "Failed sign-ins per account and address in the window.")
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
        "So often one user code may be entered before it is void: whoever sends the same code to many people reaches few.",
    )
    MAX_BODY: int = setting(65_536, "The largest body that an endpoint for machines reads, in bytes; more is 413.")

    PREPARED_STATEMENTS: bool = setting(
        False,
        "On PostgreSQL, prepare the hot statements: less work for the database. Needs sessions of its own: off behind a pooler that "
        "hands connections on between transactions.",
    )
    ASYNCHRONOUS_COMMIT: bool = setting(
        False,
        "On PostgreSQL, answer before a client's own access token is safe on disk. After a crash such a token may be unknown, never more.",
    )

    AUDIT_RETENTION: int = setting(400 * DAY, "Audit events older than this are removed by `clear_expired`. 0: kept.")
    ADDRESS_RETENTION: int = setting(
        90 * DAY,
        "`clear_expired` takes the address out of audit events that are older, and address and browser out of sign-ins that expired "
        "before. 0: kept as long as the row.",
    )
    SESSION_RETENTION: int = setting(
        0, "So long after it has expired `clear_expired` leaves a sign-in in the list of sign-ins."
    )
    REFUSALS_RECORDED: int = setting(
        30,
        "So many refused requests of one kind from one address are in the audit log in LIMIT_WINDOW; all are counted.",
    )
    REFUSALS_RECORDED_IN_ALL: int = setting(
        1000, "So many refused requests of one kind, from all addresses together, one process records in LIMIT_WINDOW."
    )
    AUDIT_WEBHOOK_URL: str = setting(
        "", "Every audit event is sent there as JSON by POST, signed as Standard Webhooks says. Empty: none."
    )
    AUDIT_WEBHOOK_SECRET: str = setting("", "The key of the signature, at least 32 characters.", secret=True)
    AUDIT_WEBHOOK_ATTEMPTS: int = setting(
        12, "So often an audit event is sent: at once, after 30 seconds, and each time after twice as long."
    )
    METRICS_TOKEN: str = setting(
        "",
        "Who sends it as Bearer reads Prometheus' metrics at /metrics (extra `metrics`). Empty: there are none.",
        secret=True,
    )
    COUNT_USAGE: bool = setting(
        True, "Count tokens and refused requests for the console, in memory; a thread writes the sums once a minute."
    )
    COUNTER_RETENTION: int = setting(90 * DAY, "So long the counters of the console's home page are kept.")


def _problem(name: str, hint: Any, value: Any) -> str:
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        good = isinstance(value, (list, tuple)) and all(isinstance(v, item) for v in value)
        return "" if good else f"{name} must be a list of {item.__name__}"
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        return f"{name} must be of type {hint.__name__}"
    if hint is int and value < 0:
        return f"{name} must not be negative"
    return ""


def _network_problem(network: str) -> str:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        return f"TRUSTED_PROXIES names {network!r}, which is no network"
    return ""


def _registration_problem(value: str) -> str:
    known = ("closed", "token", "open")
    return "" if value in known else f"DYNAMIC_REGISTRATION must be one of {', '.join(known)}"


def _second_factor_problem(value: str) -> str:
    known = ("nobody", "staff", "everybody")
    return "" if value in known else f"SECOND_FACTOR must be one of {', '.join(known)}"


_CHOICES = {
    "CONSENT_MAILS": ("never", "new", "always"),
    "MY_APPLICATIONS": ("closed", "approval", "open"),
    "SIGN_UP": ("open", "invitation", "closed"),
}


def _choice_problem(name: str, value: str) -> str:
    return "" if value in _CHOICES[name] else f"{name} must be one of {', '.join(_CHOICES[name])}"


def _error_uri_problem(value: str) -> str:
    # RFC 6749 §5.2: no space, no quote; the error is its fragment
    is_good = not value or re.fullmatch(r"https?://[!$-.0-;=?-\[\]_a-z~/]+", value, re.ASCII)
    return "" if is_good else "ERROR_URI must be the address of a page, without a fragment"


def _acr_problem(value: str) -> str:
    # OpenID Connect Core 1.0 §3.1.2.1: acr_values are separated by spaces
    return "" if value and not any(map(str.isspace, value)) else "ACR_VALUES holds an empty value, or one with a space"


def problems() -> list[str]:
    """What is wrong with the dict: unknown names, wrong types, networks that are none."""
    if not isinstance(getattr(django_settings, "OAUTH_SERVER", {}), dict):
        return ["OAUTH_SERVER must be a dict"]
    values = given()
    hints = get_type_hints(Values)
    found = [f"unknown setting {name}" for name in values if name not in hints]
    found += [_problem(name, hints[name], value) for name, value in values.items() if name in hints]
    if not any(found):
        found += [_network_problem(network) for network in values.get("TRUSTED_PROXIES", [])]
        found += [_acr_problem(value) for value in values.get("ACR_VALUES", [])]
        found.append(_error_uri_problem(values.get("ERROR_URI", "")))
        found.append(_registration_problem(values.get("DYNAMIC_REGISTRATION", "closed")))
        found += [_choice_problem(name, values[name]) for name in _CHOICES if name in values]
        found.append(_second_factor_problem(values.get("SECOND_FACTOR", "nobody")))
    return [problem for problem in found if problem]


def given() -> dict[str, Any]:
    """The dict as the project wrote it, without defaults; empty when it is none. For checks, and for what runs before them."""
    values = getattr(django_settings, "OAUTH_SERVER", {})
    return dict(values) if isinstance(values, dict) else {}


def _load() -> Values:
    wrong = problems()
    if wrong:
        raise ImproperlyConfigured("OAUTH_SERVER: " + "; ".join(wrong))
    values = given()
    if not values.get("ISSUER"):
        if not django_settings.DEBUG:
            raise ImproperlyConfigured(
                "OAUTH_SERVER['ISSUER'] is not set. It is the URL of this server, such as https://id.example.com"
            )
        values["ISSUER"] = DEBUG_ISSUER
    values["ISSUER"] = values["ISSUER"].rstrip("/")
    for name in ("DIGEST_KEYS", "ENCRYPTION_KEYS"):
        if not values.get(name):
            values[name] = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return Values(**values)


class _Lazy:
    """Reads the dict at the first use; `override_settings` makes it read again."""

    _values: Values | None = None

    def __getattr__(self, name: str) -> Any:
        if self._values is None:
            self._values = _load()
        value = getattr(self._values, name)
        setattr(self, name, value)
        return value

    def reload(self) -> None:
        self.__dict__.clear()


_lazy = _Lazy()
settings = cast(Values, _lazy)


def _reload(*, setting: str, **_: Any) -> None:
    if setting in {"OAUTH_SERVER", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DEBUG"}:
        _lazy.reload()
        registry.forget()


setting_changed.connect(_reload)


def effective() -> list[tuple[str, Any, bool]]:
    """Name and value of every setting as this process runs with it, and whether the project wrote it. Of secrets their number."""
    written = given()
    found = []
    for f in fields(Values):
        value = getattr(settings, f.name)
        if f.metadata["secret"] and value:
            value = f"{len(value)} hidden" if isinstance(value, list) else "hidden"
        found.append((f.name, value, f.name in written))
    return found


def reference() -> list[tuple[str, str, Any, str]]:
    """Name, type, default and meaning of every setting, for the docs."""
    hints = get_type_hints(Values)
    defaults = Values()
    return [
        (
            f.name,
            str(hints[f.name]).replace("<class '", "").replace("'>", ""),
            getattr(defaults, f.name),
            f.metadata["help"],
        )
        for f in fields(Values)
    ]
