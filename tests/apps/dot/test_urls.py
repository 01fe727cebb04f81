"""django-oauth-toolkit's addresses and names lead to ours."""

from urllib.parse import urlencode

import pytest
from django.test import Client as HTTP
from django.urls import reverse
from oauth2_provider import urls as dot_urls

from oauth_server import urls as our_urls
from tests.flows import CALLBACK, FORM, App, Browser, error, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.apps.dot.urls")]

ARGUMENTS = {
    **{name: {"pk": "7"} for name in ("detail", "update", "delete")},
    "oauth-server-metadata-issuer": {"issuer_path": "tenant"},
    "oauth-resource-metadata-path": {"resource_path": "api"},
    "authorized-token-delete": {"pk": "7"},
    "device-confirm": {"client_id": "tv", "user_code": "BCDF-GHJK"},
    "device-grant-status": {"client_id": "tv", "user_code": "BCDF-GHJK"},
    "dcr-register-management": {"client_id": "app"},
}


def names() -> list[str]:
    return [str(pattern.name) for pattern in dot_urls.urlpatterns if getattr(pattern, "name", None)]


@pytest.mark.parametrize("name", names())
def test_each_name_of_dot_reverses(name: str):
    assert reverse(f"oauth2_provider:{name}", kwargs=ARGUMENTS.get(name, {})).startswith("/")


def test_the_names_of_protocol_endpoints_are_their_canonical_addresses():
    found = {name: reverse(f"oauth2_provider:{name}") for name in ("authorize", "token", "revoke-token", "introspect")}
    assert found == {
        "authorize": "/oauth2/auth",
        "token": "/oauth2/token",
        "revoke-token": "/oauth2/revoke",
        "introspect": "/oauth2/introspect",
    }
    assert reverse("oauth2_provider:user-info") == "/userinfo"


@pytest.mark.parametrize("name", ["device-confirm", "device-grant-status"])
def test_the_pages_of_a_device_lead_to_the_one_where_its_code_is_typed(name: str):
    address = reverse(f"oauth2_provider:{name}", kwargs=ARGUMENTS[name])
    assert HTTP().get(address)["Location"] == f"{reverse('oauth2_provider:device')}?user_code=BCDF-GHJK"


def test_the_lists_of_patterns_keep_their_names():
    for name in ("base", "management", "oidc", "dcr", "metadata"):
        assert isinstance(getattr(our_urls, f"{name}_urlpatterns"), list)


class Old(App):
    """An app that has django-oauth-toolkit's addresses configured."""

    def path(self, path: str) -> str:
        old = {
            "/oauth2/auth": "/o/authorize/",
            "/oauth2/token": "/o/token/",
            "/oauth2/introspect": "/o/introspect/",
            "/oauth2/revoke": "/o/revoke_token/",
            "/userinfo": "/o/userinfo/",
        }
        return old[path]


def test_a_whole_flow_at_the_old_addresses(app: App, signed_in: Browser):
    old = Old(app.row, app.secret, CALLBACK)
    answer = old.authorize(signed_in, scope="openid offline_access")
    assert parameters(answer)["iss"] == "http://testserver"
    body = old.redeem(parameters(answer)["code"]).json()
    assert old.userinfo(body["access_token"]).status_code == 200
    renewed = old.refresh(body["refresh_token"]).json()
    assert old.is_active(renewed["access_token"])
    assert old.revoke(renewed["refresh_token"]).status_code == 200
    assert not old.is_active(renewed["access_token"])


@pytest.mark.threat(52)
def test_the_gate_is_the_same_at_the_old_addresses(app: App):
    assert HTTP().get("/o/token/").status_code == 405
    assert HTTP().get("/o/introspect/?token=x", headers=app.credentials()[0]).status_code == 405
    bad = HTTP().post("/o/token/", urlencode({"grant_type": "x"}), content_type=FORM, headers=app.credentials()[0])
    assert error(bad) == (400, "unsupported_grant_type")


def test_discovery_publishes_the_canonical_addresses():
    old = HTTP().get("/o/.well-known/openid-configuration/")
    assert old.status_code == 200
    assert old.content == HTTP().get("/.well-known/openid-configuration").content
    assert b"/o/" not in old.content


@pytest.mark.seed("S-82")
def test_o_is_no_issuer():
    for path in ("/o/oauth2/token", "/o/.well-known/jwks.json", "/o/.well-known/openid-configuration"):
        assert HTTP().post(path).status_code in {404, 405}
        assert HTTP().get(path).status_code in {404, 405}


@pytest.mark.urls("config.urls")
def test_the_page_of_authorized_tokens_leads_to_the_connected_apps():
    for name in ("authorized-token-list", "authorized-token-delete"):
        response = HTTP().get(reverse(f"oauth2_provider:{name}", kwargs=ARGUMENTS.get(name, {})))
        assert (response.status_code, response["Location"]) == (302, reverse("oauth_consent:connected-apps"))


@pytest.mark.urls("tests.apps.dot.bare_urls")
def test_without_the_consent_app_it_leads_nowhere():
    assert HTTP().get("/authorized_tokens/").status_code == 404
    assert HTTP().post("/authorized_tokens/").status_code == 405
