"""RFC 7591 §2.3 software statements: somebody who is trusted vouches for a client."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.keys import jose
from oauth_server.models import Client, TrustedIssuer
from tests import jwts
from tests.flows import CALLBACK
from tests.forged import FORGED, Parts
from tests.specs.rfc7591_registration.registering import ES256, GOOD, METADATA, PRIVATE, configure, post, told

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "2.3")]

VOUCHERS = [jwts.a_key(algorithm) for algorithm in ("ES256", "RS256", "PS256")]


@pytest.fixture
def vouching(opened: Any) -> TrustedIssuer:
    return TrustedIssuer.objects.create(
        issuer=issuers.first(),
        identifier="https://federation.example",
        jwks={"keys": [ES256]},
        signs_software_statements=True,
    )


def statement(**claims: Any) -> str:
    good = {"iss": "https://federation.example", "software_id": "photos", "client_name": "Vouched for", **claims}
    key = jose.load(PRIVATE)
    kept = {name: value for name, value in good.items() if value is not None}
    return jwts.compact({"alg": "ES256", "kid": key.kid}, kept, key)


@pytest.mark.spec("RFC 7591", "2.3")
@pytest.mark.threat(97)
def test_a_software_statement_counts_more_than_what_stands_beside_it(vouching: TrustedIssuer):
    value = statement(redirect_uris=[CALLBACK], scope="openid")
    body = post({"client_name": "Another", "software_statement": value, "scope": "openid email"}).json()
    assert (body["client_name"], body["software_id"], body["scope"]) == ("Vouched for", "photos", "openid")
    assert body["software_statement"] == value
    assert configure("GET", body).json()["software_statement"] == value


STATEMENTS: dict[str, tuple[Any, str]] = {
    "no JWT": ("x", "invalid_software_statement"),
    "a number": (5, "invalid_software_statement"),
    "signed by somebody else": (
        lambda: statement().rpartition(".")[0] + "." + jwts.b64(bytes(64)),
        "invalid_software_statement",
    ),
    "alg none": (
        lambda: f"{jwts.part({'alg': 'none'})}.{jwts.part({'iss': 'https://federation.example'})}.",
        "invalid_software_statement",
    ),
    "an issuer that nobody trusts": (lambda: statement(iss="https://evil.example"), "unapproved_software_statement"),
    "no issuer": (lambda: statement(iss=None), "unapproved_software_statement"),
    "an issuer that is a list": (lambda: statement(iss=["x"]), "unapproved_software_statement"),
    "expired": (lambda: statement(exp=1), "invalid_software_statement"),
    "from the future": (lambda: statement(iat=4_000_000_000), "invalid_software_statement"),
    "for another server": (lambda: statement(aud="https://other.example"), "invalid_software_statement"),
    "about nothing": (lambda: statement(software_id=None), "invalid_software_statement"),
    "an assertion about a person": (lambda: statement(sub="ada"), "invalid_software_statement"),
    "bad metadata": (lambda: statement(redirect_uris=["http://rp.example"]), "invalid_redirect_uri"),
}


@pytest.mark.spec("RFC 7591", "3.2.2")
@pytest.mark.threat(97)
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_bad_software_statement_is_refused(vouching: TrustedIssuer, name: str):
    value, code = STATEMENTS[name]
    assert told(post({**GOOD, "software_statement": value() if callable(value) else value})) == (400, code)
    assert not Client.objects.exists()


@pytest.mark.threat(43)
@pytest.mark.threat(64)
@pytest.mark.parametrize("name", [name for name in FORGED if name not in {"typ missing", "typ JWT", "kid missing"}])
def test_a_forged_software_statement_is_refused(vouching: TrustedIssuer, name: str):
    TrustedIssuer.objects.update(jwks={"keys": [public for _, public, _ in VOUCHERS]})
    es, rs, ps = (jose.load(private) for _, _, private in VOUCHERS)
    claims = {"iss": "https://federation.example", "software_id": "photos"}
    value = FORGED[name](Parts(es, rs, ps, "JWT", claims))
    status, code = told(post({**GOOD, "software_statement": value}))
    assert status == 400
    assert code in {"invalid_software_statement", "unapproved_software_statement", METADATA}
    assert not Client.objects.exists()


@pytest.mark.threat(97)
@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"signs_software_statements": False}, {"expires": "2020-01-01T00:00Z"}]
)
def test_who_is_not_trusted_any_more_vouches_for_nothing(vouching: TrustedIssuer, change: dict[str, Any]):
    TrustedIssuer.objects.update(**change)
    assert told(post({**GOOD, "software_statement": statement()})) == (400, "unapproved_software_statement")
