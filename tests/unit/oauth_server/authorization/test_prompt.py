"""OpenID Connect Core 1.0 §3.1.2.1: prompt and max_age."""

from urllib.parse import urlencode

import pytest

from oauth_server.authorization import prompt
from oauth_server.errors import InvalidRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters


def asked(**values: str) -> Parameters:
    return Parameters.parse(urlencode(values).encode())


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ()),
        ("login", ("login",)),
        ("consent login", ("consent", "login")),
        ("login  login", ("login",)),
        ("none", ("none",)),
        ("select_account create", ("select_account", "create")),
    ],
)
def test_prompts_in_their_order(value: str, expected: tuple[str, ...]):
    assert prompt.prompts(asked(prompt=value)) == expected


@pytest.mark.threat(83)
@pytest.mark.parametrize("value", ["none login", "login none", "Login", "login,consent", "x", "login\tconsent"])
def test_a_prompt_that_says_nothing_is_refused(value: str):
    with pytest.raises(InvalidRequest):
        prompt.prompts(asked(prompt=value))


@pytest.mark.parametrize(("value", "expected"), [("", 300), ("0", 0), ("3600", 3600), ("2147483647", 2147483647)])
def test_seconds_since_the_sign_in(value: str, expected: int):
    assert prompt.max_age(asked(max_age=value), Client(default_max_age=300)) == expected


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "1e3", "2147483648", "9" * 400, "٣", "+1", " 1", "0x1"])
def test_what_is_not_a_number_of_seconds_is_refused(value: str):
    with pytest.raises(InvalidRequest):
        prompt.max_age(asked(max_age=value), Client())
