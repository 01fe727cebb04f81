"""What the project asks of an API of its own, with the fixtures and factories of the wheel."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.urls import path
from joserfc import jwt
from joserfc.jwk import KeySet
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from oauth_server import fetch
from oauth_server.resource_server.drf import BearerAuthentication, HasScopes, RequireAcr
from oauth_server.resource_server.verifier import Verifier

API = "https://api.example.com/orders"


class Orders(APIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes("orders:read") & RequireAcr("2")]
    audience = API

    def get(self, request):
        return Response({"user": request.user.get_username()})


urlpatterns = [path("orders", Orders.as_view())]


def call(token):
    request = APIRequestFactory().get("/orders", headers={"Authorization": f"Bearer {token}"})
    return Orders.as_view()(request)


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_token_of_a_person_opens_the_api(access_token, token_format):
    ada = User.objects.create_user("ada")
    api = {"audience": API, "token_format": token_format}
    token = access_token(user=ada, scopes=["orders:read"], acr="2", plan="gold", **api)
    assert (token.count(".") == 2) == (token_format == "jwt")
    assert call(token).data == {"user": "ada"}
    assert call(access_token(user=ada, scopes=["orders:write"], acr="2", **api)).status_code == 403
    assert call(access_token(user=ada, scopes=["orders:read"], **api)).status_code == 401
    assert call(access_token(scopes=["orders:read"], acr="2", **api)).data == {"user": ""}
    assert call(access_token(user=ada, scopes=["orders:read"], audience=f"{API}/x", acr="2")).status_code == 401


@pytest.mark.urls(__name__)
def test_a_test_client_sends_a_token(authed_api_client, oauth_token):
    ada = User.objects.create_user("ada")
    asked = {"user": ada, "scopes": ["orders:read"], "audience": API}
    assert authed_api_client(**asked, acr="2").get("/orders").data == {"user": "ada"}
    assert authed_api_client(**asked).get("/orders").status_code == 401
    answer = oauth_token(scope="orders:read orders:write", audience=API, user=ada)
    assert (answer["token_type"], answer["scope"]) == ("Bearer", "orders:read orders:write")
    assert answer["expires_in"] <= 3600


def test_a_client_is_made_with_its_secret(client, oauth_client, oauth_client_factory):
    by_post = oauth_client_factory(name="Robot", token_endpoint_auth_method="client_secret_post")
    robot, secret = by_post
    form = {"grant_type": "client_credentials", "client_id": robot.client_id, "client_secret": secret}
    sent = {"content_type": "application/x-www-form-urlencoded", "headers": {"host": "localhost:8000"}}
    assert client.post("/oauth2/token", urlencode(form), **sent).status_code == 200
    assert oauth_client[0].pk != robot.pk


def test_the_keys_are_those_of_every_run(access_token, frozen_keys, jwks, oauth_issuer):
    assert jwks() == frozen_keys
    assert {key["kid"] for key in frozen_keys["keys"]} == {
        "D8HEJBkP3l8zsfrA6wVj3OvWIh4NXnA7YeJFjBKErQg",
        "FkELEgH0TxwuZ3RHiWsmv6jj_iEtPPaPcM1vvPE6l7E",
    }
    assert not any("d" in key for key in frozen_keys["keys"])
    token = access_token(scopes=["orders:read"], audience=API, token_format="jwt")
    claims = jwt.decode(token, KeySet.import_key_set(frozen_keys), algorithms=["ES256"]).claims
    assert (claims["iss"], claims["scope"]) == (oauth_issuer.identifier, "orders:read")


def test_a_verifier_asks_a_running_issuer(access_token, live_oauth_issuer):
    token = access_token(scopes=["orders:read"], audience=API, token_format="jwt")
    issuer = live_oauth_issuer.identifier
    assert Verifier(issuer, audience=API).verify(f"Bearer {token}").scope == "orders:read"
    told = fetch.get(f"{issuer}/.well-known/openid-configuration")
    assert told.json()["issuer"] == issuer


def test_rows_come_from_factories(oauth_issuer):
    from oauth_server.testing.factories import AccessTokenFactory, ClientFactory

    robot = ClientFactory(name="Robot", grant_types=["client_credentials"])
    token = AccessTokenFactory(
        authorization__client=robot,
        authorization__user=None,
        authorization__acr="2",
        authorization__audiences=[API],
        scope="orders:read",
    )
    assert robot.clear.startswith("oas_cs_")
    assert call(token.clear).data == {"user": ""}
