"""`perform authorization-code`: RFC 6749 §4.1 with a sample consumer in the browser.

The tokens are printed as soon as they are there. The app then stays up for its buttons Refresh and Revoke, until Finish is pressed,
nobody has used it for `--linger` seconds, or Ctrl-C.
"""

import os
import queue
import sys
import time
import webbrowser
from collections.abc import Mapping

import click

from oauth_server.cli import options, remote, tokens
from oauth_server.cli.consumer import Consumer, Provider
from oauth_server.cli.consumer_server import ADDRESS, Outcome, Server, serving
from oauth_server.cli.options import Refused
from oauth_server.cli.output import Output, output
from oauth_server.cli.where import Where, place


@click.command()
@options.client()
@click.option(
    "--port",
    "-p",
    type=click.IntRange(1, 65_535),
    default=4446,
    show_default=True,
    help="Where the sample app listens.",
)
@options.many("--scope", "scope", help="What to ask for.  [default: offline openid]")
@options.many("--audience", "audience", read=options.uris, help="The APIs that the token is for.")
@options.many("--prompt", "prompt", help="none, login, consent, select_account.")
@click.option("--max-age", type=click.IntRange(0), help="Seconds since the sign-in.")
@click.option("--state", help="A fixed state; unsafe, for trying things.")
@click.option("--redirect", metavar="URI", help="Another redirect URI than the sample app's own.")
@click.option("--auth-url", metavar="URL", help="Another authorization endpoint than the metadata's.")
@click.option("--token-url", metavar="URL", help="Another token endpoint than the metadata's.")
@click.option("--https", is_flag=True, help="Serve the sample app with a self-signed certificate.")
@click.option("--skip", is_flag=True, help="Leave out the start page: its address leads straight to the server.")
@click.option("--response-mode", type=click.Choice(["query", "form_post"]), help="How the code comes back.")
@click.option("--par", is_flag=True, help="Push the request to the server first (RFC 9126).")
@click.option("--no-pkce", is_flag=True, help="Send no code_challenge; for confidential clients that need none.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--no-shutdown", is_flag=True, help="Stay up until Ctrl-C.")
@click.option(
    "--linger",
    type=click.IntRange(0),
    default=60,
    show_default=True,
    help="Seconds without a click until the app ends.",
)
@place
@output
def authorization_code(
    out: Output,
    where: Where,
    client_id: str,
    client_secret: str | None,
    port: int,
    https: bool,
    skip: bool,
    redirect: str | None,
    auth_url: str | None,
    token_url: str | None,
    state: str | None,
    par: bool,
    no_pkce: bool,
    no_open: bool,
    no_shutdown: bool,
    linger: int,
    scope: list[str] | None,
    audience: list[str] | None,
    prompt: list[str] | None,
    max_age: int | None,
    response_mode: str | None,
) -> None:
    """Get tokens for a person, in the browser, through a sample app on this machine."""
    address = f"{'https' if https else 'http'}://{ADDRESS}:{port}"
    consumer = Consumer(
        provider=_provider(where.url_for(client_id), auth_url, token_url),
        caller=remote.caller(client_id, client_secret, is_here=where.is_here),
        redirect_uri=redirect or f"{address}/callback",
        request=_request(scope, audience, prompt, max_age, response_mode),
        forced_state=state,
        pkce=not no_pkce,
        par=par,
    )
    with serving(port, consumer, https=https, skip=skip) as server:
        remote.notice(f"The sample app waits at {address}/ — sign in there. Ctrl-C ends it.")
        if not no_open:
            _open(f"{address}/")
        _follow(server, out, linger=None if no_shutdown else linger)


def _provider(url: str, auth_url: str | None, token_url: str | None) -> Provider:
    found = remote.discover(url)
    return Provider(
        issuer=str(found["issuer"]),
        authorization_endpoint=auth_url or str(found["authorization_endpoint"]),
        token_endpoint=token_url or str(found["token_endpoint"]),
        revocation_endpoint=str(found["revocation_endpoint"]),
        jwks_uri=str(found["jwks_uri"]),
        pushed_authorization_request_endpoint=str(found.get("pushed_authorization_request_endpoint", "")),
    )


def _request(
    scope: list[str] | None,
    audience: list[str] | None,
    prompt: list[str] | None,
    max_age: int | None,
    response_mode: str | None,
) -> Mapping[str, str]:
    asked = {
        "scope": " ".join(["offline", "openid"] if scope is None else scope),
        "audience": " ".join(audience or []),
        "prompt": " ".join(prompt or []),
        "max_age": "" if max_age is None else str(max_age),
        "response_mode": response_mode or "",
    }
    return {name: value for name, value in asked.items() if value}


def _open(url: str) -> None:
    """A browser with windows; one in the terminal would take the terminal away."""
    graphical = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if graphical:
        webbrowser.open(url)


def _follow(server: Server, out: Output, *, linger: int | None) -> None:
    """Tell the terminal what happens in the browser, until the app may end. `linger` None: only Ctrl-C ends it."""
    has_tokens = False
    try:
        while True:
            outcome = _next(server, linger if has_tokens else None)
            if outcome is None:
                return
            if outcome.kind == "refused" and linger is not None:
                raise Refused(outcome.text)
            again, has_tokens = has_tokens, has_tokens or outcome.kind == "tokens"
            _tell(server, out, outcome, again=again)
            if outcome.kind == "finished" and linger is not None:
                return
    except KeyboardInterrupt:
        if not has_tokens:
            raise


def _next(server: Server, linger: int | None) -> Outcome | None:
    """What happens next; None when nobody used the app for `linger` seconds."""
    while True:
        rest = None if linger is None else max(0.0, server.last_request + linger - time.monotonic())
        try:
            return server.outcomes.get(timeout=rest)
        except queue.Empty:
            if rest == 0:
                return None


def _tell(server: Server, out: Output, outcome: Outcome, *, again: bool) -> None:
    """The first tokens go to standard output, for programs; what follows goes to standard error."""
    if outcome.kind in {"tokens", "refreshed"}:
        out.one(tokens.row(server.consumer.tokens), to_stderr=again)
        if not again:
            remote.notice(
                "The page in the browser can refresh and revoke them; Finish there, or Ctrl-C, ends the sample app."
            )
        sys.stdout.flush()
    elif outcome.kind == "revoked":
        remote.notice("Revoked.")
    elif outcome.text:
        remote.notice(outcome.text)
