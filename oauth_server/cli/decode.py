"""`decode`: RFC 7519, what a JWT says, and whether one of this server's keys signed it."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import click

from oauth_server import fetch
from oauth_server.cli import remote
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import Output, output
from oauth_server.cli.where import Where, place
from oauth_server.keys import jose
from oauth_server.models import SigningKey


def _part(value: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise WrongUse("This is not a JWT. `introspect token` tells what an opaque token is.") from error


def _key(kid: str, where: Where) -> Mapping[str, Any] | None:
    """The public key of that ID: here of any project, elsewhere of the one that is named."""
    if where.is_here:
        found = SigningKey.objects.filter(kid=kid).first()
        return found.public if found else None
    uri = str(remote.discover(where.url).get("jwks_uri", ""))
    try:
        keys = fetch.get(uri).json().get("keys")
    except fetch.Unreachable as error:
        raise Refused(f"{error}.") from error
    listed = keys if isinstance(keys, list) else []
    return next((key for key in listed if isinstance(key, dict) and key.get("kid") == kid), None)


def signature(token: str, header: dict[str, Any], claims: dict[str, Any], where: Where) -> str:
    """`valid`, `invalid`, or `unknown key` for what another server has signed."""
    key = _key(str(header.get("kid")), where)
    if key is None:
        return "unknown key"
    try:
        jose.verify(token, [key], typ=str(header.get("typ")), issuer=str(claims.get("iss")))
    except jose.InvalidJWT:
        return "invalid"
    return "valid"


@click.command()
@click.argument("token")
@place
@output
def decode(out: Output, where: Where, token: str) -> None:
    """Print header and claims of a JWT, and whether this server signed it. Whether it is still valid is not checked."""
    parts = token.split(".")
    if len(parts) != 3:
        raise WrongUse("This is not a JWT. `introspect token` tells what an opaque token is.")
    header, claims = _part(parts[0]), _part(parts[1])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise WrongUse("This is not a JWT.")
    found = {"header": header, "claims": claims, "signature": signature(token, header, claims, where)}
    # a tree, which no table shows
    (out if out.form == "yaml" else Output("json", quiet=False)).data(found)
