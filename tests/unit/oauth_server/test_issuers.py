"""Which issuer a request is for; what every issuer starts with; which slugs and URLs one may have."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.conf import settings as server
from oauth_server.issuers import UnknownIssuer
from oauth_server.models import Issuer
from tests.factories import IssuerFactory

pytestmark = pytest.mark.django_db


def test_the_first_issuer_is_there_after_migrate():
    assert issuers.first().identifier == server.ISSUER


@pytest.mark.seed("S-52")
@pytest.mark.parametrize("host", ["testserver", "TESTSERVER", "testserver:80"])
def test_the_first_issuer_lives_at_the_host_of_its_setting(host: str):
    assert issuers.for_request(host, "") == issuers.first()


@pytest.mark.seed("S-52")
@pytest.mark.threat(89)
@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "testserver.evil.example", "evil.testserver", "testserver:8000", "testserver:443", "[::1]"],
)
def test_an_unknown_host_has_no_issuer(host: str):
    with pytest.raises(UnknownIssuer):
        issuers.for_request(host, "")


@pytest.mark.seed("S-82")
def test_an_issuer_by_path_lives_below_the_first_and_nowhere_else():
    row = IssuerFactory(slug="master")
    assert row.identifier == f"{server.ISSUER}/master"
    assert issuers.for_request("testserver", "master") == row
    for host, slug in [("testserver", "Master"), ("testserver", "other"), ("evil.example", "master")]:
        with pytest.raises(UnknownIssuer):
            issuers.for_request(host, slug)


@pytest.mark.seed("S-52")
def test_an_issuer_by_host_has_no_path():
    row = IssuerFactory(slug="tenant", url="https://id.tenant.example")
    assert row.identifier == "https://id.tenant.example"
    for host in ("id.tenant.example", "ID.tenant.example", "id.tenant.example:443"):
        assert issuers.for_request(host, "") == row
    for host, slug in [("testserver", "tenant"), ("id.tenant.example", "tenant"), ("id.tenant.example:8443", "")]:
        with pytest.raises(UnknownIssuer):
            issuers.for_request(host, slug)


def test_a_disabled_issuer_is_unknown():
    row = IssuerFactory()
    Issuer.objects.filter(pk=row.pk).update(enabled=False)
    with pytest.raises(UnknownIssuer):
        issuers.for_request("testserver", row.slug)


@pytest.mark.spec("RFC 8414", "3.1")
@pytest.mark.seed("S-82")
@pytest.mark.parametrize(
    ("issuer", "path", "slug"),
    [
        ("https://id.example", "master", "master"),
        ("https://id.example", "o/master", "o/master"),
        ("https://id.example/o", "o", ""),
        ("https://id.example/o", "o/master", "master"),
        ("https://id.example/o", "master", "/"),
        ("https://id.example/o", "other", "/"),
        ("https://id.example/a/b", "a/b", ""),
        ("https://id.example/a/b", "a", "/"),
    ],
)
def test_the_inserted_form_of_the_metadata_address_names_one_issuer(settings: Any, issuer: str, path: str, slug: str):
    settings.OAUTH_SERVER = {"ISSUER": issuer}
    assert issuers.slug_at(path) == slug


@pytest.mark.seed("S-01")
@pytest.mark.seed("S-03")
def test_a_new_issuer_has_keys_and_the_standard_scopes_of_its_own():
    row = issuers.create("Ory OAuth2 Example", slug="ory-oauth2-example")
    assert {(key.algorithm, key.state) for key in row.keys.all()} == {
        (algorithm, state) for algorithm in ("ES256", "RS256") for state in ("active", "next")
    }
    assert {"openid", "profile", "email", "address", "phone", "offline_access"} == {s.name for s in row.scopes.all()}
    assert not set(row.keys.values_list("kid", flat=True)) & set(issuers.first().keys.values_list("kid", flat=True))


@pytest.mark.seed("S-82")
@pytest.mark.parametrize(
    "slug", ["admin", "account", "api", "device", "hydra", "o", "oauth2", "static", "userinfo", "well-known", "apps"]
)
def test_the_first_part_of_another_route_is_no_slug(slug: str):
    assert issuers.slug_problem(slug)


@pytest.mark.parametrize("slug", ["", "Master", "a_b", "-a", "a/b", "é", "a" * 64, "a\n", ".well-known", "a b"])
def test_a_slug_is_one_part_of_a_path(slug: str):
    assert issuers.slug_problem(slug)


def test_a_slug_is_given_once():
    assert issuers.slug_problem("master") == ""
    assert issuers.slug_problem(str(IssuerFactory(slug="master").pk)) == "This is how the ID of an issuer looks."
    assert issuers.slug_problem("master") == "Another issuer has this slug."


@pytest.mark.parametrize(
    "url",
    [
        "http://id.tenant.example",
        "https://id.tenant.example/",
        "https://id.tenant.example/x",
        "https://ID.tenant.example",
        "https://id.tenant.example?x",
        "https://user@id.tenant.example",
        "id.tenant.example",
        "https://[::1",
        "https://testserver",
    ],
)
def test_an_issuer_of_a_host_of_its_own_has_a_plain_https_url(url: str):
    assert issuers.url_problem(url)


def test_a_url_is_given_once():
    assert issuers.url_problem("https://id.tenant.example") == ""
    IssuerFactory(url="https://id.tenant.example")
    assert issuers.url_problem("https://id.tenant.example") == "Another issuer has this URL."


@pytest.mark.seed("S-03")
def test_the_same_name_again_gets_a_slug_of_its_own():
    for expected in ("ory-oauth2-example", "ory-oauth2-example-2", "ory-oauth2-example-3"):
        slug = issuers.free_slug("Ory OAuth2 Example")
        assert slug == expected
        IssuerFactory(slug=slug)


@pytest.mark.parametrize(
    ("name", "slug"), [("Admin", "admin-2"), ("日本", "project"), ("", "project"), ("x" * 300, "x" * 50)]
)
def test_any_name_gives_a_slug(name: str, slug: str):
    assert issuers.free_slug(name) == slug
    assert issuers.slug_problem(slug) == ""
