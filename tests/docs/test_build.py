"""The documentation as it is built."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, ROOT, pages


@pytest.mark.seed("S-63")
def test_every_page_shows_the_version_of_the_package(site: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    built = [site / page.relative_to(DOCS).with_suffix(".html") for page in pages() if page.is_relative_to(DOCS)]
    assert built
    assert [page.name for page in built if f"django-oauth-server {version}" not in page.read_text()] == []


@pytest.mark.seed("S-61")
def test_a_search_for_get_a_token_finds_one_page(site: Path) -> None:
    text = (site / "searchindex.js").read_text()
    index = json.loads(text[text.index("{") : text.rindex("}") + 1])
    titles = index["titles"]
    words = [word for word in ("get", "a", "token") if word in index["titleterms"]]
    assert words == ["get", "token"], "a word of the search is in no title"
    places = [set(found if isinstance(found := index["titleterms"][word], list) else [found]) for word in words]
    hits = [index["docnames"][place] for place in set.intersection(*places)]
    assert [name for name in hits if {"get", "token"} <= stems(titles[index["docnames"].index(name)])] == [
        "how-to/get-a-token"
    ]


def stems(title: str) -> set[str]:
    """The words of a title as the search index keeps them."""
    from sphinx.search.en import SearchEnglish

    language = SearchEnglish({})
    return {language.stem(word.lower()) for word in language.split(title)}


def test_the_reference_holds_what_the_code_says(site: Path) -> None:
    from oauth_server.checks import RULES
    from oauth_server.cli.tree import oauth
    from oauth_server.conf import reference

    expected = {
        "settings": [name for name, *_ in reference()],
        "checks": [rule.id for rule in RULES],
        "commands": [f"oauth {verb}" for verb in oauth.commands],
        "errors": ["invalid_grant", "invalid_target", "insufficient_scope"],
        "urls": ["oauth2/token", ".well-known/jwks.json", "account_login", "oauth_consent:consent"],
        "templates": ["oauth_consent/consent.html", "oauth_accounts/registration.html"],
        "specs": ["RFC 7636", "OpenID Connect Core 1.0"],
    }
    missing = {
        page: [text for text in texts if text not in (site / f"reference/{page}.html").read_text()]
        for page, texts in expected.items()
    }
    assert missing == {page: [] for page in expected}
