"""Which redirect URIs may be registered, and when a requested one is a registered one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oauth_server import uris
from oauth_server.registration import redirects

GOOD = [
    "https://rp.example/cb",
    "https://rp.example",
    "https://rp.example:8443/cb?tenant=7&x=%20",
    "https://RP.example/Cb",
    "https://xn--exmple-cua.example/cb",
    "https://[2001:db8::1]/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:4446/callback",
    "http://[::1]:4446/callback",
    "http://localhost:3000/cb",
    "https://rp.example/cb/%23x",
    "https://rp.example/a..b/c",
]

# Python's own parser raises for these
UNREADABLE = [
    "https://[",
    "https://[/cb/",
    "https://[]/cb/",
    "https://name@[/cb",
    "com.example.app://[]/",
    "//[",
    "https://exa\u2100mple.org/",
]

BAD = [
    "",
    "/cb",
    "rp.example/cb",
    "//rp.example/cb",
    "https:rp.example/cb",
    "https:/rp.example/cb",
    "https:///cb",
    "https://",
    "HTTPS://rp.example/cb",
    "https://rp.example/cb#",
    "https://rp.example/cb#x",
    "https://*.rp.example/cb",
    "https://rp.example/*",
    "https://rp.example@evil.example/cb",
    "https://evil@rp.example/cb",
    "https://user:pw@rp.example/cb",
    "http://127.0.0.1:80@evil.example/cb",
    "https://rp.example:/cb",
    "https://rp.example:0/cb",
    "https://rp.example:-1/cb",
    "https://rp.example:65536/cb",
    "https://rp.example:99999/cb",
    "https://rp.example:\uff18\uff10/cb",
    "https://rp.example:80x/cb",
    "http://[::1",
    "http://::1/cb",
    "https://rp%2eexample/cb",
    "https://rp.example/./cb",
    "https://rp.example/cb/../x",
    "https://rp.example/cb/..",
    "https://rp.example/cb/%2e%2e/x",
    "https://rp.example/cb/%2E%2e/x",
    "https://rp.example/cb/%252e%252e/x",
    "https://rp.example/cb/..%2fx",
    "https://rp.example/cb/..;/x",
    "https://rp.example/cb?code=1",
    "https://rp.example/cb?state=1",
    "https://rp.example/cb?a=1&iss=x",
    "https://rp.example/cb?error=x",
    "http://rp.example/cb",
    "http://127.0.0.2/cb",
    "http://127.1/cb",
    "http://0x7f.1/cb",
    "http://[::ffff:127.0.0.1]/cb",
    "http://localhost.evil.example/cb",
    "http://LOCALHOST/cb",
    "ftp://rp.example/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://rp.example/1",
    "about:blank",
    "intent://x",
    "view-source:https://rp.example",
    "myapp:/cb",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://rp.example/" + "a" * 2000,
]


@pytest.mark.parametrize("uri", GOOD)
@pytest.mark.seed("S-08")
def test_these_may_be_registered_and_are_equal_to_themselves(uri: str):
    assert uris.problem(uri) == ""
    assert uris.is_registered(uri, [uri])


@pytest.mark.parametrize("uri", BAD)
@pytest.mark.threat(2, 4, 5, 6, 7, 8, 10, 11)
@pytest.mark.asvs("10.4.1")
def test_these_may_not_be_registered_nor_used_when_they_are(uri: str):
    assert uris.problem(uri)
    assert uris.problem(uri, public=True)
    assert not uris.is_registered(uri, [uri])


@pytest.mark.threat(10)
@pytest.mark.spec("RFC 8252", "7.1")
@pytest.mark.parametrize("uri", ["com.example.app:/cb", "com.example.app://cb", "com.example.app:cb"])
def test_a_reversed_domain_name_is_a_scheme_for_public_clients_only(uri: str):
    assert uris.problem(uri, public=True) == ""
    assert uris.problem(uri)


@pytest.mark.threat(3)
@pytest.mark.parametrize("byte", [*range(0x21), 0x7F, ord("\\")])
def test_controls_space_and_backslash_are_refused_wherever_they_stand(byte: int):
    char = chr(byte)
    places = [
        f"{char}https://rp.example/cb",
        f"https:{char}//rp.example/cb",
        f"https://rp{char}.example/cb",
        f"https://rp.example/c{char}b",
        f"https://rp.example/cb{char}",
    ]
    for uri in places:
        assert uris.problem(uri), uri
        assert not uris.is_registered(uri, ["https://rp.example/cb"])


# Cyrillic and Latin look-alikes, full-width and other dots, slashes and digits, what is folded to ASCII, what is invisible
CONFUSABLES = (
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0261\u212f\u2170\uff0e\u3002"
    "\uff0f\uff03\uff1f\uff20\uff1a\ufe52\u2024\u2025\u2026\u2044\u2215\u29f8\u0131\u017f\u212a\u212b"
    "\u2113\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff41\uff5a\u200b\u200d\u00ad"
    "\ufeff\ufb00\u00e9\u00fc\u00df\u65e5"
)


@pytest.mark.threat(4)
@pytest.mark.parametrize("char", CONFUSABLES)
def test_what_only_looks_like_ascii_is_refused(char: str):
    assert uris.problem(f"https://rp{char}.example/cb")
    assert not uris.is_registered(f"https://rp.exampl{char}/cb", ["https://rp.example/cb"])


NEAR_MISSES = [
    "https://rp.example.evil.example/cb",
    "https://evilrp.example/cb",
    "https://rp.example/cbX",
    "https://rp.example/cb/",
    "https://rp.example/CB",
    "https://RP.example/cb",
    "https://rp.example:443/cb",
    "https://rp.example/cb?",
    "https://rp.example/cb?a=1",
    "https://rp.example/%63b",
    "https://rp.example//cb",
    "https://rp.example/cb;evil=1",
    "https://fooaexample.com/cb",
    "http://rp.example/cb",
    "https://rp.example./cb",
]


@pytest.mark.threat(1, 5, 7)
@pytest.mark.spec("RFC 9700", "2.1")
@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_a_near_miss_is_a_miss(uri: str):
    assert not uris.is_registered(uri, ["https://rp.example/cb", "https://foo.example.com/cb"])


@pytest.mark.threat(7)
@pytest.mark.parametrize("query", ["a=1", "b=2&a=1", "a=1&b=2&a=1", "a=1&b=2&c=3", "a=1&b=2&", "a=1%26b=2"])
def test_the_query_is_part_of_the_string(query: str):
    assert uris.is_registered("https://rp.example/cb?a=1&b=2", ["https://rp.example/cb?a=1&b=2"])
    assert not uris.is_registered(f"https://rp.example/cb?{query}", ["https://rp.example/cb?a=1&b=2"])


PORTS = {"": True, ":1": True, ":4446": True, ":65535": True, ":0": False, ":65536": False, ":-1": False, ":": False}
HOSTS = {
    "127.0.0.1": True,
    "[::1]": False,
    "localhost": False,
    "127.0.0.2": False,
    "127.1": False,
    "0x7f.1": False,
    "[::ffff:127.0.0.1]": False,
}
PATHS = {"/cb": True, "/CB": False, "/cb/": False, "": False, "/cb?x=1": False, "/cb?": False}


@pytest.mark.threat(9)
@pytest.mark.seed("S-08")
@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_loopback_address_may_have_any_port_and_nothing_else(host: str, port: str, path: str):
    uri = f"http://{host}{port}{path}"
    expected = HOSTS[host] and PORTS[port] and PATHS[path]
    assert uris.is_registered(uri, ["http://127.0.0.1:9999/cb"]) is expected


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    ("requested", "registered", "expected"),
    [
        ("http://[::1]:5/cb", "http://[::1]/cb", True),
        ("http://127.0.0.1:5", "http://127.0.0.1", True),
        ("http://127.0.0.1:5?a=1", "http://127.0.0.1?a=1", True),
        ("http://127.0.0.1:5/cb?a=1", "http://127.0.0.1/cb?a=1", True),
        ("http://127.0.0.1:5/cb?a=2", "http://127.0.0.1/cb?a=1", False),
        ("https://127.0.0.1:5/cb", "https://127.0.0.1/cb", False),
        ("http://localhost:5/cb", "http://localhost/cb", False),
        ("http://127.0.0.1:5@evil.example/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1:5/cb#", "http://127.0.0.1/cb", False),
    ],
)
def test_the_port_rule_is_for_http_on_an_address(requested: str, registered: str, expected: bool):
    assert uris.is_registered(requested, [registered]) is expected


@pytest.mark.threat(3, 67)
@given(st.text())
@example("http://[::1")
@example("http://[")
@example("https://rp.example:\uff19/")
@example("\ud800")
def test_no_text_makes_the_comparison_fail_or_pass_by_chance(text: str):
    assert uris.is_registered(text, ["https://rp.example/cb"]) is (text == "https://rp.example/cb")
    assert not uris.is_registered(f"https://rp.example/cb{text}", ["https://rp.example/cb"]) or not text


@given(st.sampled_from(GOOD), st.integers(0, 60), st.characters(codec="utf-8"))
@pytest.mark.threat(1)
def test_one_character_more_is_another_uri(uri: str, place: int, char: str):
    changed = uri[:place] + char + uri[place:]
    if not uri.startswith("http://"):
        assert not uris.is_registered(changed, [uri])


@pytest.mark.parametrize(
    ("uri", "origin", "loopback"),
    [
        ("https://rp.example:8443/cb", "https://rp.example:8443", False),
        ("http://127.0.0.1:5/cb", "http://127.0.0.1:5", True),
        ("http://[::1]:5/cb", "http://[::1]:5", True),
        ("https://127.0.0.1/cb", "https://127.0.0.1", False),
        ("com.example.app:/cb", "com.example.app:", False),
    ],
)
def test_where_an_answer_goes(uri: str, origin: str, loopback: bool):
    assert uris.origin(uri) == origin
    assert uris.is_loopback(uri) is loopback


@pytest.mark.threat(27)
@pytest.mark.parametrize("written", UNREADABLE)
def test_what_cannot_be_read_has_no_parts_and_raises_nothing(written: str) -> None:
    assert uris.split(written) == ("", "", "", "", "")
    assert uris.origin(written) == ":"
    assert not uris.is_loopback(written)
    assert uris.problem(written, public=True)
    # the advice of the console reads them while they are typed
    assert {finding.level for finding in redirects.lint([written], public=True)} == {redirects.ERROR}
