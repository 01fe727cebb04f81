"""The settings dict: its defaults, what is wrong with it, and that a change is seen."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from oauth_server import conf

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"ISSUR": "https://id.example.com"}, "unknown setting ISSUR"),
    ({"ISSUER": 1}, "ISSUER must be of type str"),
    ({"ACCESS_TOKEN_LIFETIME": "3600"}, "ACCESS_TOKEN_LIFETIME must be of type int"),
    ({"ACCESS_TOKEN_LIFETIME": True}, "ACCESS_TOKEN_LIFETIME must be of type int"),
    ({"ACCESS_TOKEN_LIFETIME": -1}, "ACCESS_TOKEN_LIFETIME must not be negative"),
    ({"DIGEST_KEYS": "one"}, "DIGEST_KEYS must be a list of str"),
    ({"DIGEST_KEYS": [1]}, "DIGEST_KEYS must be a list of str"),
    ({"TRUSTED_PROXIES": ["10.0.0.0/8", "proxy"]}, "TRUSTED_PROXIES names 'proxy', which is no network"),
    ({"ACR_VALUES": ["1", "2 3"]}, "ACR_VALUES holds an empty value, or one with a space"),
    ({"ACR_VALUES": [""]}, "ACR_VALUES holds an empty value, or one with a space"),
]


@pytest.mark.parametrize(("values", "problem"), WRONG)
def test_what_is_wrong_is_named_and_stops_the_server(settings: Any, values: dict[str, Any], problem: str):
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.com", **values}
    assert conf.problems() == [problem]
    with pytest.raises(ImproperlyConfigured, match="OAUTH_SERVER"):
        _ = conf.settings.ACCESS_TOKEN_LIFETIME


def test_something_else_than_a_dict_is_named(settings: Any):
    settings.OAUTH_SERVER = ["ISSUER"]
    assert conf.problems() == ["OAUTH_SERVER must be a dict"]
    assert conf.given() == {}


def test_the_suite_runs_with_good_settings():
    assert conf.problems() == []


@pytest.mark.seed("S-01")
def test_without_an_issuer_there_is_none_but_in_development(settings: Any):
    settings.OAUTH_SERVER = {}
    settings.DEBUG = False
    with pytest.raises(ImproperlyConfigured, match="ISSUER"):
        _ = conf.settings.ISSUER
    settings.DEBUG = True
    assert conf.settings.ISSUER == "http://localhost:8000"


def test_a_slash_at_the_end_of_the_issuer_is_left_out(settings: Any):
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.com/"}
    assert conf.settings.ISSUER == "https://id.example.com"


def test_keys_are_derived_from_the_secret_key_and_its_fallbacks(settings: Any):
    settings.SECRET_KEY = "new"
    settings.SECRET_KEY_FALLBACKS = ["old"]
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.com", "DIGEST_KEYS": ["own"]}
    assert conf.settings.DIGEST_KEYS == ["own"]
    assert conf.settings.ENCRYPTION_KEYS == ["new", "old"]


def test_lists_are_not_shared_between_two_readings(settings: Any):
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.com"}
    conf.settings.GRANT_TYPES.append("x")
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.org"}
    assert conf.settings.GRANT_TYPES == []


def test_the_reference_names_every_setting_with_its_meaning():
    rows = conf.reference()
    assert {name for name, *_ in rows} == set(conf.Values.__dataclass_fields__)
    assert all(meaning.endswith(".") for *_, meaning in rows)
    assert ("ACCESS_TOKEN_LIFETIME", "int", 3600) in [row[:3] for row in rows]
    assert ("TRUSTED_PROXIES", "list[str]", []) in [row[:3] for row in rows]
