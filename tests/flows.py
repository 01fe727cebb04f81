"""A browser and an app that asks for tokens, over Django's test client: whole flows in few words.

    tokens = app.tokens(browser, scope="openid offline_access")     # the person is signed in, the app is first-party
    answer = app.redeem(app.code(browser))                          # the same in two steps
    answer = app.refresh(tokens["refresh_token"])
    page = app.authorize(browser, prompt="login")                   # ends at a page of the server or at the app
    arrived = browser.sign_in(page, person)                         # fills the form of the page

Every call gives the HTTP response; `parameters(response)` reads what a redirect to the app carries.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urljoin, urlsplit

from django.test import Client as HTTP

from oauth_server import clock, testing
from oauth_server.authorization import pkce
from oauth_server.keys.jose import PrivateKey
from tests import jwts

CALLBACK = testing.CALLBACK
PASSWORD = testing.PASSWORD
FORM = "application/x-www-form-urlencoded"
OWN = "testserver"
# settings under which nobody tries to sign in too often
NO_LIMITS = dict.fromkeys(("SIGN_IN_FAILURES", "SIGN_IN_FAILURES_PER_ADDRESS", "SIGN_IN_FAILURES_PER_ACCOUNT"), 10**9)

Values = Iterable[tuple[str, str]]


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def pairs(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Parameters as they are sent: None leaves one out, a list sends it several times."""
    found = []
    for name, value in values.items():
        several = value if isinstance(value, (list, tuple)) else [value]
        found += [(name, str(one)) for one in several if one is not None]
    return found


def leads_away(response: Any) -> bool:
    if response.status_code not in {301, 302, 303, 307, 308}:
        return False
    to = urlsplit(response["Location"])
    return to.netloc not in {"", OWN} or to.scheme not in {"", "http"}


def parameters(response: Any) -> dict[str, str]:
    """What the redirect carries in its query; each parameter once."""
    assert response.status_code == 303, (response.status_code, response.content[:300])
    found = parse_qsl(urlsplit(response["Location"]).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(found)) == len(found), f"a parameter came twice: {found}"
    return dict(found)


def fragment(response: Any) -> dict[str, str]:
    """What the redirect carries in its fragment, and nothing of it in the query; each parameter once."""
    assert response.status_code == 303, (response.status_code, response.content[:300])
    where = urlsplit(response["Location"])
    assert not {"code", "error", "state", "access_token", "id_token"} & {name for name, _ in parse_qsl(where.query)}
    found = parse_qsl(where.fragment, keep_blank_values=True, strict_parsing=True)
    assert len(dict(found)) == len(found), f"a parameter came twice: {found}"
    return dict(found)


def posted(response: Any) -> tuple[str, dict[str, str]]:
    """Where the page posts itself to, and what it carries; each parameter once."""
    assert response.status_code == 200, (response.status_code, response.content[:300])
    ((action, fields),) = _Forms(response.content.decode()).forms
    assert len(dict(fields)) == len(fields), f"a field came twice: {fields}"
    return action, dict(fields)


