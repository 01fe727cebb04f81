"""What the project asks of an API of its own, with the fixtures of the wheel."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from oauth_server.resource_server.drf import BearerAuthentication, HasScopes, RequireAcr

API = "https://api.example.com/orders"


class Orders(APIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes("orders:read") & RequireAcr("2")]
    audience = API

    def get(self, request):
        return Response({"user": request.user.get_username()})


def call(token):
    request = APIRequestFactory().get("/orders", headers={"Authorization": f"Bearer {token}"})
    return Orders.as_view()(request)


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_token_of_a_person_opens_the_api(access_token, oauth_issuer, token_format):
    ada = User.objects.create_user("ada")
    oauth_issuer.audiences.create(identifier=API, name="Orders", token_format=token_format)
    token = access_token(user=ada, scopes=["orders:read"], audience=API, acr="2", plan="gold")
    assert (token.count(".") == 2) == (token_format == "jwt")
    assert call(token).data == {"user": "ada"}
    assert call(access_token(user=ada, scopes=["orders:write"], audience=API, acr="2")).status_code == 403
    assert call(access_token(user=ada, scopes=["orders:read"], audience=API)).status_code == 401
    assert call(access_token(scopes=["orders:read"], audience=API, acr="2")).data == {"user": ""}
    assert call(access_token(user=ada, scopes=["orders:read"], audience=f"{API}/x", acr="2")).status_code == 401


def test_a_client_is_made_with_its_secret(client, oauth_client_factory):
    robot, secret = oauth_client_factory(name="Robot", token_endpoint_auth_method="client_secret_post")
    form = {"grant_type": "client_credentials", "client_id": robot.client_id, "client_secret": secret}
    sent = {"content_type": "application/x-www-form-urlencoded", "headers": {"host": "localhost:8000"}}
    assert client.post("/oauth2/token", urlencode(form), **sent).status_code == 200
