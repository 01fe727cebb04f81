"""From whom a request comes: the peer, or what a trusted proxy wrote about it."""

from typing import Any

import pytest
from django.test import RequestFactory

from oauth_server.endpoints import adapter

PROXIES = ["10.0.0.0/8", "fd00::/8"]

# peer, X-Forwarded-For, the address that counts
BEHIND: list[tuple[str, str | None, str]] = [
    ("192.0.2.1", None, "192.0.2.1"),
    # whoever is no proxy of ours says nothing about others
    ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
    ("192.0.2.1", "10.0.0.1", "192.0.2.1"),
    ("10.0.0.1", None, "10.0.0.1"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
    # what the visitor wrote stands left of what the proxy wrote
    ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
    ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
    # a hop that cannot be read ends the search
    ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, , 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1", "203.0.113.9,\x00", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, 999.1.1.1", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, fe80::1%" + "x" * 300, "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, 198.51.100.1 198.51.100.2", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, 0x7f.1", "10.0.0.1"),
    # forms that proxies write
    ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
    ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    ("10.0.0.1", "2001:DB8:0::1", "2001:db8::1"),
    ("fd00::1", "[2001:db8::1]", "2001:db8::1"),
    ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("::ffff:192.0.2.1", "198.51.100.1", "192.0.2.1"),
    # a socket of this machine
    ("", "198.51.100.1", "198.51.100.1"),
]


@pytest.mark.threat(86)
@pytest.mark.parametrize(("peer", "forwarded", "address"), BEHIND)
def test_the_address_behind_trusted_proxies(settings: Any, peer: str, forwarded: str | None, address: str):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "TRUSTED_PROXIES": PROXIES}
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert adapter.address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)) == address


@pytest.mark.threat(86)
@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.1", "127.0.0.1"])
def test_without_trusted_proxies_the_peer_counts(peer: str):
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert adapter.address(request) == peer


def test_a_network_may_be_written_by_an_address_in_it(settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "TRUSTED_PROXIES": ["10.0.0.1/8"]}
    request = RequestFactory().get("/", REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert adapter.address(request) == "198.51.100.1"


def test_many_hops_cost_little(settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "TRUSTED_PROXIES": PROXIES}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="10.0.0.1," * 1_000 + "x")
    assert adapter.address(request) == "10.0.0.1"


def test_headers_are_found_by_their_names_in_lower_case():
    environ = {
        "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "",
        "SERVER_NAME": "x",
    }
    headers = adapter.Headers(environ)
    assert dict(headers) == {"x-forwarded-for": "192.0.2.1", "content-type": "text/plain"}
    assert len(headers) == 2
    assert "authorization" not in headers
    assert "content-type" in headers
    assert headers.get("authorization", "none") == "none"
    assert headers["x-forwarded-for"] == "192.0.2.1"