class _Forms(HTMLParser):
    """The fields of each form of a page but those below it, with what they hold when it opens."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._inside = False
        self.feed(html.partition("</main>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), []))
            self._inside = True
        elif self._inside and tag == "input" and given.get("name") and "disabled" not in given:
            kind = given.get("type", "text")
            if kind not in {"submit", "button", "image"} and (kind not in {"checkbox", "radio"} or "checked" in given):
                value = given.get("value", "on" if kind == "checkbox" else "")
                self.forms[-1][1].append((given["name"], value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Browser:
    """Cookies, redirects within this server, forms with their CSRF token; the CSRF protection is on."""

    def __init__(self, **headers: str) -> None:
        self.http: Any = HTTP(enforce_csrf_checks=True, headers=headers or None)

    @property
    def cookies(self) -> dict[str, str]:
        return {name: morsel.value for name, morsel in self.http.cookies.items() if morsel.value}

    def get(self, url: str, **extra: Any) -> Any:
        response = self.http.get(url, **extra)
        response.address = url
        return response

    def follow(self, response: Any) -> Any:
        """Walk redirects until a page is shown or until one leads away."""
        for _ in range(10):
            if response.status_code not in {301, 302, 303} or leads_away(response):
                return response
            response = self.get(urljoin(response.address, response["Location"]))
        raise AssertionError(f"redirected in a circle: {response.address}")

    def open(self, url: str) -> Any:
        return self.follow(self.get(url))

    def submit(self, page: Any, changes: dict[str, Any] | None = None, *, form: int | None = None) -> Any:
        """Send a form of a page as it stands, with these fields changed (None takes one out); where it leads.

        Without `form` it is the one that has the changed fields, else the last of the page.
        """
        changes = changes or {}
        forms = _Forms(page.content.decode()).forms
        assert forms, f"no form on {page.address}"
        if form is None:
            fitting = [f for f in forms if {name for name, _ in f[1]} & set(changes)]
            action, fields = fitting[0] if fitting else forms[-1]
        else:
            action, fields = forms[form]
        kept = [(name, value) for name, value in fields if name not in changes]
        body = urlencode([*kept, *pairs(changes)])
        address = urljoin(page.address, action) if action else page.address
        response = self.http.post(address, body, content_type=FORM, headers={"origin": f"http://{OWN}"})
        response.address = address
        return self.follow(response)

    def force_sign_in(self, person: Any) -> None:
        """Signed in without the page, as by a remembered session."""
        self.http.force_login(person)

    def sign_in(self, page: Any, person: Any, password: str = PASSWORD) -> Any:
        """Fill the sign-in page, or the one that asks for the password again."""
        asks_who = b'name="login"' in page.content
        return self.submit(page, {**({"login": person.email} if asks_who else {}), "password": password})


@dataclass
class App:
    """A client, as the program that holds its credentials: `row` is its row, `verifier` the PKCE verifier of its requests."""

    row: Any
    secret: str = ""
    redirect_uri: str | None = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    http: HTTP = field(default_factory=HTTP)
    key: PrivateKey | None = None

    @property
    def client_id(self) -> str:
        return self.row.client_id

    def path(self, path: str) -> str:
        """Of this client's issuer."""
        return urlsplit(self.row.issuer.identifier).path + path

    # the browser's side

    def request(self, **changes: Any) -> dict[str, Any]:
        """A good authorization request, with these parameters changed; None takes one out."""
        good = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": "af0ifjsldkj",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": pkce.METHOD,
        }
        return {**good, **changes}

    def authorize_url(self, **changes: Any) -> str:
        return f"{self.path('/oauth2/auth')}?{urlencode(pairs(self.request(**changes)))}"

    def authorize(self, browser: Browser, **changes: Any) -> Any:
        """Send the browser to the server: it ends at a page, or on its way back to the app."""
        return browser.open(self.authorize_url(**changes))

    def code(self, browser: Browser, **changes: Any) -> str:
        """An authorization code, for a request that needs no page."""
        answer = parameters(self.authorize(browser, **changes))
        assert "code" in answer, answer
        return answer["code"]

    # the back channel

    def token(self, **values: Any) -> Any:
        return self.post("/oauth2/token", **values)

    def redeem(self, code: str | None, /, **changes: Any) -> Any:
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.token(**{**good, **changes})

    def tokens(self, browser: Browser, *, at_token: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """The whole code flow; the members of the token response."""
        answer = self.redeem(self.code(browser, **changes), **(at_token or {}))
        assert answer.status_code == 200, answer.content
        body: dict[str, Any] = answer.json()
        return body

    def refresh(self, refresh_token: str | None, /, **changes: Any) -> Any:
        return self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    def client_credentials(self, **changes: Any) -> Any:
        return self.token(**{"grant_type": "client_credentials", **changes})

    def introspect(self, token: str | None, /, **changes: Any) -> Any:
        return self.post("/oauth2/introspect", **{"token": token, **changes})

    def is_active(self, token: str) -> bool:
        answer = self.introspect(token)
        assert answer.status_code == 200, answer.content
        active: bool = answer.json()["active"]
        return active

    def revoke(self, token: str | None, /, **changes: Any) -> Any:
        return self.post("/oauth2/revoke", **{"token": token, **changes})

    def userinfo(self, access_token: str) -> Any:
        return self.http.get(self.path("/userinfo"), headers={"authorization": f"Bearer {access_token}"})

    def post(self, path: str, headers: Any = None, **values: Any) -> Any:
        """Authenticated by the registered method."""
        credentials, in_body = self.credentials()
        body = urlencode(pairs({**in_body, **values}))
        return self.http.post(self.path(path), body, content_type=FORM, headers={**credentials, **(headers or {})})

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and parameters by which the client authenticates (RFC 6749 §2.3.1)."""
        match self.row.token_endpoint_auth_method:
            case "client_secret_basic":
                joined = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
                return {"authorization": "Basic " + base64.b64encode(joined.encode()).decode()}, {}
            case "client_secret_post":
                return {}, {"client_id": self.client_id, "client_secret": self.secret}
            case "private_key_jwt":
                return {}, self.assertion()
            case _:
                return {}, {"client_id": self.client_id}

    def assertion(self, **changes: Any) -> dict[str, str]:
        """The parameters of a client assertion (RFC 7523 §2.2), with these claims changed; None takes one out."""
        now = int(clock.now().timestamp())
        good = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.row.issuer.identifier,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        claims = {name: value for name, value in {**good, **changes}.items() if value is not None}
        assert self.key is not None, "this app has no key"
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwts.compact(
                {"alg": self.key.algorithm, "kid": self.key.kid, "typ": "JWT"}, claims, self.key
            ),
        }


def error(response: Any) -> tuple[int, str]:
    """Status and error code of a JSON refusal, of a redirect to the app, or of a page."""
    if response.status_code == 303:
        where = urlsplit(response["Location"])
        return 303, dict(parse_qsl(where.fragment or where.query)).get("error", "")
    if response["Content-Type"].startswith("application/json"):
        return response.status_code, response.json().get("error", "")
    return response.status_code, "page"
