"""`oauth2-client`: create, get, list, update, delete, and a new secret. The members are those of RFC 7591 §2."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click
from django.contrib.auth import get_user_model
from django.db import transaction

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.cli import options, projects
from oauth_server.cli.options import Refused, WrongUse, many, uris
from oauth_server.cli.output import Output, Row, listed, output
from oauth_server.client_auth import secret
from oauth_server.models import Client, Issuer
from oauth_server.registration import metadata

F = TypeVar("F", bound=Callable[..., Any])
HEADINGS = ("CLIENT ID", "CLIENT SECRET", "GRANT TYPES", "RESPONSE TYPES", "SCOPE", "AUDIENCE", "REDIRECT URIS")


def row(client: Client, value: str = "") -> Row:
    """`value`: the secret, in the one answer that shows it."""
    members = metadata.describe(client)
    shown = (
        client.client_id,
        value,
        listed(members["grant_types"]),
        listed(members["response_types"]),
        members["scope"],
        listed(members["audience"]),
        listed(members["redirect_uris"]),
    )
    secrets = {"client_secret": value, "client_secret_expires_at": 0} if value else {}
    return Row(client.client_id, tuple(zip(HEADINGS, shown, strict=True)), {**members, **secrets})


def _json(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    try:
        return json.loads(value)
    except ValueError as error:
        raise click.BadParameter("It is not JSON.") from error


# Each flag with the member that it sets
FLAGS: tuple[Callable[[Any], Any], ...] = (
    click.option("--name", "client_name", help="What people see."),
    many("--grant-type", "grant_types", help="authorization_code (default), client_credentials, refresh_token."),
    many("--response-type", "response_types", help="code; others where the settings allow them."),
    many("--response-mode", "response_modes", help="query, fragment, form_post; all where none is named."),
    many("--request-uri", "request_uris", read=uris, help="Where its request objects lie."),
    click.option("--request-object-signing-alg", help="RS256, PS256, ES256, EdDSA."),
    click.option(
        "--require-signed-request-object/--no-require-signed-request-object",
        default=None,
        help="Nothing else is taken.",
    ),
    click.option(
        "--require-pushed-authorization-requests/--no-require-pushed-authorization-requests",
        default=None,
        help="Nothing else is taken.",
    ),
    many("--redirect-uri", "redirect_uris", read=uris, help="Where the browser comes back to."),
    many("--post-logout-callback", "post_logout_redirect_uris", read=uris, help="Where a sign-out may lead."),
    click.option(
        "--frontchannel-logout-callback", "frontchannel_logout_uri", help="Its page for a sign-out, loaded in a frame."
    ),
    click.option(
        "--frontchannel-logout-session-required/--no-frontchannel-logout-session-required",
        default=None,
        help="It needs sid there; it always gets it.",
    ),
    click.option(
        "--backchannel-logout-callback", "backchannel_logout_uri", help="Where this server tells it of a sign-out."
    ),
    click.option(
        "--backchannel-logout-session-required/--no-backchannel-logout-session-required",
        default=None,
        help="It needs sid there; it always gets it.",
    ),
    many("--scope", "scope", help="What it may ask for."),
    many("--default-scope", "default_scopes", help="What a request without scope gets."),
    many("--audience", "audience", read=uris, help="The APIs that it may name."),
    click.option(
        "--token-endpoint-auth-method", help="client_secret_basic (default), client_secret_post, private_key_jwt, none."
    ),
    click.option("--jwks", callback=_json, metavar="JSON", help="Its public keys, as a JWKS."),
    click.option("--jwks-uri", help="Where its public keys are; instead of --jwks."),
    click.option("--token-endpoint-auth-signing-alg", help="RS256, PS256, ES256, EdDSA."),
    click.option("--initiate-login-uri", help="Its https page at which a sign-in may begin."),
    many("--allowed-cors-origin", "allowed_cors_origins", read=uris, help="Origins of a browser app."),
    click.option(
        "--require-pkce/--no-require-pkce", default=None, help="Required unless a confidential client is freed."
    ),
    click.option("--skip-consent/--no-skip-consent", default=None, help="It belongs to the operator of this server."),
    click.option("--accepts-fewer-scopes/--needs-all-scopes", default=None, help="People may grant a part."),
    click.option("--id-token-signed-response-alg", help="RS256 (default), PS256, ES256, EdDSA."),
    click.option("--id-token-encrypted-response-alg", help="RSA-OAEP-256, ECDH-ES, ECDH-ES+A256KW."),
    click.option("--id-token-encrypted-response-enc", help="A128CBC-HS256 (default), A256GCM."),
    many("--id-token-audience", "id_token_audiences", help="IDs of clients that may take its ID tokens as well."),
    click.option("--userinfo-signed-response-alg", help="RS256, PS256, ES256, EdDSA; a JWT instead of JSON."),
    click.option("--userinfo-encrypted-response-alg", help="RSA-OAEP-256, ECDH-ES, ECDH-ES+A256KW."),
    click.option("--userinfo-encrypted-response-enc", help="A128CBC-HS256 (default), A256GCM."),
    click.option("--subject-type", help="public (default), pairwise."),
    click.option("--sector-identifier-uri", help="Its host stands for the sector of a pairwise client."),
    many("--default-acr-value", "default_acr_values", help="What a request without acr_values asks for."),
    click.option("--refresh-token-rule", help="offline_access (default), always."),
    click.option("--default-max-age", type=int, help="Seconds since the sign-in."),
    click.option("--require-auth-time/--no-require-auth-time", default=None, help="ID tokens always tell it."),
    click.option("--client-uri", help="Its home page."),
    click.option("--logo-uri", help="Its picture."),
    click.option("--policy-uri", help="Its privacy policy."),
    click.option("--tos-uri", help="Its terms of service."),
    many("--contact", "contacts", help="Mail addresses."),
    click.option("--metadata", callback=_json, help="A JSON object of your own."),
    click.option("--secret", "client_secret", help="Chosen instead of generated; at least 16 characters."),
)


def members(command: F) -> F:
    for flag in reversed(FLAGS):
        command = flag(command)
    return command


def _joined(given: dict[str, Any]) -> dict[str, Any]:
    """The flags that were given, as metadata: on the wire scopes are one string."""
    found = options.without_none(**given)
    for name in ("scope", "default_scopes"):
        if name in found:
            found[name] = " ".join(found[name])
    return found


@click.command()
@click.option("--id", "client_id", help="Chosen instead of generated.")
@click.option("--owner", help="The log-in name of the person who owns it.")
@members
@options.project
@output
def create(out: Output, project: str | None, owner: str | None, **given: Any) -> None:
    """Create an OAuth 2.0 client; its secret is shown once."""
    issuer = projects.choose(project)
    found = _good(issuer, given)
    client, value = metadata.create(issuer, found, owner=_person(owner))
    out.one(row(client, value or ""))


def _person(name: str | None) -> Any:
    if not name:
        return None
    user = get_user_model()._default_manager.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if user is None:
        raise WrongUse(f"There is no person with the log-in name {name}.")
    return user


def _good(issuer: Issuer, given: dict[str, Any], client: Client | None = None) -> dict[str, Any]:
    """The metadata that the flags make. Raises `WrongUse` with every problem."""
    found = _joined(given)
    wrong = metadata.problems(issuer, found, client=client)
    if wrong:
        raise WrongUse("\n".join(f"{member}: {message}" for member, messages in wrong.items() for message in messages))
    return found


def find(client_id: str, project: str | None) -> Client:
    """Raises `Refused` when there is none, in this project if one is named."""
    issuer = projects.given(project)
    found = Client.objects.select_related("issuer").filter(client_id=client_id).first()
    if found is None or (issuer is not None and found.issuer_id != issuer.pk):
        raise Refused(f"There is no client {client_id}.")
    return found


@click.command()
@click.argument("client_ids", metavar="CLIENT_ID...", nargs=-1, required=True)
@options.project
@output
def get(out: Output, project: str | None, client_ids: tuple[str, ...]) -> None:
    """Show clients; a secret is never shown again."""
    rows = [row(find(client_id, project)) for client_id in client_ids]
    if len(rows) == 1:
        out.one(rows[0])
    else:
        out.many(rows, HEADINGS)


@click.command("list")
@options.project
@click.option("--page-size", type=click.IntRange(1, 500), default=100, show_default=True, help="Clients a page.")
@click.option("--page-token", type=int, default=0, help="From the page before.")
@output
def list_(out: Output, project: str | None, page_size: int, page_token: int) -> None:
    """List the clients of a project."""
    after = projects.choose(project).clients.filter(pk__gt=page_token).order_by("pk")
    found = list(after[: page_size + 1])
    shown = found[:page_size]
    more = str(shown[-1].pk) if len(found) > page_size else ""
    out.many([row(client) for client in shown], HEADINGS, more)


@click.command()
@click.argument("client_id")
@members
@click.option("--enable/--disable", "enabled", default=None, help="Disabling ends all its tokens, for good.")
@click.option("--still-verified", is_flag=True, help="Keep it verified although its name or addresses change.")
@options.project
@output
def update(
    out: Output, project: str | None, client_id: str, enabled: bool | None, still_verified: bool, **given: Any
) -> None:
    """Change what the given flags name; an empty value empties a list.

    A verified client whose name or addresses change is not verified any more.
    """
    client = find(client_id, project)
    metadata.update(client, _good(client.issuer, given, client), verified=still_verified)
    if enabled is not None:
        metadata.switch(client, enabled)
    out.one(row(client, given["client_secret"] or ""))


@click.command()
@click.argument("client_ids", metavar="CLIENT_ID...", nargs=-1, required=True)
@options.project
@output
def delete(out: Output, project: str | None, client_ids: tuple[str, ...]) -> None:
    """Delete clients; all their tokens die with them."""
    found = [find(client_id, project) for client_id in client_ids]
    for client in found:
        metadata.delete(client)
    out.ids(client_ids)


@click.command()
@click.argument("client_id")
@click.option("--name", default="", help="To tell it from the others.")
@click.option(
    "--overlap",
    type=click.IntRange(0),
    default=86_400,
    show_default=True,
    help="Seconds for which the others stay valid.",
)
@options.project
@output
def rotate_secret(out: Output, project: str | None, client_id: str, name: str, overlap: int) -> None:
    """Give a client a new secret, shown once; the others end after the overlap."""
    client = find(client_id, project)
    if client.is_public:
        raise Refused(f"{client_id} is a public client: it has no secret.")
    with transaction.atomic():
        end = clock.now() + timedelta(seconds=overlap)
        for old in client.secrets.all():
            old.expires = end if old.expires is None else min(old.expires, end)
            old.save(update_fields=["expires"])
        value = secret.issue(client, name=name)
        audit.record(
            Event.SECRET_CREATED,
            issuer=client.issuer,
            client=client,
            target=client_id,
            reason=f"others end after {overlap} s",
        )
    out.one(row(client, value))
