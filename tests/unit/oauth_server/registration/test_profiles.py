"""The answers of the wizard become a client that no rule refuses and no lint complains about; redirect URIs are judged with reasons."""

import json
from itertools import product
from typing import Any

import pytest

from oauth_server import issuers, uris
from oauth_server.deeds import new_client
from oauth_server.models import Audience
from oauth_server.registration import metadata, posture, profiles, redirects
from oauth_server.registration.profiles import Answers, Kind, Place

API = "https://api.photos.example"
WEB = ("https://photos.example/callback", "https://photos.example/silent")
APP = ("com.example.photos:/callback", "http://127.0.0.1/callback", "https://photos.example/app")


def every_path() -> list[Answers]:
    """Each combination of answers that the wizard lets somebody give."""
    found = []
    flags = (False, True)
    for kind, place, stays, browser, first, key in product(Kind, Place, flags, flags, flags, flags):
        asked = Answers(kind, "Photo Market", (), stays, place, browser, "", ("profile",), (API,), API, first)
        has_key = key and not asked.is_public and kind != Kind.API
        addresses = APP if asked.is_on_device else WEB
        for given in (addresses, addresses[:1], ()):
            if not given and asked.asks_by_code and not asked.is_on_device:
                continue
            uri = "https://photos.example/jwks.json" if has_key else ""
            found.append(Answers(kind, asked.name, given, stays, place, browser, uri, ("profile",), (API,), API, first))
    return found


@pytest.mark.bar("O1.1", "O1.2")
@pytest.mark.seed("S-34")
def test_no_path_through_the_wizard_makes_a_client_that_a_rule_or_the_lint_complains_about(db: None) -> None:
    issuer = issuers.first()
    Audience.objects.create(issuer=issuer, identifier=API, name="Photos API")
    made = {
        json.dumps(members := profiles.members(answers), sort_keys=True): (answers, members) for answers in every_path()
    }
    assert len(made) > 40
    assert {answers.kind for answers in every_path()} == set(Kind) == set(profiles.kinds())
    for answers, members in made.values():
        assert metadata.problems(issuer, members) == {}, answers
        assert posture.concerns({**metadata.blank(posture.MEMBERS), **members}) == [], answers
        assert all(str(preset.why) for preset in profiles.presets(answers))
        assert (members["token_endpoint_auth_method"] == "none") is answers.is_public
        if "authorization_code" in members["grant_types"]:
            assert members["require_pkce"] is True
        if answers.kind in (Kind.THIRD_PARTY, Kind.MCP):
            assert members["skip_consent"] is False
        assert not {"implicit", "password"} & set(members["grant_types"])
    # what the lint warns of is not taken from whoever types it either
    for uri, public, findings in REDIRECTS:
        typed = Answers(Kind.NATIVE if public else Kind.WEB, "Photo Market", (uri,))
        is_unwise = any(level != redirects.NOTE for _rule, level, _fix in findings)
        assert bool(new_client.problems(issuer, typed)) is is_unwise, uri


# address, whether the client has no secret → rule, level, what is offered
REDIRECTS: list[tuple[str, bool, list[tuple[str, str, str]]]] = [
    ("https://photos.example/callback", False, []),
    ("https://photos.example/callback#top", False, [("fragment", "error", "https://photos.example/callback")]),
    ("https://*.photos.example/callback", False, [("wildcard", "error", "")]),
    ("photos.example/callback", False, [("scheme", "error", "https://photos.example/callback")]),
    ("photos.example:8443/callback", False, [("scheme", "error", "https://photos.example:8443/callback")]),
    ("HTTPS://photos.example/callback", False, [("scheme", "error", "https://photos.example/callback")]),
    ("http://photos.example/callback", False, [("https", "error", "https://photos.example/callback")]),
    ("https://photos.example@evil.example/", False, [("user", "error", "https://evil.example/")]),
    ("https://photos.example/a/../b", False, [("syntax", "error", "")]),
    ("https://photos.example/?code=1", False, [("syntax", "error", "")]),
    ("javascript:alert(1)", True, [("syntax", "error", "")]),
    ("photos:/callback", True, [("custom", "error", "")]),
    ("com.example.photos:/callback", False, [("custom", "error", "")]),
    ("com.example.photos:/callback", True, [("custom", "note", "")]),
    ("http://localhost:3000/callback", False, [("localhost", "warning", "http://127.0.0.1:3000/callback")]),
    ("http://localhost", True, [("localhost", "warning", "http://127.0.0.1")]),
    ("http://127.0.0.1:3000/callback", True, [("loopback", "note", "http://127.0.0.1/callback")]),
    ("http://127.0.0.1/callback", True, [("loopback", "note", "")]),
    ("http://[::1]:80/callback", True, [("loopback", "note", "http://[::1]/callback")]),
    ("https://Photos.example/callback", False, [("host", "warning", "https://photos.example/callback")]),
    ("https://photos.example:443/callback", False, [("port", "warning", "https://photos.example/callback")]),
    ("https://photos.example/callback/", False, [("slash", "note", "https://photos.example/callback")]),
    ("https://photos.example/", False, []),
    ("https://photos.example/é", False, [("syntax", "error", "")]),
    ("", False, [("scheme", "error", "")]),
]  # fmt: skip


@pytest.mark.bar("O13")
@pytest.mark.spec("RFC 9700", "2.1")
@pytest.mark.spec("RFC 8252", "8.3")
def test_each_redirect_uri_is_judged_with_a_reason_and_a_fix_that_is_good() -> None:
    for uri, public, wanted in REDIRECTS:
        found = redirects.lint([uri], public=public)
        assert [(one.rule, one.level, one.fix) for one in found] == wanted, uri
        assert all(one.text for one in found)
        # the lint refuses what the rules refuse, and nothing else
        assert any(one.level == "error" for one in found) is bool(uris.problem(uri, public=public)), uri
        assert all(uris.problem(one.fix, public=public) == "" for one in found if one.fix), uri
        left = redirects.lint(redirects.mended([uri], public=public), public=public)
        assert [one.rule for one in left if one.fix and one.level != "note"] == [], uri
    twice = redirects.lint(["https://a.example/", "https://a.example/"], public=False)
    assert [(one.rule, one.level) for one in twice] == [("twice", "warning")]
    many = ["HTTPS://Photos.example:443/x#y", "photos.example/x#z"]
    assert redirects.mended(many, public=False) == ["https://photos.example/x"]


@pytest.mark.bar("O1.2")
def test_what_is_unwise_in_a_client_is_named() -> None:
    good: dict[str, Any] = {**metadata.blank(posture.MEMBERS), "redirect_uris": ["https://photos.example/callback"]}
    assert posture.concerns(good) == []
    for change, rule in (
        ({"grant_types": ["password"]}, "legacy"),
        ({"response_types": ["code id_token"]}, "legacy"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "legacy"),
        ({"require_pkce": False}, "pkce"),
        ({"redirect_uris": ["http://localhost/callback"]}, "localhost"),
        ({"lifespans": {"client_credentials_grant_access_token_lifespan": 10**8}}, "lifetime"),
    ):
        assert [one.rule for one in posture.concerns({**good, **change})] == [rule]
    own = {
        "skip_consent": True,
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["com.example.photos:/callback"],
    }
    assert [one.rule for one in posture.concerns({**good, **own})] == ["impersonation"]
