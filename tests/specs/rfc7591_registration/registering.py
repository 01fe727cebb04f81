"""A client that registers itself, as the tests do it."""

import json
from typing import Any

from django.test import Client as HTTP

from oauth_server.keys import jose
from oauth_server.models import Client
from tests import jwts
from tests.flows import CALLBACK

PATH = "/oauth2/register"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GOOD: dict[str, Any] = {"redirect_uris": [CALLBACK], "client_name": "Ada's app"}
METADATA, URI = "invalid_client_metadata", "invalid_redirect_uri"
_, ES256, PRIVATE = jose.generate("ES256")
RS256 = jwts.a_key("RS256")[1]
LEGACY = {"IMPLICIT_GRANT": True, "HYBRID_FLOW": True}


def post(members: Any, *, token: str = "", path: str = PATH, **headers: str) -> Any:
    body = members if isinstance(members, (str, bytes)) else json.dumps(members)
    sent = {**({"authorization": f"Bearer {token}"} if token else {}), **headers}
    return HTTP().post(path, body, content_type="application/json", headers=sent)


def registered(**members: Any) -> dict[str, Any]:
    answer = post({**GOOD, **members})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def the(answer: dict[str, Any]) -> Client:
    return Client.objects.get(client_id=answer["client_id"])


def configure(method: str, body: dict[str, Any], members: Any = None, *, token: str | None = None) -> Any:
    value = body["registration_access_token"] if token is None else token
    path = body["registration_client_uri"].removeprefix("http://testserver")
    data = json.dumps(members) if members is not None else ""
    headers = {"authorization": f"Bearer {value}"} if value else {}
    return HTTP().generic(method, path, data, content_type="application/json", headers=headers)
