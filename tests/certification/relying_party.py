"""A relying party: it knows the issuer, its own registration and its keys, and believes nothing that it has not verified."""

import base64
import hashlib
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.certification.browser import Arrived, Browser, Page
from tests.certification.provider import Provider
from tests.certification.reception import Reception

FORM_POST = "form_post"
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", re.ASCII)


def half(value: str) -> str:
    """The left half of the hash of a value: at_hash and c_hash for RS256."""
    raw = hashlib.sha256(value.encode()).digest()
    return base64.urlsafe_b64encode(raw[:16]).rstrip(b"=").decode()


def is_random(value: str) -> bool:
    """A4: long enough, and with 96 bits of Shannon entropy in the string."""
    counts = Counter(value)
    entropy = -sum(n / len(value) * log2(n / len(value)) for n in counts.values()) * len(value)
    return len(value) >= 22 and entropy > 96


class ClientKey:
    """A key of the relying party's."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self._private = rsa.generate_private_key(65537, 2048)

    @property
    def public(self) -> dict[str, Any]:
        members = jwt.algorithms.RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {**members, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def sign(self, claims: Mapping[str, Any], **header: str) -> str:
        return jwt.encode(dict(claims), self._private, "RS256", headers={"kid": self.kid, **header})


@dataclass
class RelyingParty:
    provider: Provider
    reception: Reception
    registration: dict[str, Any]
    response_type: str = "code"
    response_mode: str = ""
    key: ClientKey | None = None
    _bought: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        answer = self.provider.get(f"{self.provider.url}/.well-known/openid-configuration")
        assert answer.status_code == 200
        return answer.json()

    @property
    def client_id(self) -> str:
        return self.registration["client_id"]

    @property
    def redirect_uri(self) -> str:
        return self.registration["redirect_uris"][0]

    @property
    def keys(self) -> list[dict[str, Any]]:
        return self.provider.get(self.metadata["jwks_uri"]).json()["keys"]

    @property
    def in_front(self) -> bool:
        return self.response_type != "code"

    @property
    def place(self) -> str:
        """A8: where the answer goes."""
        if self.response_mode == FORM_POST:
            return "form"
        return "fragment" if self.in_front else "query"

    def browser(self) -> Browser:
        return Browser(self.provider.url, self.provider.authority)

    # the front channel

    def request(self, **changes: Any) -> dict[str, str]:
        """A good request; None takes a parameter out."""
        nonce = secrets.token_urlsafe(16)
        good: dict[str, Any] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": self.response_type,
            "scope": "openid",
            "state": secrets.token_urlsafe(16),
            "nonce": nonce,
            **({"response_mode": self.response_mode} if self.response_mode else {}),
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def url(self, parameters: Mapping[str, str]) -> str:
        return f"{self.metadata['authorization_endpoint']}?{urlencode(parameters)}"

    def ask(self, browser: Browser, **changes: Any) -> Page | Arrived:
        """Where a request leads, before anybody answers a page."""
        return browser.get(self.url(self.request(**changes)))

    def login(self, browser: Browser, **changes: Any) -> Arrived:
        """A request to its end, with everything that every profile checks of an answer."""
        asked = self.request(**changes)
        arrived = browser.go_on(browser.get(self.url(asked)))
        return self.accepted(arrived, asked)

    def accepted(self, arrived: Page | Arrived, asked: Mapping[str, str]) -> Arrived:
        assert isinstance(arrived, Arrived), arrived.text[:2000]
        assert "error" not in arrived.parameters, arrived.parameters
        self._arrived(arrived, asked)
        for name in ("code", "access_token"):
            if name in arrived.parameters:
                assert is_random(arrived.parameters[name]), name
        kinds = {"code": "code", "id_token": "id_token", "token": "access_token"}
        due = {kinds[word] for word in asked["response_type"].split()}
        assert due == set(kinds.values()) & set(arrived.parameters)
        if "access_token" in due:
            assert arrived.parameters["token_type"].lower() == "bearer"
            assert int(arrived.parameters["expires_in"]) > 0
        if "id_token" in due:
            claims = self.id_token(arrived.parameters["id_token"], nonce=asked.get("nonce"))
            for name, hashed in (("code", "c_hash"), ("access_token", "at_hash")):
                if name in due:
                    assert claims[hashed] == half(arrived.parameters[name])
        return arrived

    def refused(self, arrived: Page | Arrived, asked: Mapping[str, str], *errors: str) -> None:
        """A7: an error at the redirect URI; a client that nobody has looked at gets a page (RFC 9700 §4.11.2)."""
        if isinstance(arrived, Page) and "registration_access_token" in self.registration:
            assert arrived.status == 400
            assert any(f"<code>{error}</code>" in arrived.text for error in errors)
            return
        assert isinstance(arrived, Arrived), arrived.text[:2000]
        self._arrived(arrived, asked)
        assert arrived.error in errors, arrived.parameters
        known = {"error", "error_description", "error_uri", "state", "session_state", "iss"}
        assert set(arrived.parameters) <= known
        assert _DESCRIPTION.fullmatch(arrived.parameters.get("error_description", ""))

    def _arrived(self, arrived: Arrived, asked: Mapping[str, str]) -> None:
        assert arrived.url == asked["redirect_uri"].partition("?")[0]
        assert arrived.place == self.place
        expected = asked["redirect_uri"].partition("?")[2]
        if self.place != "query":
            assert urlencode(arrived.query) == expected
        assert arrived.parameters.get("state") == asked.get("state")
        assert arrived.parameters["iss"] == self.provider.url

    # the back channel

    def redeem(self, code: str, **changes: Any) -> requests.Response:
        good = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.token({**good, **changes})

    def token(self, values: Mapping[str, Any]) -> requests.Response:
        return self.post(self.metadata["token_endpoint"], values)

    def post(self, url: str, values: Mapping[str, Any]) -> requests.Response:
        headers, credentials = self._credentials()
        body = {name: value for name, value in {**credentials, **values}.items() if value is not None}
        return requests.post(
            url, data=body, headers=headers, verify=self.provider.authority, allow_redirects=False, timeout=30
        )

    def _credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        match self.registration["token_endpoint_auth_method"]:
            case "client_secret_basic":
                pair = f"{quote_plus(self.client_id)}:{quote_plus(self.registration['client_secret'])}"
                return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
            case "client_secret_post":
                return {}, {"client_id": self.client_id, "client_secret": self.registration["client_secret"]}
            case "private_key_jwt":
                return {}, {
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": self.assertion(self.metadata["token_endpoint"]),
                }
        raise AssertionError(self.registration["token_endpoint_auth_method"])

    def assertion(self, audience: str, **changes: Any) -> str:
        assert self.key is not None
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": secrets.token_urlsafe(16)}
        return self.key.sign({**claims, "iat": now, "exp": now + 60, **changes})

    def tokens(self, arrived: Arrived, **changes: Any) -> dict[str, Any]:
        """What the code of an answer buys; redeemed once."""
        code = arrived.parameters["code"]
        if code not in self._bought:
            self._bought[code] = self.issued(self.redeem(code, **changes))
        return self._bought[code]

    def issued(self, answer: requests.Response) -> dict[str, Any]:
        """A4, A5."""
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
        assert "no-store" in answer.headers["Cache-Control"]
        body: dict[str, Any] = answer.json()
        assert body["token_type"].lower() == "bearer"
        assert isinstance(body["expires_in"], int)
        assert 1 <= body["expires_in"] <= 366 * 86400
        assert is_random(body["access_token"])
        if "refresh_token" in body:
            assert is_random(body["refresh_token"])
            assert body["refresh_token"].isascii()
            assert body["refresh_token"].isprintable()
        return body

    def token_error(self, answer: requests.Response, *errors: str) -> None:
        """A6."""
        assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
        body = answer.json()
        assert body["error"] in errors, body
        assert answer.status_code == (401 if body["error"] == "invalid_client" else 400)
        assert _DESCRIPTION.fullmatch(body.get("error_description", ""))

    def id_token(self, value: str, *, nonce: str | None = None, algorithm: str = "RS256") -> dict[str, Any]:
        """A1, A2: the verified claims."""
        header = jwt.get_unverified_header(value)
        assert header["alg"] == algorithm
        kty = {"R": "RSA", "P": "RSA", "E": "EC"}[algorithm[0]] if algorithm != "EdDSA" else "OKP"
        fitting = [
            key
            for key in self.keys
            if key["kid"] == header["kid"]
            and key["kty"] == kty
            and key.get("alg", algorithm) == algorithm
            and key.get("use", "sig") == "sig"
        ]
        assert len(fitting) == 1
        claims = jwt.decode(
            value,
            jwt.PyJWK(fitting[0]).key,
            algorithms=[algorithm],
            audience=self.client_id,
            issuer=self.provider.url,
            options={"require": ["iss", "aud", "exp", "iat", "sub"]},
        )
        assert abs(claims["iat"] - time.time()) < 300
        if "auth_time" in claims:
            assert claims["auth_time"] <= time.time() + 1
        assert claims.get("acr") != ""
        assert claims.get("nonce") == nonce
        return claims

    def userinfo(self, access_token: str, how: str = "GET header") -> dict[str, Any]:
        """A10, as far as one answer shows it."""
        answer = self.userinfo_answer(access_token, how)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
        claims: dict[str, Any] = answer.json()
        assert all(value not in ("", None, "null", {}, []) for value in claims.values()), claims
        return claims

    def userinfo_answer(self, access_token: str, how: str = "GET header") -> requests.Response:
        url, verify = self.metadata["userinfo_endpoint"], self.provider.authority
        bearer = {"Authorization": f"Bearer {access_token}"}
        match how:
            case "GET header":
                return requests.get(url, headers=bearer, verify=verify, timeout=30)
            case "POST header":
                return requests.post(url, headers=bearer, verify=verify, timeout=30)
            case _:
                return requests.post(url, data={"access_token": access_token}, verify=verify, timeout=30)

    def access_token(self, arrived: Arrived) -> str:
        """One that opens UserInfo: from the front, else for the code."""
        return arrived.parameters.get("access_token") or self.tokens(arrived)["access_token"]

    def any_id_token(self, arrived: Arrived) -> str:
        return arrived.parameters.get("id_token") or self.tokens(arrived)["id_token"]

    def claims(self, arrived: Arrived) -> dict[str, Any]:
        """Of the ID token that came with an answer, whatever the nonce."""
        value = self.any_id_token(arrived)
        unverified = jwt.decode(value, options={"verify_signature": False})
        return self.id_token(value, nonce=unverified.get("nonce"))

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """A JWT with alg=none."""
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])
