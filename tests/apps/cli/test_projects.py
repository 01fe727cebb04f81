"""Projects: one more issuer each."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.models import Issuer
from tests.apps.cli.conftest import Oauth

NAME = "Ory OAuth2 Example"


@pytest.mark.seed("S-03")
def test_the_same_name_twice_makes_two_projects_that_can_both_be_discovered(oauth: Oauth, client: Any) -> None:
    made = [oauth("create", "project", "--name", NAME) for _ in range(2)]
    assert [list(ran.labels) for ran in made] == [["ID", "NAME", "SLUG", "ISSUER"]] * 2
    assert len({ran.labels["ID"] for ran in made}) == len({ran.labels["SLUG"] for ran in made}) == 2
    for ran in made:
        found = client.get(f"/{ran.labels['SLUG']}/.well-known/openid-configuration")
        assert found.json()["issuer"] == ran.labels["ISSUER"]
        keys = client.get(f"/{ran.labels['SLUG']}/.well-known/jwks.json").json()["keys"]
        assert {key["alg"] for key in keys} == {"ES256", "RS256"}


@pytest.mark.seed("S-03")
def test_a_project_starts_with_the_standard_scopes_and_a_sample_api(oauth: Oauth) -> None:
    issuer = Issuer.objects.get(pk=oauth("create", "project", "--name", NAME, "-q").out.strip())
    names = set(issuer.scopes.values_list("name", flat=True))
    assert {"openid", "offline_access", "profile", "email", "orders:read", "orders:write"} <= names
    assert issuer.audiences.count() == 1


@pytest.mark.seed("S-04")
def test_without_a_project_the_only_one_is_meant(oauth: Oauth) -> None:
    first = oauth("create", "scope", "films").err
    assert first == ""
    assert issuers.first().scopes.filter(name="films").exists()
    slug = oauth("create", "project", "--name", NAME).labels["SLUG"]
    later = oauth("create", "scope", "books")
    assert NAME in later.err
    assert Issuer.objects.get(slug=slug).scopes.filter(name="books").exists()


@pytest.mark.seed("S-04")
def test_an_empty_project_counts_as_not_given_and_says_so(oauth: Oauth) -> None:
    ran = oauth("create", "scope", "films", "--project", "")
    assert ran.code == 0
    assert "counts as not given" in ran.err


@pytest.mark.seed("S-04")
@pytest.mark.parametrize("given", [[], ["--project", ""], ["--project="], ["--project", "unknown"]])
def test_with_several_projects_none_given_is_exit_2_and_the_list(oauth: Oauth, given: list[str]) -> None:
    ids = [oauth("create", "project", "--name", NAME, "-q").out.strip() for _ in range(2)]
    ran = oauth("create", "oauth2-client", "--grant-type", "client_credentials", *given)
    assert ran.code == 2
    assert all(pk in ran.err for pk in [*ids, str(issuers.first().pk)])
    assert not any(issuer.clients.exists() for issuer in Issuer.objects.all())


@pytest.mark.parametrize("name", ["id", "slug", "issuer"])
def test_a_project_is_named_by_id_slug_or_url(oauth: Oauth, name: str) -> None:
    made = oauth("create", "project", "--name", NAME, "--format", "json").json
    oauth("create", "project", "--name", NAME)
    assert oauth("get", "project", made[name], "--format", "json").json == made


def test_the_first_project_is_named_by_its_id_or_url(oauth: Oauth) -> None:
    first = issuers.first()
    for name in (str(first.pk), first.identifier):
        assert oauth("get", "project", name).labels["ISSUER"] == first.identifier


@pytest.mark.seed("S-82")
@pytest.mark.parametrize("slug", ["oauth2", "admin", "static", "userinfo", "device", "Big", "a b", "-a", "../x"])
def test_a_slug_that_is_another_address_of_the_server_is_refused(oauth: Oauth, slug: str) -> None:
    ran = oauth("create", "project", "--name", NAME, "--slug", slug)
    assert ran.code == 2
    assert Issuer.objects.count() == 1


@pytest.mark.seed("S-52")
def test_a_project_may_have_a_host_of_its_own(oauth: Oauth, client: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    ran = oauth("create", "project", "--name", NAME, "--url", "https://id.example.org")
    assert ran.labels["ISSUER"] == "https://id.example.org"
    found = client.get("/.well-known/openid-configuration", headers={"host": "id.example.org"})
    assert found.json()["issuer"] == "https://id.example.org"


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.org/path",
        "http://id.example.org",
        "http://testserver",
        "id.example.org",
        "https://ID.example.org",
    ],
)
def test_a_url_that_cannot_be_an_issuers_own_is_refused(oauth: Oauth, url: str) -> None:
    assert oauth("create", "project", "--name", NAME, "--url", url).code == 2


def test_projects_are_listed_renamed_and_deleted(oauth: Oauth) -> None:
    pk = oauth("create", "project", "--name", NAME, "-q").out.strip()
    oauth("create", "oauth2-client", "--grant-type", "client_credentials", "--project", pk)
    assert oauth("update", "project", pk, "--name", "Renamed").labels["NAME"] == "Renamed"
    listed = oauth("list", "projects", "--format", "json").json["items"]
    assert [item["name"] for item in listed] == [issuers.first().name, "Renamed"]
    assert oauth("delete", "project", pk, input="n\n").code == 1
    assert oauth("delete", "project", pk, "--yes").out == f"{pk}\n"
    assert [str(issuer.pk) for issuer in Issuer.objects.all()] == [str(issuers.first().pk)]


def test_the_first_project_cannot_be_deleted(oauth: Oauth) -> None:
    assert oauth("delete", "project", str(issuers.first().pk), "--yes").code == 1
    assert Issuer.objects.count() == 1


def test_a_name_cannot_write_into_the_terminal(oauth: Oauth) -> None:
    oauth("create", "project", "--name", "a\x1b[2Jb")
    assert "\x1b" not in oauth("list", "projects").out
