"""RFC 6749 §3.2, §5: what a command asks a running server over HTTP, and how it tells of a refusal without echoing a secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from django.template.defaultfilters import pluralize

from oauth_server import fetch
from oauth_server.cli.options import Refused
from oauth_server.models import Client

_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that asks, and how it authenticates (RFC 7591 §2, token_endpoint_auth_method)."""

    client_id: str
    client_secret: str | None
    method: str


def caller(client_id: str, client_secret: str | None, *, is_here: bool = True) -> Caller:
    """By the registered method where the client is known here, else by Basic; one without a secret by its id alone."""
    if not client_secret:
        return Caller(client_id, None, "none")
    if not is_here:
        return Caller(client_id, client_secret, "client_secret_basic")
    known = Client.objects.filter(client_id=client_id).values_list("token_endpoint_auth_method", flat=True).first()
    return Caller(
        client_id, client_secret, "client_secret_post" if known == "client_secret_post" else "client_secret_basic"
    )


def post(url: str, fields: Mapping[str, str], caller: Caller) -> dict[str, Any]:
    """POST a form as this client and return the JSON of the answer. Raises `Refused`."""
    answer = send(url, fields, caller)
    if not 200 <= answer.status < 300:
        raise Refused(refusal(answer, caller.client_secret))
    return answer.json()


def send(url: str, fields: Mapping[str, str], caller: Caller) -> fetch.Response:
    """POST a form as this client. Raises `Refused` when there is no answer."""
    form = dict(fields)
    if caller.method != "client_secret_basic":
        form["client_id"] = caller.client_id
    if caller.method == "client_secret_post":
        form["client_secret"] = caller.client_secret or ""
    auth = (caller.client_id, caller.client_secret or "") if caller.method == "client_secret_basic" else None
    try:
        return fetch.post_form(url, form, auth=auth)
    except fetch.Unreachable as error:
        raise Refused(f"{error}. Is the server running?") from error


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
        answer = fetch.get(f"{url}{_DISCOVERY}")
    except fetch.Unreachable as error:
        raise Refused(f"{error}. Is the server running?") from error
    found = answer.json()
    # §4.3: the issuer must be the URL that was asked
    if answer.status != 200 or found.get("issuer") != url:
        raise Refused(
            f"{url} is not an issuer: {refusal(answer) if answer.status != 200 else 'its metadata names another'}"
        )
    return found


def project_url(url: str, project: str) -> str:
    """The URL of the issuer that has this ID, on the server with that URL. Raises `Refused`."""
    try:
        answer = fetch.get(f"{url}/{project}{_DISCOVERY}")
    except fetch.Unreachable as error:
        raise Refused(f"{error}.") from error
    leads_to = answer.headers.get("location", "")
    if answer.status != 307 or not leads_to.endswith(_DISCOVERY):
        raise Refused(f"There is no project {project} at {url}.")
    return leads_to.removesuffix(_DISCOVERY)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{pluralize(number)}"


def notice(text: str) -> None:
    click.echo(text, err=True)
