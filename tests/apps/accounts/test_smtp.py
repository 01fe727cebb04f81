"""Mails as a mail server on this machine gets them: over SMTP, as text and as HTML, in the language of the page."""

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.urls import reverse

from accounts import mails
from tests import factories
from tests.flows import Browser


class _Box:
    def __init__(self) -> None:
        self.got: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def box(settings: Any) -> Iterator[_Box]:
    box = _Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    server.stop()


@pytest.mark.bar("E18.3")
@pytest.mark.parametrize(("language", "word"), [("en", "password"), ("ar", "كلمة مرور")])
def test_a_mail_arrives_as_text_and_as_html_in_the_language_of_the_page(
    person: Any, box: _Box, language: str, word: str
) -> None:
    visitor = Browser()
    visitor.http.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    visitor.submit(visitor.open(reverse("account_reset_password")), {"email": person.email})
    (envelope,) = box.got
    assert envelope.rcpt_tos == [person.email]
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=policy.default)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert word in mail["Subject"].lower()
    link = next(word for word in text.get_content().split() if word.startswith("http"))
    assert link in html.get_content()
    assert f'lang="{language}"' in html.get_content()
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html.get_content()
    assert "<script" not in html.get_content()
    assert "src=" not in html.get_content(), "nothing tells a sender that a mail was read"


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_costs_the_notice_and_nothing_else(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    person, app, browser = (
        factories.UserFactory(email="grace@example.org"),
        factories.app(skip_authorization=False),
        Browser(),
    )
    mails.notify(person, "password_changed")
    browser.force_sign_in(person)
    allowed = browser.submit(app.authorize(browser), {"decision": "allow"})
    assert "code=" in allowed["Location"]
