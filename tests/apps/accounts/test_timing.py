"""How long an answer takes does not tell whether an account exists: sign-in, sign-up, reset, and a code sent again (E5.1)."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser

from accounts.models import User
from tests.flows import NO_LIMITS
from tests.plugins.figures import Figure
from tests.specs.rfc6749_client_auth.test_timing import SAMPLES, measure

from .conftest import EMAIL, PASSWORD

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    pytest.mark.pg,
    pytest.mark.threat(85),
    pytest.mark.bar("E5.1"),
]

WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "sign-in": ("/account/sign-in/", {"login": "{email}", "password": "wrong"}),
    "sign-up": ("/account/register/", {"email": "{email}", "password1": PASSWORD}),
    "reset": ("/account/password/reset/", {"email": "{email}"}),
    "code": ("/account/sign-in/code/", {"email": "{email}"}),
}
# what is begun as above, and where the mail is sent again
AGAIN = {"sign-up": "/account/email/confirm/", "code": "/account/sign-in/code/confirm/"}


# the engine looks for an address that is not confirmed in one place more
LOOKED_FOR = ("reset", "code")


@pytest.mark.parametrize(
    ("way", "again", "confirmed"),
    [
        *((way, "", "confirmed") for way in WAYS),
        *((way, "", "not confirmed") for way in LOOKED_FOR),
        *((way, again, "confirmed") for way, again in AGAIN.items()),
    ],
)
def test_a_known_account_takes_as_long_as_an_unknown_one(
    way: str, again: str, confirmed: str, person: User, settings: Any, figure: Figure
) -> None:
    began = time.monotonic()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_RATE_LIMITS = False
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = bool(again)
    settings.ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = settings.ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 10**9
    # longer than the whole of it takes
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10**6
    settings.ACCOUNT_LOGIN_TIMEOUT = 10**6
    settings.ROOT_URLCONF = "tests.apps.accounts.code_urls"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **NO_LIMITS}
    cache.clear()
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.update_or_create(
        user=person, email=EMAIL, defaults={"verified": confirmed == "confirmed", "primary": True}
    )
    path, values = WAYS[way]
    statuses = set()

    def asking(email: Callable[[], str]) -> Callable[[], Any]:
        def ask() -> None:
            sent = {name: value.format(email=email()) for name, value in values.items()}
            statuses.add(Browser().post(path, sent).status_code)
            mail.outbox.clear()

        return ask

    def asking_again(email: str) -> Callable[[], Any]:
        browser = Browser()
        browser.post(path, {name: value.format(email=email) for name, value in values.items()})

        def ask() -> None:
            statuses.add(browser.post(again, {"action": "resend"}).status_code)
            assert len(mail.outbox) == 1, mail.outbox
            mail.outbox.clear()

        mail.outbox.clear()
        return ask

    numbers = iter(range(10**9))
    if again:
        known, unknown = asking_again(EMAIL), asking_again("nobody@example.org")
    else:
        known, unknown = asking(lambda: EMAIL), asking(lambda: f"u{next(numbers)}@example.org")
    for attempt in (1, 2):
        # once more on red: the machine is shared
        one, other = (statistics.median(times) for times in measure((known, unknown)))
        assert len(statuses) == 1, statuses
        told = f"medians of {SAMPLES:,}: {one * 1e3:.2f} and {other * 1e3:.2f} ms"
        if abs(one / other - 1) < 0.05:
            figure("R15", told, time.monotonic() - began)
            return
        assert attempt == 1, told
