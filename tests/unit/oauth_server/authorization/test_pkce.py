"""RFC 7636: the challenge of a request, and the verifier that belongs to it."""

from urllib.parse import urlencode

import pytest

from oauth_server.authorization import pkce
from oauth_server.errors import InvalidRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from tests.flows import challenge_of

# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PUBLIC = Client(token_endpoint_auth_method="none", require_pkce=False)
STRICT = Client()
FREED = Client(require_pkce=False)


def asked(**values: str) -> Parameters:
    return Parameters.parse(urlencode(values).encode())


@pytest.mark.spec("RFC 7636", "B")
def test_the_example_of_the_rfc():
    assert pkce.matches(VERIFIER, CHALLENGE)
    assert challenge_of(VERIFIER) == CHALLENGE
    assert pkce.challenge(asked(code_challenge=CHALLENGE, code_challenge_method="S256"), STRICT) == CHALLENGE


@pytest.mark.seed("S-54")
@pytest.mark.spec("RFC 7636", "4.1")
@pytest.mark.threat(23)
@pytest.mark.parametrize(
    ("verifier", "expected"),
    [
        ("a" * 42, False),
        ("a" * 43, True),
        ("a" * 86, True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("-._~" * 11, True),
        ("a" * 42 + "+", False),
        ("a" * 42 + "/", False),
        ("a" * 42 + "=", False),
        ("a" * 42 + " ", False),
        ("a" * 42 + "é", False),
        ("a" * 43 + "\n", False),
    ],
)
def test_the_length_and_the_alphabet_of_a_verifier(verifier: str, expected: bool):
    assert pkce.matches(verifier, challenge_of(verifier)) is expected


@pytest.mark.threat(23)
@pytest.mark.parametrize("client", [STRICT, FREED, PUBLIC])
@pytest.mark.parametrize(
    "values",
    [
        {"code_challenge": CHALLENGE},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "S512"},
        {"code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE[:-1] + "+", "code_challenge_method": "S256"},
    ],
)
def test_a_bad_challenge_is_refused_whoever_asks(values: dict[str, str], client: Client):
    with pytest.raises(InvalidRequest):
        pkce.challenge(asked(**values), client)


@pytest.mark.threat(23)
@pytest.mark.asvs("10.4.6")
def test_only_a_confidential_client_that_is_freed_may_do_without():
    assert pkce.challenge(asked(), FREED) == ""
    for client in (STRICT, PUBLIC):
        with pytest.raises(InvalidRequest):
            pkce.challenge(asked(), client)
