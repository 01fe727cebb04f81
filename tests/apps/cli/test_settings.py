"""`oauth settings`: what the server runs with, and no secret of it."""

import json
from dataclasses import fields
from typing import Any

from oauth_server import conf
from tests.apps.cli.conftest import Oauth

SECRET = "a key that nobody may read on a screen"


def test_the_effective_settings_are_shown_without_secrets(oauth: Oauth, settings: Any):
    settings.OAUTH_SERVER = {
        "ISSUER": "https://id.example/",
        "DIGEST_KEYS": [SECRET],
        "REFRESH_TOKEN_GRACE": 0,
        "METRICS_TOKEN": SECRET,
    }
    settings.SECRET_KEY = SECRET * 2
    told = oauth("settings", "--format", "json")
    assert told.code == 0
    items = {item["setting"]: (item["value"], item["from"]) for item in json.loads(told.out)["items"]}
    assert items.keys() == {field.name for field in fields(conf.Values)}
    assert items["ISSUER"] == ("https://id.example", "project")
    assert items["REFRESH_TOKEN_GRACE"] == (0, "project")
    assert items["ACCESS_TOKEN_LIFETIME"] == (3600, "default")
    assert items["DIGEST_KEYS"] == ("1 hidden", "project")
    assert items["METRICS_TOKEN"] == ("hidden", "project")
    assert items["ENCRYPTION_KEYS"] == ("1 hidden", "default")
    table = oauth("settings").out
    assert SECRET not in table + told.out
    assert any(line.split("\t")[0].strip() == "ISSUER" and "project" in line for line in table.splitlines())
    # what nothing may show is said where a setting is declared
    named = {
        field.name
        for field in fields(conf.Values)
        if field.name.endswith(("_KEYS", "_KEY", "_SECRET", "_PASSWORD", "_TOKEN"))
    }
    assert named == {field.name for field in fields(conf.Values) if field.metadata["secret"]}
