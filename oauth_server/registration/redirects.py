"""RFC 9700 §2.1, RFC 8252 §7, §8.3: redirect URIs while they are typed. What is refused and why, what is unwise, what to write instead.

What is refused is decided by `uris.problem` alone; here it gets words for people, and a fix where one is certain.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from oauth_server import uris

# It is not stored; it is stored and may not work or not be safe; it is good to know
ERROR, WARNING, NOTE = "error", "warning", "note"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.ASCII | re.DOTALL)
_LOCALHOST = re.compile(r"http://localhost(?=[:/?]|\Z)")
_LOOPBACK_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\])):\d+", re.ASCII)
_DEFAULT_PORT = re.compile(r"(?:(https://[^/?#:]+):443|(http://[^/?#:]+):80)(?=[/?]|\Z)")


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` names what was looked at; `fix` is what to write instead, empty where only the person can know."""

    uri: str
    level: str
    rule: str
    text: str
    fix: str = ""


# What an advice makes of a URI: rule, level, text, fix; nothing where it does not apply
_Advice = tuple[str, str, str, str]


def lint(given: Iterable[str], *, public: bool) -> list[Finding]:
    """What to say about redirect URIs that a client without a secret (`public`), or with one, is to have."""
    written = list(given)
    found = [finding for uri in dict.fromkeys(written) for finding in _of(uri, public)]
    found += [
        Finding(uri, WARNING, "twice", _("It stands here twice."))
        for uri in dict.fromkeys(written)
        if written.count(uri) > 1
    ]
    return found


def mended(given: Iterable[str], *, public: bool) -> list[str]:
    """The same with every fix of an error or a warning in place."""
    return list(dict.fromkeys(_mended(uri, public) for uri in given))


def _mended(uri: str, public: bool) -> str:
    # a fix may bring the next finding to light; no chain is longer than the rules are many
    for _round in range(len(_ADVICE) + len(_ERRORS)):
        fix = next((one.fix for one in _of(uri, public) if one.fix and one.level != NOTE), "")
        if not fix:
            return uri
        uri = fix
    return uri


def _of(uri: str, public: bool) -> Iterator[Finding]:
    wrong = uris.problem(uri, public=public)
    if wrong:
        yield _error(uri, wrong, public)
        return
    for advice in _ADVICE:
        if found := advice(uri):
            rule, level, text, fix = found
            yield Finding(uri, level, rule, text, fix if not uris.problem(fix, public=public) else "")


def _error(uri: str, wrong: str, public: bool) -> Finding:
    for rule in _ERRORS:
        if found := rule(uri, public):
            name, text, fix = found
            fix = _mended(fix, public) if fix else ""
            return Finding(uri, ERROR, name, text, "" if uris.problem(fix, public=public) else fix)
    return Finding(uri, ERROR, "syntax", _(wrong))


def _fragment(uri: str, public: bool) -> Any:
    if "#" in uri:
        text = _("A fragment (#…) is not allowed: the answer itself needs that place.")
        return "fragment", text, uri.partition("#")[0]
    return None


def _wildcard(uri: str, public: bool) -> Any:
    if "*" in uri:
        text = _(
            "Wildcards (*) are not allowed: whoever gets hold of one matching address gets the codes. List each one."
        )
        return "wildcard", text, ""
    return None


def _no_scheme(uri: str, public: bool) -> Any:
    if _SCHEME.fullmatch(uri) and not re.match(r"[a-z0-9.-]+:\d", uri, re.IGNORECASE):
        return None
    return "scheme", _("It has no scheme. Write the whole address, with https:// in front."), f"https://{uri}"


def _capitals(uri: str, public: bool) -> Any:
    scheme, _colon, rest = uri.partition(":")
    if scheme != scheme.lower():
        return "scheme", _("The scheme is written in small letters."), f"{scheme.lower()}:{rest}"
    return None


def _plain_http(uri: str, public: bool) -> Any:
    if uri.startswith("http://") and not uris.problem(f"https{uri[4:]}"):
        text = _(
            "Plain http would carry the code over the network for all to read. Only an app on the same machine may use it."
        )
        return "https", text, f"https{uri[4:]}"
    return None


def _person_in_it(uri: str, public: bool) -> Any:
    if not uri.startswith(("http://", "https://")) or "@" not in uris.split(uri).netloc:
        return None
    netloc = uris.split(uri).netloc
    text = _("A name before the host (@) makes an address look like another one.")
    return "user", text, uri.replace(netloc, netloc.rpartition("@")[2], 1)


def _custom_scheme(uri: str, public: bool) -> Any:
    scheme = uri.partition(":")[0]
    if scheme in {"http", "https", *uris.DANGEROUS}:
        return None
    if not public and not uris.problem(uri, public=True):
        return (
            "custom",
            _("A scheme of its own is for apps on people's devices, which have no secret. This client has one."),
            "",
        )
    if "." not in scheme and scheme.isascii() and uris.problem(f"org.example.{uri}", public=True) == "":
        text = _(
            "Any app can claim this scheme. Use a domain name of yours, turned around, such as com.example.app:/callback."
        )
        return "custom", text, ""
    return None


_ERRORS: tuple[Callable[[str, bool], Any], ...] = (
    _fragment, _wildcard, _no_scheme, _capitals, _custom_scheme, _person_in_it, _plain_http
)  # fmt: skip


def _localhost(uri: str) -> _Advice | None:
    """RFC 8252 §8.3: localhost is a name that may lead elsewhere, and its port is compared."""
    if not _LOCALHOST.match(uri):
        return None
    text = _(
        "The name localhost can lead elsewhere, and its port has to be exactly this one. On 127.0.0.1 any port is right."
    )
    return "localhost", WARNING, text, _LOCALHOST.sub("http://127.0.0.1", uri)


def _loopback(uri: str) -> _Advice | None:
    if not uris.is_loopback(uri) or _LOCALHOST.match(uri):
        return None
    text = _("An app on the person's own machine; any port is right.")
    return "loopback", NOTE, text, _LOOPBACK_PORT.sub(r"\1", uri) if _LOOPBACK_PORT.match(uri) else ""


def _host_in_capitals(uri: str) -> _Advice | None:
    if not uri.startswith(("http://", "https://")):
        return None
    netloc = uris.split(uri).netloc
    if netloc == netloc.lower():
        return None
    text = _("Addresses are compared letter by letter, and browsers write hosts in small letters.")
    return "host", WARNING, text, uri.replace(netloc, netloc.lower(), 1)


def _default_port(uri: str) -> _Advice | None:
    if not (found := _DEFAULT_PORT.match(uri)):
        return None
    text = _("Addresses are compared letter by letter, and most apps leave the usual port out.")
    return "port", WARNING, text, (found[1] or found[2]) + uri[found.end() :]


def _slash(uri: str) -> _Advice | None:
    path = uris.split(uri).path
    if not uri.endswith("/") or len(path) < 2:
        return None
    text = _("With the slash at the end it is another address than without. Write it as the app sends it.")
    return "slash", NOTE, text, uri.rstrip("/")


def _own_scheme(uri: str) -> _Advice | None:
    if uri.startswith(("http://", "https://")):
        return None
    text = _("Another app on the device can claim this scheme too. An https address that the app has claimed is safer.")
    return "custom", NOTE, text, ""


_ADVICE: tuple[Callable[[str], _Advice | None], ...] = (
    _localhost, _loopback, _host_in_capitals, _default_port, _slash, _own_scheme
)  # fmt: skip
