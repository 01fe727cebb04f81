"""How people sign in, what their accounts need, and what they are asked."""

from dataclasses import dataclass

from oauth_server.conf.declare import DAY, setting


@dataclass(frozen=True, kw_only=True)
class People:
    CONSENT_LIFETIME: int = setting(
        0, "After this time people are asked again, although they have answered before. 0: never."
    )
    CONSENT_MAILS: str = setting(
        "new",
        "When people get a mail about an app that they allow to use their account: `new` when it could not before, `always` a receipt for "
        "each answer, `never`.",
        choices=("never", "new", "always"),
    )
    MY_APPLICATIONS: str = setting(
        "closed",
        "The pages on which people register apps of their own: `closed` not there, `approval` an operator switches each app on, and "
        "again after a change of its addresses, `open` for everybody who can sign in.",
        choices=("closed", "approval", "open"),
    )
    APPLICATIONS_PER_PERSON: int = setting(10, "How many apps of their own one person may have at a time.")
    DELETION_DELAY: int = setting(
        14 * DAY,
        "`clear_expired` deletes an account this long after its owner asked for it; signing in before then keeps it.",
    )
    ACR_VALUES: list[str] = setting(
        ["1", "2"],
        "How well a person can show who they are, weakest first; the first is every sign-in (OpenID Connect Core 1.0 §2, acr). With the "
        "accounts app the second is two factors, or a passkey, and a third would be a passkey. Empty: no acr is sent.",
    )
    STEP_UP_URL: str = setting(
        "",
        "The page, a path or the name of a URL, that asks a person who is signed in for one of `?acr_values=` and then calls "
        "`record_sign_in(request, user, amr=…, acr=…)`. Empty: the page of the accounts app; without that app nobody is asked for more "
        "than the first of ACR_VALUES.",
    )
    SECOND_FACTOR: str = setting(
        "nobody",
        "Who must have a second factor: `nobody`, `staff` (whoever may open the admin) or `everybody`. Whoever has one is "
        "always asked for it.",
        choices=("nobody", "staff", "everybody"),
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
        "A page that changes how a person signs in asks them to confirm who they are, unless they did so within this time.",
    )
    REMEMBER_DEVICES_FOR: int = setting(
        0, "How long a browser that its owner marked is not asked for the second factor again. 0: it is always asked."
    )
    FACTOR_RESET_WAIT: int = setting(
        3 * DAY,
        "Whoever lost every second factor can ask for their removal with the password alone; it happens after this time, unless a "
        "notice by mail or a sign-in stops it. 0: only an operator can.",
    )
    WEBAUTHN_RP_ID: str = setting(
        "",
        "The domain that passkeys are bound to: the host of ISSUER, or a domain above it. Empty: the host of ISSUER. Changing it makes "
        "every passkey useless.",
    )
    PEOPLE_POLICY: str = setting(
        "",
        "Dotted path of `policy(user, issuer) -> bool`: may this person use this issuer. Empty: every active person.",
    )
    SIGN_UP: str = setting(
        "open",
        "Who may make an account: `open` everybody, `invitation` whoever was invited by mail, `closed` nobody on the pages.",
        choices=("open", "invitation", "closed"),
    )
    INVITATION_LIFETIME: int = setting(7 * DAY, "How long the link of an invitation works; it works once.")
    IDENTIFIER_FIRST: bool = setting(
        False,
        "The sign-in page asks for the address alone, and the next one for the password. Off: one page asks for both.",
    )
    ACCEPT_TERMS: bool = setting(
        False,
        "People accept the terms of service when they register, and each new version before they go on to an app. The versions are rows.",
    )
    EMAIL_UNDO_LIFETIME: int = setting(
        14 * DAY, "How long the link in the mail to the former address can undo a change of address."
    )
    PLACE_HOOK: str = setting(
        "",
        "Dotted path of `place(address: str) -> str`: where an address is, in words, for the page of sessions and for mails. "
        "Empty, or where it returns an empty string: the network of the address.",
    )
