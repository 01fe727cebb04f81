"""RFC 6749 §4.1.3, §6, OpenID Connect Core 1.0 §5.3, RFC 7009: the second half of a trial, from the code to tokens that are dead.

Each request goes to the endpoint as a client's would. What the endpoint gives stays in this process, and its family ends here.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from oauth_server import audit, clock, uris
from oauth_server.audit import Event
from oauth_server.client_auth import known
from oauth_server.deeds import trial, trial_checks
from oauth_server.deeds.trial import Attempt
from oauth_server.deeds.trial_report import FAILED, Check, Exchange, Report, check, decoded, pretty, shown
from oauth_server.endpoints import base, jwks, token, userinfo
from oauth_server.endpoints.base import FORM, Endpoint, json_response
from oauth_server.endpoints.metadata import AUTHORIZE_PATH
from oauth_server.errors import UnauthorizedClient
from oauth_server.grants.registry import GRANTS
from oauth_server.keys import jose
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import introspection, lookup, revoke

_REASON = "trial of the client in the console"


def finish(client: Client, attempt: Attempt, answer: Mapping[str, str]) -> Report:
    """From what has come to the redirect URI to the end of it all."""
    checks = trial_checks.response(answer, attempt.sent, client.issuer.identifier)
    came = Exchange(
        _("Authorization request"),
        f"GET {client.issuer.identifier}{AUTHORIZE_PATH}",
        shown(attempt.sent),
        _("The answer at the redirect URI"),
        pretty(answer),
        checks,
    )
    if any(one.outcome == FAILED for one in checks):
        return _recorded(client, Report([came]))
    form = {
        "grant_type": trial.CODE,
        "code": answer["code"],
        "redirect_uri": attempt.sent["redirect_uri"],
        "code_verifier": attempt.verifier,
    }
    rest = _with_tokens(client, form, attempt.authentication, asked=attempt.sent.get("scope", ""), sent=attempt.sent)
    return _recorded(client, Report([came, *rest]))


def as_machine(client: Client, *, scope: str, resource: str, secret: str) -> Report:
    """RFC 6749 §4.4: a token of the client's own."""
    proven = trial.check_secret(client, secret)
    form = {"grant_type": trial.MACHINE, "scope": scope, "resource": resource}
    form = {name: value for name, value in form.items() if value}
    return _recorded(client, Report(_with_tokens(client, form, (proven.outcome, proven.told), asked=scope, sent={})))


def _recorded(client: Client, report: Report) -> Report:
    told = ", ".join(one.name for one in report.failed)
    reason = f"failed: {told}" if told else report.outcome
    audit.record(Event.CLIENT_TRIED, issuer=client.issuer, client=client, target=client.client_id, reason=reason)
    return report


def _with_tokens(
    client: Client, form: Mapping[str, str], authentication: tuple[str, str], *, asked: str, sent: Mapping[str, str]
) -> list[Exchange]:
    """The exchange, what the tokens open, and their end."""
    keys = _json(_ask(jwks.endpoint, client.issuer, "GET", jwks.PATH)).get("keys", [])
    got = _ask(_endpoint(client), client.issuer, "POST", token.PATH, form)
    body = _json(got)
    proven = Check(_("Client authentication"), *authentication)
    checks = [proven, *trial_checks.token_answer(got.status, got.headers, body, asked)]
    access = str(body.get("access_token", ""))
    identity: Mapping[str, Any] = {}
    if access:
        checks += trial_checks.access_token(access, client, keys)
    if value := str(body.get("id_token", "")):
        identity, found = trial_checks.id_token(value, client, keys, nonce=sent.get("nonce", ""), access_token=access)
        checks += found
    elif "openid" in str(body.get("scope", "")).split():
        checks.append(check(_("An ID token has come"), False))
    parts = [*_told_of(access, client.issuer), *decoded(_("ID token"), str(body.get("id_token", "")))]
    made = [_exchange(client, _("Token request"), token.PATH, form, got, checks, parts)]
    if not access:
        return made
    # with `resource` the token is for that API alone
    if "openid" in str(body.get("scope", "")).split() and "resource" not in sent:
        made.append(_userinfo(client, access, identity))
    if refresh := str(body.get("refresh_token", "")):
        made.append(_refreshed(client, refresh, identity, keys))
    return [*made, _ended(client, access, refresh)]


def _told_of(access: str, issuer: Issuer) -> list[tuple[str, str]]:
    """A JWT decoded; of another one what an API is told of it (RFC 7662 §2.2)."""
    if found := decoded(_("Access token"), access):
        return found
    active = introspection.any_other(access, issuer)
    return [(_("Access token: what introspection tells"), pretty(active.describe(issuer)))] if active else []


