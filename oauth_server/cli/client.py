"""`oauth2-client`: create, get, list, update, delete, import, and a new secret. The members are those of RFC 7591 §2."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from oauth_server.cli import completion, noun, options
from oauth_server.cli.noun import Noun
from oauth_server.cli.options import Refused, WrongUse, json_value, many, uris
from oauth_server.cli.output import Output, listed, output
from oauth_server.cli.server import Server
from oauth_server.cli.where import Where, where
from oauth_server.models import Client, Issuer


def _shown(item: Mapping[str, Any]) -> Iterable[str]:
    """The secret is in the one answer that makes it."""
    lists = [listed(item[name]) for name in ("grant_types", "response_types")]
    uris = (listed(item["audience"]), listed(item["redirect_uris"]))
    return (item["client_id"], item.get("client_secret", ""), *lists, item["scope"], *uris)


def _owner(client_id: str) -> Issuer | None:
    found = Client.objects.select_related("issuer").filter(client_id=client_id).first()
    return found.issuer if found else None


CLIENT = Noun(
    name="client",
    path="/clients",
    key="client_id",
    headings=("CLIENT ID", "CLIENT SECRET", "GRANT TYPES", "RESPONSE TYPES", "SCOPE", "AUDIENCE", "REDIRECT URIS"),
    shown=_shown,
    order="created_at",
    completion=completion.clients,
    owner=_owner,
)


# Each flag with the member that it sets
members = options.together(
    click.option("--name", "client_name", help="What people see."),
    many("--grant-type", "grant_types", help="authorization_code (default), client_credentials, refresh_token."),
    many("--response-type", "response_types", help="code; others where the settings allow them."),
    many("--response-mode", "response_modes", help="query, fragment, form_post; all where none is named."),
    many("--request-uri", "request_uris", read=uris, help="Where its request objects are."),
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
    click.option("--jwks", callback=json_value, metavar="JSON", help="Its public keys, as a JWKS."),
    click.option("--jwks-uri", help="Where its public keys are; instead of --jwks."),
    click.option("--token-endpoint-auth-signing-alg", help="RS256, PS256, ES256, EdDSA."),
    click.option("--initiate-login-uri", help="Its https page at which a sign-in may begin."),
    many("--allowed-cors-origin", "allowed_cors_origins", read=uris, help="Origins of a browser app."),
    click.option(
        "--require-pkce/--no-require-pkce", default=None, help="Whether it has to use PKCE; public clients always do."
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
    many(
        "--authorization-details-type",
        "authorization_details_types",
        help="The types of authorization details that it may ask for.",
    ),
    click.option("--refresh-token-rule", help="offline_access (default), always."),
    click.option("--default-max-age", type=int, help="Seconds since the sign-in."),
    click.option("--require-auth-time/--no-require-auth-time", default=None, help="ID tokens always have it."),
    click.option("--client-uri", help="Its home page."),
    click.option("--logo-uri", help="Its picture."),
    click.option("--policy-uri", help="Its privacy policy."),
    click.option("--tos-uri", help="Its terms of service."),
    many("--contact", "contacts", help="Mail addresses."),
    click.option("--metadata", callback=json_value, help="A JSON object of your own."),
    click.option("--secret", "client_secret", help="Chosen instead of generated; at least 16 characters."),
)


def _joined(given: dict[str, Any]) -> dict[str, Any]:
    """The flags that were given, as metadata: on the wire scopes are one string."""
    found = options.without_none(**given)
    for name in ("scope", "default_scopes"):
        if name in found:
            found[name] = " ".join(found[name])
    return found


@click.command()
@click.option("--id", "client_id", help="Chosen instead of generated.")
@click.option("--owner", "person", help="The log-in name of the person who owns it.")
@members
@where
@output
def create(out: Output, where: Where, **given: Any) -> None:
    """Create an OAuth 2.0 client; its secret is shown once."""
    out.one(CLIENT.row(where.server().create(CLIENT.path, _joined(given))))


@click.command()
@click.argument("client_id", shell_complete=completion.clients)
@members
@click.option("--enable/--disable", "enabled", default=None, help="Disabling ends all its tokens, for good.")
@click.option("--still-verified", is_flag=True, help="Keep it verified although its name or addresses change.")
@click.option("--fresh-consent", is_flag=True, help="Ask everybody anew when it next asks.")
@click.option("--logo", metavar="FILE", help="Its picture, a PNG, shown from this server; empty: none.")
@where
@output
def update(
    out: Output,
    where: Where,
    client_id: str,
    still_verified: bool,
    fresh_consent: bool,
    logo: str | None,
    **given: Any,
) -> None:
    """Change what the given flags name; an empty value empties a list.

    A verified client whose name or addresses change is not verified any more.
    """
    picture = _picture(logo) if logo else b""
    server, item = CLIENT.find(where, client_id)
    changes = _joined(given) | ({"verified": True} if still_verified and item["verified"] else {})
    url = CLIENT.url(client_id)
    if changes:
        item = server.change(url, changes, item["etag"])
    if logo is not None:
        _put_logo(server, url, picture)
    if fresh_consent:
        server.create(f"{url}/fresh-consent", {})
    if logo is not None or fresh_consent:
        item = {**item, **(server.find(url) or {})}
    out.one(CLIENT.row(item))


def _picture(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise WrongUse(f"{name} cannot be read: {error.strerror}.") from error


def _put_logo(server: Server, url: str, picture: bytes) -> None:
    if picture:
        server.ask("PUT", f"{url}/logo", body=picture)
    else:
        server.ask("DELETE", f"{url}/logo")


get = noun.get(CLIENT, "CLIENT_ID", "Show clients; a secret is never shown again.")
list_ = noun.list_(CLIENT, "List the clients of a project.")
delete = noun.delete(CLIENT, "CLIENT_ID", "Delete clients; all their tokens die with them.")
import_ = noun.import_(
    CLIENT, "Create clients from YAML or JSON files with metadata of RFC 7591; - is the standard input."
)


@click.command()
@click.argument("client_id", shell_complete=completion.clients)
@click.option("--name", default="", help="To tell it from the others.")
@click.option(
    "--overlap",
    type=click.IntRange(0),
    default=86_400,
    show_default=True,
    help="Seconds for which the others stay valid.",
)
@where
@output
def rotate_secret(out: Output, where: Where, client_id: str, name: str, overlap: int) -> None:
    """Give a client a new secret, shown once; the others end after the overlap."""
    server, item = CLIENT.find(where, client_id)
    if item["token_endpoint_auth_method"] == "none":
        raise Refused(f"{client_id} is a public client: it has no secret.")
    made = server.create(f"{CLIENT.url(client_id)}/secrets/rotate", {"name": name, "overlap": overlap})
    out.one(CLIENT.row({**item, "client_secret": made["client_secret"]}))
