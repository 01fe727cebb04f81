"""`perform device-code`: RFC 8628 §3.1 to §3.5 against a running server, as a device without a browser does it."""

import sys
import time
from typing import Any

import click

from oauth_server import qr
from oauth_server.cli import options, remote, tokens
from oauth_server.cli.options import Refused
from oauth_server.cli.output import Output, output
from oauth_server.cli.remote import Caller
from oauth_server.cli.where import Where, place
from oauth_server.grants.device_code import DeviceCode

_SLOWER = 5


@click.command()
@options.client()
@options.many("--scope", "scope", help="What to ask for.  [default: offline openid]")
@options.many("--audience", "audience", read=options.uris, help="The APIs that the token is for.")
@click.option("--qr/--no-qr", "with_qr", default=None, help="The link as a QR code.  [default: on a terminal]")
@place
@output
def device_code(
    out: Output,
    where: Where,
    client_id: str,
    client_secret: str | None,
    scope: list[str] | None,
    audience: list[str] | None,
    with_qr: bool | None,
) -> None:
    """Get tokens for a person who answers on another device: shows a code, waits until it is entered there."""
    provider = remote.discover(where.url_for(client_id))
    start = str(provider.get("device_authorization_endpoint", ""))
    if not start:
        raise Refused("This server has no device authorization endpoint.")
    caller = remote.caller(client_id, client_secret, is_here=where.is_here)
    asked = {"scope": " ".join(["offline", "openid"] if scope is None else scope), "audience": " ".join(audience or [])}
    begun = remote.post(start, {name: value for name, value in asked.items() if value}, caller)
    remote.notice(f"Open {begun['verification_uri']} on another device, and enter the code {begun['user_code']}.")
    remote.notice(f"The same in one step: {begun['verification_uri_complete']}")
    if sys.stderr.isatty() if with_qr is None else with_qr:
        remote.notice(qr.terminal(str(begun["verification_uri_complete"])))
    out.one(tokens.row(_wait(str(provider["token_endpoint"]), begun, caller)))


def _wait(url: str, begun: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """§3.4, §3.5: ask until there is an answer. Raises `Refused`."""
    interval = int(begun.get("interval", 5))
    fields = {"grant_type": DeviceCode.grant_type, "device_code": str(begun["device_code"])}
    while True:
        time.sleep(interval)
        answer = remote.send(url, fields, caller)
        if answer.status == 200:
            return answer.json()
        error = answer.json().get("error")
        if error == "slow_down":
            interval += _SLOWER
        elif error != "authorization_pending":
            raise Refused(remote.refusal(answer, caller.client_secret))