def _userinfo(client: Client, access: str, identity: Mapping[str, Any]) -> Exchange:
    got = _ask(userinfo.endpoint, client.issuer, "GET", userinfo.PATH, bearer=access)
    claims, parts = _json(got), list[tuple[str, str]]()
    if got.headers.get("Content-Type", "").startswith("application/jwt"):
        parts = decoded("UserInfo", got.body.decode())
        with suppress(jose.InvalidJWT):
            claims = jose.unverified_claims(got.body.decode())
    checks = trial_checks.userinfo(got.status, claims, identity)
    sent = {"Authorization": "Bearer …"}
    return Exchange(
        "UserInfo",
        f"GET {client.issuer.identifier}{userinfo.PATH}",
        shown(sent),
        str(got.status),
        pretty(claims),
        checks,
        parts,
    )


def _refreshed(client: Client, refresh: str, identity: Mapping[str, Any], keys: list[Mapping[str, Any]]) -> Exchange:
    """RFC 6749 §6, OpenID Connect Core 1.0 §12.2: new tokens, and the same person."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    got = _ask(_endpoint(client), client.issuer, "POST", token.PATH, form)
    body = _json(got)
    checks = trial_checks.token_answer(got.status, got.headers, body, "")
    if value := str(body.get("id_token", "")):
        claims, found = trial_checks.id_token(
            value, client, keys, nonce="", access_token=str(body.get("access_token", ""))
        )
        checks += found
        if identity and claims:
            same = claims.get("sub") == identity.get("sub")
            checks.append(check(_("The refreshed ID token names the same person"), same))
    if got.status == 200:
        checks.append(check(_("The refresh token is another one"), body.get("refresh_token", "") != refresh))
    parts = decoded(_("ID token"), str(body.get("id_token", "")))
    return _exchange(client, _("Refresh request"), token.PATH, form, got, checks, parts)


def _ended(client: Client, access: str, refresh: str) -> Exchange:
    """RFC 7009 §2.1: everything that the trial was given."""
    found = lookup.access_token(access)
    told = _("The authorization of this trial, and all that hangs on it, is revoked.")
    if found is not None and found.user is None:
        # the family of a client's own tokens holds those that it works with as well
        revoke.found(found, _REASON)
        told = _("The token is revoked.")
    elif found is not None:
        revoke.family(found.authorization.pk, _REASON)
    tokens = [lookup.access_token(access), lookup.refresh_token(refresh) if refresh else None]
    checks = [check(_("Nothing that this trial was given is active any more"), not any(t and t.active for t in tokens))]
    return Exchange(_("The end"), _("Revocation"), [], _("Done"), told, checks)


def _exchange(
    client: Client,
    title: str,
    path: str,
    form: Mapping[str, str],
    got: ProtocolResponse,
    checks: list[Check],
    parts: list[tuple[str, str]],
) -> Exchange:
    method = client.token_endpoint_auth_method
    sent = {**form, "client_id": client.client_id, _("authenticated by"): method}
    line = f"POST {client.issuer.identifier}{path}"
    return Exchange(title, line, shown(sent), str(got.status), pretty(_json(got)), checks, parts)


def _endpoint(client: Client) -> Endpoint:
    """The token endpoint behind its client authentication, which a trial has tried before, or cannot try."""

    def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
        grant = GRANTS.get(form.require("grant_type"))
        if grant is None:
            raise UnauthorizedClient(reason="the grant is off")
        found = known.find(client.client_id, issuer)
        audit.about(found.client)
        return json_response(grant.run_as(found, form).answer(clock.now()))

    return Endpoint(run, ("POST",), proves=True)


def _ask(
    endpoint: Endpoint, issuer: Issuer, method: str, path: str, form: Mapping[str, str] | None = None, bearer: str = ""
) -> ProtocolResponse:
    """Through the gate of every request; what is recorded on the way carries the operator's address and trace."""
    here = audit.current()
    headers = {"content-type": FORM} if form is not None else {}
    headers |= {"authorization": f"Bearer {bearer}"} if bearer else {}
    host = uris.split(issuer.identifier).netloc
    body = urlencode(form).encode() if form is not None else b""
    # an issuer with a host of its own has no part in the path
    slug = "" if issuer.url else issuer.slug
    request = ProtocolRequest(method, path, b"", headers, body, host, here.address, here.trace_id, slug)
    return base.answer(endpoint, request)


def _json(got: ProtocolResponse) -> dict[str, Any]:
    try:
        found = json.loads(got.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
