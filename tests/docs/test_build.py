"""The documentation as it is built."""

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    from accounts.checks import RULES as RULES_OF_ACCOUNTS
    from oauth_server.checks import RULES
    from oauth_server.cli.tree import oauth
    from oauth_server.conf import reference

    expected = {
        "settings": [name for name, *_ in reference()],
        "checks": [rule.id for rule in (*RULES, *RULES_OF_ACCOUNTS)],
        "commands": [f"oauth {verb}" for verb in oauth.commands],
        "errors": ["invalid_grant", "invalid_target", "insufficient_scope"],
        "python": ["family_revoked", "Introspector"],
        "urls": ["oauth2/token", ".well-known/jwks.json", "account_login", "oauth_consent:consent"],
        "templates": ["oauth_consent/consent.html", "oauth_accounts/registration.html"],
        "specs": ["RFC 7636", "OpenID Connect Core 1.0"],
    }
    missing = {
        page: [text for text in texts if text not in (site / f"reference/{page}.html").read_text()]
        for page, texts in expected.items()
    }
    assert missing == {page: [] for page in expected}


class _Page(HTMLParser):
    """The addresses that a page leads to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            if name in {"href", "src"} and value:
                self.links.add(value)


@pytest.mark.bar("D5.1", "D5.2")
def test_no_link_leads_nowhere_and_each_page_is_in_the_contents(site: Path) -> None:
    pages_ = {file: _Page(file.read_text()) for file in site.rglob("*.html")}
    broken = []
    for file, page in pages_.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            known = pages_.get(target)
            if not target.exists() or (known and parts.fragment and unquote(parts.fragment) not in known.places):
                broken.append((str(file.relative_to(site)), link))
    # furo's place for the top of a page
    assert [link for link in broken if not link[1].endswith("#")] == []
    listed = (site / "llms.txt").read_text()
    written = {page.relative_to(DOCS).with_suffix(".html") for page in pages() if page.is_relative_to(DOCS)}
    assert [str(page) for page in written if f"({page})" not in listed and page.name != "index.html"] == []
    assert len((site / "llms-full.txt").read_text()) > 100_000


@pytest.mark.bar("D6")
def test_error_uri_leads_to_a_place_in_the_reference(site: Path) -> None:
    from oauth_server.errors import OAuthError

    codes = {kind.error for kind in OAuthError.__subclasses__()}
    assert codes <= _Page((site / "reference/errors.html").read_text()).places


@pytest.mark.bar("D5.1")
def test_the_contents_are_short_and_name_what_people_look_for() -> None:
    sections = re.findall(r"```{toctree}\n:hidden:\n\n(.*?)\n```", (DOCS / "index.md").read_text(), re.DOTALL)[
        0
    ].split()
    assert len(sections) <= 8
    for page in (
        "how-to/web-server how-to/single-page how-to/native how-to/devices how-to/get-a-token how-to/mcp how-to/protect-an-api "
        "how-to/frameworks operations/containers operations/systemd operations/proxies operations/kubernetes operations/pgbouncer "
        "operations/upgrade operations/restore operations/key-loss operations/troubleshooting explanation/choosing-a-grant "
        "explanation/security-model migration/index project/security"
    ).split():
        assert (DOCS / f"{page}.md").exists(), page


@pytest.mark.bar("D5.1", "O2")
def test_every_snippet_of_the_console_is_in_the_documentation(site: Path) -> None:
    from oauth_server import snippets

    files = {file.name.removesuffix(".txt") for file in Path(snippets.__file__).parent.glob("*.*.txt")}
    shown = set(re.findall(r"<!-- snippet: ([\w.]+) -->", (DOCS / "how-to/frameworks.md").read_text()))
    assert files == shown
    assert "{{" not in (site / "how-to/frameworks.html").read_text()
