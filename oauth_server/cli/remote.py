"""RFC 6749 §3.2, §5: what a command asks a running server over HTTP, and how it tells of a refusal without echoing a secret."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import click

from oauth_server import fetch
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.models import Client, Issuer


def base(issuer: Issuer, endpoint: str | None) -> str:
    """The issuer's URL: the given one, else the project's."""
    if not endpoint:
        return issuer.identifier
    if urlsplit(endpoint).scheme not in {"http", "https"}:
        raise WrongUse("--endpoint is the URL of an issuer, such as https://id.example.com.")
    return endpoint.rstrip("/")


def post(url: str, fields: Mapping[str, str], client_id: str, client_secret: str | None) -> dict[str, Any]:
    """POST a form as this client, by its registered method, and return the JSON of the answer. Raises `Refused`."""
    method = _method(client_id, client_secret)
    form = dict(fields)
    if method != "client_secret_basic":
        form["client_id"] = client_id
    if method == "client_secret_post":
        form["client_secret"] = client_secret or ""
    auth = (client_id, client_secret or "") if method == "client_secret_basic" else None
    try:
        answer = fetch.post_form(url, form, auth=auth)
    except fetch.Unreachable as error:
        raise Refused(f"{error}. Is the server running? `manage.py demo` starts one.") from error
    if answer.status != 200:
        raise Refused(refusal(answer, client_secret))
    return answer.json()


def _method(client_id: str, client_secret: str | None) -> str:
    if not client_secret:
        return "none"
    known = Client.objects.filter(client_id=client_id).values_list("token_endpoint_auth_method", flat=True).first()
    return "client_secret_post" if known == "client_secret_post" else "client_secret_basic"


def refusal(answer: fetch.Response, secret: str | None = None) -> str:
    """`error: description`, with the trace id under which the server's log tells more."""
    told = answer.json()
    error = told.get("error")
    text = f"{error}: {told.get('error_description', '')}".rstrip(": ") if error else f"HTTP status {answer.status}"
    trace = answer.headers.get("x-trace-id")
    if trace:
        text += f" (trace id {trace})"
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text.replace(secret, "…") if secret else text


def discover(url: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 §4: the metadata of an issuer. Raises `Refused`."""
    try:
        answer = fetch.get(f"{url}/.well-known/openid-configuration")
    except fetch.Unreachable as error:
        raise Refused(f"{error}. Is the server running? `manage.py demo` starts one.") from error
    found = answer.json()
    # §4.3: the issuer must be the URL that was asked
    if answer.status != 200 or found.get("issuer") != url:
        raise Refused(
            f"{url} is not an issuer: {refusal(answer) if answer.status != 200 else 'its metadata names another'}"
        )
    return found


def notice(text: str) -> None:
    click.echo(text, err=True)
