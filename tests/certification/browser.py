"""A person's browser over TLS: cookies, redirects within the server, forms; it stops where the server sends it to the client."""

import html
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery staple"


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.frames: list[str] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.onward = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.forms.append(Form(given.get("action", "")))
                self._inside = True
            case "iframe":
                self.frames.append(given.get("src", ""))
            case "a":
                self.links.append(given.get("href", ""))
                if given.get("id") == "onward":
                    self.onward = given.get("href", "")
            case "img":
                self.images.append(given.get("src", ""))
            case "button" if self._inside and given.get("name"):
                self.forms[-1].buttons.append((given["name"], given.get("value", "")))
            case "input" if self._inside and given.get("name") and "disabled" not in given:
                self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in {"checkbox", "radio"} and "checked" not in given:
            return
        if kind not in {"submit", "button", "image"}:
            self.forms[-1].fields.append((given["name"], given.get("value", "on" if kind == "checkbox" else "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


@dataclass
class Page:
    """What the browser shows: a page of the server."""

    url: str
    status: int
    text: str
    headers: Any

    @property
    def forms(self) -> list[Form]:
        return _Reader(self.text).forms

    @property
    def frames(self) -> list[str]:
        return _Reader(self.text).frames

    @property
    def links(self) -> list[str]:
        return _Reader(self.text).links

    @property
    def images(self) -> list[str]:
        return _Reader(self.text).images

    @property
    def onward(self) -> str:
        """Where a page that loads frames goes on."""
        return _Reader(self.text).onward

    @property
    def is_sign_in(self) -> bool:
        return 'type="password"' in self.text

    @property
    def is_consent(self) -> bool:
        return any(("decision", "allow") in form.buttons for form in self.forms)


@dataclass
class Arrived:
    """Where the browser left the server for, with what: `query`, `fragment` or `form` has the parameters."""

    url: str
    method: str
    status: int
    query: dict[str, str]
    fragment: dict[str, str]
    form: dict[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the answer, wherever they are; never in two places."""
        places = [place for place in (self.fragment, self.form, self.query) if place]
        return places[0] if places else {}

    @property
    def error(self) -> str:
        return self.parameters.get("error", "")

    @property
    def place(self) -> str:
        return "form" if self.form else "fragment" if self.fragment else "query"


def once(text: str) -> dict[str, str]:
    found = parse_qsl(text, keep_blank_values=True)
    assert len(dict(found)) == len(found), f"a parameter came twice: {found}"
    return dict(found)


class Browser:
    def __init__(self, issuer: str, authority: str) -> None:
        self.issuer = issuer
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = authority
        self.seen: list[Page] = []

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self._http.cookies}

    def get(self, url: str) -> Page | Arrived:
        return self._follow("GET", url)

    def post(self, url: str, values: Any, origin: str = "") -> Page | Arrived:
        return self._follow("POST", url, values, origin or "/".join(url.split("/")[:3]))

    def _follow(self, method: str, url: str, values: Any = None, origin: str = "") -> Page | Arrived:
        for _ in range(12):
            headers = {"Origin": origin, "Referer": origin + "/"} if method == "POST" else {}
            answer = self._http.request(method, url, data=values, headers=headers, allow_redirects=False, timeout=30)
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return self._shown(answer)
            to = urljoin(url, answer.headers["Location"])
            if not self._is_ours(to):
                parts = urlsplit(to)
                return Arrived(
                    to.partition("#")[0].partition("?")[0],
                    "GET",
                    answer.status_code,
                    once(parts.query),
                    once(parts.fragment),
                    {},
                )
            assert answer.status_code in {302, 303} or method == "GET"
            method, url, values = "GET", to, None
        raise AssertionError(f"redirected in a circle: {url}")

    def _is_ours(self, url: str) -> bool:
        return "/".join(url.split("/")[:3]) == "/".join(self.issuer.split("/")[:3])

    def _shown(self, answer: requests.Response) -> Page | Arrived:
        assert answer.status_code < 500, (answer.status_code, answer.text[:500])
        page = Page(str(answer.url), answer.status_code, answer.text, answer.headers)
        self.seen.append(page)
        for form in page.forms:
            # OAuth 2.0 Form Post Response Mode: the page posts itself to the client
            action = html.unescape(form.action)
            if action.startswith("https://") and not self._is_ours(action):
                parts = urlsplit(action)
                url = action.partition("?")[0]
                return Arrived(url, "POST", answer.status_code, once(parts.query), {}, _dict(form.fields))
        return page

    def submit(self, page: Page, form: Form, changes: dict[str, str]) -> Page | Arrived:
        fields = [(name, value) for name, value in form.fields if name not in changes]
        action = urljoin(page.url, html.unescape(form.action)) if form.action else page.url
        return self.post(action, [*fields, *changes.items()])

    def go_on(self, shown: Page | Arrived) -> Page | Arrived:
        """Sign in, consent, as often as asked, until the browser is sent to the client or a page wants something else."""
        for _ in range(4):
            if isinstance(shown, Arrived):
                return shown
            if shown.is_sign_in:
                shown = self.sign_in(shown)
            elif shown.is_consent:
                form = next(form for form in shown.forms if ("decision", "allow") in form.buttons)
                shown = self.submit(shown, form, {"decision": "allow"})
            else:
                return shown
        return shown

    def sign_in(self, page: Page) -> Page | Arrived:
        form = next(form for form in page.forms if any(name == "password" for name, _ in form.fields))
        changes = {"password": PASSWORD}
        if any(name == "login" for name, _ in form.fields):
            changes["login"] = EMAIL
        return self.submit(page, form, changes)


def _dict(fields: list[tuple[str, str]]) -> dict[str, str]:
    assert len(dict(fields)) == len(fields), f"a parameter came twice: {fields}"
    return dict(fields)
