"""RFC 7591 §5, OpenID Connect Dynamic Client Registration 1.0 §2: the addresses in client metadata, those that this server calls above all.

Nothing is fetched here; `targets.py` judges an address as far as that goes without asking a name server.
"""

from django.utils.translation import gettext as _

from oauth_server import targets, uris
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.grants.device_code import DeviceCode
from oauth_server.registration.wanted import Problems, Wanted

_CALLED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri")
_SHOWN = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_MOST_REQUEST_URIS = 50


def called(wanted: Wanted) -> Problems:
    """RFC 7591 §5: where this server will send requests."""
    for member in _CALLED:
        uri = wanted.members[member]
        if uri and wanted.changes(member):
            wrong = _unreachable(uri)
            if wrong:
                yield member, wrong
            elif "#" in uri:
                yield member, _("It has a fragment (#).")


def pushed_later(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §6.2 request_uris: fetched without their fragment."""
    found = wanted.members["request_uris"]
    if not found or not wanted.changes("request_uris"):
        return
    if len(found) > _MOST_REQUEST_URIS:
        yield "request_uris", _("At most %(most)d.") % {"most": _MOST_REQUEST_URIS}
    for uri in found:
        wrong = _unreachable(uri.partition("#")[0])
        if wrong:
            yield "request_uris", f"{uri}: {wrong}"


def _unreachable(uri: str) -> str:
    try:
        targets.target(uri, settings.FETCH_PRIVATE_HOSTS)
    except targets.Forbidden as error:
        return _("This server would not call it: %(reason)s.") % {"reason": _(str(error))}
    return ""


def shown(wanted: Wanted) -> Problems:
    """What people see comes over TLS where nobody of the operator has looked at it."""
    for member in _SHOWN:
        uri = wanted.members[member]
        if not uri or not wanted.by_itself:
            continue
        where = uris.split(uri)
        if not uri.startswith("https://") or not where.hostname:
            yield member, _("It must be an https URL.")
        elif not uri.isascii() or "@" in where.netloc:
            yield member, _("It has user information (@), or characters that look like others; write the host as xn--.")


def started(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §4: https."""
    uri = wanted.members["initiate_login_uri"]
    is_https = uri.startswith("https://") and uris.split(uri).hostname
    if uri and wanted.changes("initiate_login_uri") and not is_https:
        yield "initiate_login_uri", _("It must be an https URL.")


def front(wanted: Wanted) -> Problems:
    """OpenID Connect Front-Channel Logout 1.0 §2: scheme, host and port of a redirect URI."""
    uri = wanted.members["frontchannel_logout_uri"]
    if not uri or not wanted.changes("frontchannel_logout_uri", "redirect_uris"):
        return
    wrong = uris.problem(uri)
    if wrong:
        yield "frontchannel_logout_uri", _(wrong)
    elif uris.origin(uri) not in {uris.origin(one) for one in wanted.members["redirect_uris"]}:
        yield "frontchannel_logout_uri", _("It must have the scheme, host and port of a redirect URI.")


def sector(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §8.1: what a pairwise subject is made from."""
    if wanted.members["subject_type"] != subject.PAIRWISE or wanted.members["sector_identifier_uri"]:
        return
    if not wanted.changes("subject_type", "sector_identifier_uri", "redirect_uris"):
        return
    hosts = subject.hosts(list(wanted.members["redirect_uris"]))
    if len(hosts) > 1:
        yield "sector_identifier_uri", _("Pairwise subjects need it where redirect URIs have several hosts.")
    elif hosts and wanted.by_itself and any(not subject.hosts([uri]) for uri in wanted.members["redirect_uris"]):
        # else an app on a device takes the sector of a host that is not its own, by naming it
        yield (
            "sector_identifier_uri",
            _("Pairwise subjects need it where redirect URIs lead to a host and to a device."),
        )


def own_sector(wanted: Wanted) -> Problems:
    """OpenID Connect Core 1.0 §8.1: a host vouches for answers at redirect URIs, and a device has its answers without one."""
    names_host = wanted.members["sector_identifier_uri"] or wanted.members["redirect_uris"]
    is_pairwise = wanted.members["subject_type"] == subject.PAIRWISE
    if wanted.by_itself and is_pairwise and names_host and DeviceCode.grant_type in wanted.members["grant_types"]:
        yield "subject_type", _("Pairwise subjects and the device grant do not go together with an address.")


def web(wanted: Wanted) -> Problems:
    """OpenID Connect Dynamic Client Registration 1.0 §2: a web client with the implicit grant has https and a real host."""
    is_front = "implicit" in wanted.members["grant_types"] and wanted.members["application_type"] == "web"
    if not is_front or not wanted.by_itself:
        return
    for uri in wanted.members["redirect_uris"]:
        parts = uris.split(uri)
        if parts.scheme != "https" or parts.hostname == "localhost":
            yield (
                "redirect_uris",
                f"{uri}: " + _("A web client with the grant type implicit needs https, and no localhost."),
            )
