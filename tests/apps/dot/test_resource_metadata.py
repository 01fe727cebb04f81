"""RFC 9728 Protected Resource Metadata, by django-oauth-toolkit's names and settings."""

from typing import Any

import pytest
from django.test import Client as HTTP
from django.urls import reverse

from oauth_server import issuers
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 9728", "3")]


def test_it_names_our_issuer_and_our_scopes():
    factories.ScopeFactory(name="orders:read")
    told = HTTP().get(reverse("oauth2_provider:oauth-resource-metadata"))
    assert (told.status_code, told["Access-Control-Allow-Origin"]) == (200, "*")
    body = told.json()
    assert body["resource"] == "http://testserver"
    assert body["authorization_servers"] == [issuers.first().identifier]
    assert body["bearer_methods_supported"] == ["header"]
    assert "orders:read" in body["scopes_supported"]


def test_a_resource_with_a_path_has_it_in_its_name():
    told = HTTP().get("/.well-known/oauth-protected-resource/api/orders").json()
    assert told["resource"] == "http://testserver/api/orders"


def test_the_settings_of_the_project_win(settings: Any):
    settings.OAUTH2_PROVIDER = {
        **settings.OAUTH2_PROVIDER,
        "OAUTH2_PROTECTED_RESOURCE_IDENTIFIER": "https://api.example",
        "OAUTH2_PROTECTED_RESOURCE_AUTHORIZATION_SERVERS": ["https://id.example"],
        "OAUTH2_PROTECTED_RESOURCE_NAME": "Orders",
    }
    told = HTTP().get("/.well-known/oauth-protected-resource").json()
    assert (told["resource"], told["authorization_servers"]) == ("https://api.example", ["https://id.example"])
    assert told["resource_name"] == "Orders"
