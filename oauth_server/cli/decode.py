"""`decode`: RFC 7519, what a JWT says, and whether one of this server's keys signed it."""

import base64
import binascii
import json
from typing import Any

import click

from oauth_server.cli.options import WrongUse
from oauth_server.keys import jose
from oauth_server.models import SigningKey


def _part(value: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise WrongUse("This is not a JWT. `introspect token` tells what an opaque token is.") from error


def signature(token: str, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """`valid`, `invalid`, or `unknown key` for what another server has signed."""
    key = SigningKey.objects.filter(kid=str(header.get("kid"))).first()
    if key is None:
        return "unknown key"
    try:
        jose.verify(token, [key.public], typ=str(header.get("typ")), issuer=str(claims.get("iss")))
    except jose.InvalidJWT:
        return "invalid"
    return "valid"


@click.command()
@click.argument("token")
def decode(token: str) -> None:
    """Print header and claims of a JWT, and whether its signature is this server's. It says nothing of its validity."""
    parts = token.split(".")
    if len(parts) != 3:
        raise WrongUse("This is not a JWT. `introspect token` tells what an opaque token is.")
    header, claims = _part(parts[0]), _part(parts[1])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise WrongUse("This is not a JWT.")
    found = {"header": header, "claims": claims, "signature": signature(token, header, claims)}
    click.echo(json.dumps(found, indent=2))
