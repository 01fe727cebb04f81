"""Mails to people: one template each, sent as text and as HTML in one layout, in the language of the page that leads to them.

A template is text. Its first line is the subject; what follows are paragraphs, separated by empty lines, from which the HTML is made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string

LAYOUT = "oauth_server/email/base"


def message(
    template: str,
    to: str | Sequence[str],
    context: Mapping[str, Any],
    *,
    request: HttpRequest | None = None,
    from_email: str | None = None,
    headers: dict[str, str] | None = None,
    also: str = "",
) -> EmailMultiAlternatives:
    """The mail that a template makes; `send()` is the caller's. `also`: one more template, whose paragraphs follow."""
    text = render_to_string(template, dict(context), request).strip()
    subject, _, body = (part.strip() for part in text.partition("\n"))
    body += f"\n\n{render_to_string(also, dict(context), request)}" if also else ""
    paragraphs = [paragraph for part in body.split("\n\n") if (paragraph := part.strip())]
    said = {**context, "subject": subject, "paragraphs": paragraphs}
    mail = EmailMultiAlternatives(
        subject,
        render_to_string(f"{LAYOUT}.txt", said, request).strip() + "\n",
        from_email,
        [to] if isinstance(to, str) else list(to),
        headers=headers,
    )
    mail.attach_alternative(render_to_string(f"{LAYOUT}.html", said, request), "text/html")
    return mail


def app_name(client: Any) -> str:
    """What a mail calls a client: its name only where the operator knows who runs it, else its domain, which may be empty."""
    return str(client) if client.verified or client.skip_authorization else str(client.domain)
