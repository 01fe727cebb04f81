"""RFC 9325 TLS: the version that is agreed on, and how long the certificate is good."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ssl import SSLCertVerificationError, cert_time_to_seconds
from typing import Any

from oauth_server import fetch
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site

_AREA = Area("tls")
_RENEW = "Renew the certificate, and find out why nothing renewed it in time."


@dataclass(frozen=True, slots=True)
class Handshake:
    """What two sides of TLS agreed on, and how long the certificate is good."""

    version: str
    not_before: datetime
    not_after: datetime


def check(site: Site) -> Iterator[Finding]:
    if site.scheme != "https":
        return
    try:
        agreed = _handshake(site.host, site.port)
    except SSLCertVerificationError as error:
        yield _AREA.error(
            f"the certificate is not trusted: {error.verify_message}",
            "Serve a certificate for this host with its whole chain. For an authority of your own, name its file in SSL_CERT_FILE.",
        )
        return
    except OSError as error:
        yield _AREA.error(
            f"no TLS: {error.strerror or error}", "See that the proxy runs and serves https on this port."
        )
        return
    yield version(agreed.version)
    yield expiry(agreed.not_before, agreed.not_after, datetime.now(UTC))


def _handshake(host: str, port: int) -> Handshake:
    """Connect, look, hang up."""
    with (
        socket.create_connection((host, port), fetch.TIMEOUT) as plain,
        fetch.context().wrap_socket(plain, server_hostname=host) as connection,
    ):
        certificate: Any = connection.getpeercert()
        begins, ends = (
            datetime.fromtimestamp(cert_time_to_seconds(str(certificate[name])), UTC)
            for name in ("notBefore", "notAfter")
        )
        return Handshake(connection.version() or "", begins, ends)


def version(agreed: str) -> Finding:
    """RFC 9325 §3.1.1: nothing below 1.2."""
    if agreed in ("TLSv1.2", "TLSv1.3"):
        return _AREA.ok(f"{agreed} is agreed on, and the certificate is trusted")
    return _AREA.error(f"{agreed} is agreed on", "Let the proxy offer TLS 1.2 and 1.3 only.")


def expiry(begins: datetime, ends: datetime, now: datetime) -> Finding:
    """Certificates of a week are renewed later than those of a year."""
    left, whole = ends - now, ends - begins
    days = f"the certificate ends in {left.days} days, on {ends:%Y-%m-%d}"
    if left < min(timedelta(days=3), whole / 10):
        return _AREA.error(days, _RENEW)
    if left < min(timedelta(days=21), whole / 4):
        return _AREA.warning(days, _RENEW)
    return _AREA.ok(days)
