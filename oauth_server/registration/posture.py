"""RFC 9700: what is allowed in client metadata and yet unwise. The console says it; nothing is refused for it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from oauth_server.authorization import response_types
from oauth_server.registration import redirects
from oauth_server.registration.redirects import Finding

# What is looked at
MEMBERS = (
    "redirect_uris",
    "response_types",
    "grant_types",
    "token_endpoint_auth_method",
    "require_pkce",
    "skip_consent",
    "lifespans",
)
_MONTHS = 90 * 86_400


def concerns(members: Mapping[str, Any]) -> list[Finding]:
    """What to look at, the addresses first. `uri` of a finding names the member where it is about none."""
    public = members["token_endpoint_auth_method"] == "none"
    found = redirects.lint(members["redirect_uris"], public=public)
    return [one for one in found if one.level != redirects.NOTE] + [one for rule in _RULES for one in rule(members)]


def _of(member: str, rule: str, text: str) -> Finding:
    return Finding(member, redirects.WARNING, rule, text)


def _legacy(members: Mapping[str, Any]) -> Iterator[Finding]:
    # RFC 9700 §2.1.2, §2.4
    found = [name for name in members["response_types"] if response_types.is_legacy([name])]
    found += [name for name in ("password",) if name in members["grant_types"]]
    found += [name for name in ("client_secret_jwt",) if name == members["token_endpoint_auth_method"]]
    if found:
        text = _("Legacy, and unsafe: %(what)s. Move this client to the authorization code with PKCE.")
        yield _of("grant_types", "legacy", text % {"what": ", ".join(found)})


def _pkce(members: Mapping[str, Any]) -> Iterator[Finding]:
    # RFC 9700 §2.1.1
    if "authorization_code" in members["grant_types"] and not members["require_pkce"]:
        yield _of("require_pkce", "pkce", _("Without PKCE somebody else's code can be slipped to it. Require it."))


def _trust(members: Mapping[str, Any]) -> Iterator[Finding]:
    # RFC 8252 §8.6
    on_device = any(not uri.startswith("https://") for uri in members["redirect_uris"])
    if members["skip_consent"] and members["token_endpoint_auth_method"] == "none" and on_device:
        text = _("First party, without a secret, and its answers stay on a device: any program there can pose as it.")
        yield _of("skip_consent", "impersonation", text)


def _lifetimes(members: Mapping[str, Any]) -> Iterator[Finding]:
    long = [name for name, seconds in members["lifespans"].items() if "access_token" in name and seconds > _MONTHS]
    if long:
        yield _of(
            "lifespans",
            "lifetime",
            _("Access tokens that last for months outlive every mistake: %(names)s.") % {"names": ", ".join(long)},
        )


_RULES: tuple[Callable[[Mapping[str, Any]], Iterator[Finding]], ...] = (_legacy, _pkce, _trust, _lifetimes)
