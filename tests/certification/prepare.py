import json
import os
from datetime import date
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model

from oauth_server import issuers
from oauth_server.registration import metadata
from tests.certification.browser import EMAIL, PASSWORD

home, issuer = os.environ["RELYING_PARTY"], issuers.first()
person = get_user_model().objects.create_user(
    email=EMAIL,
    password=PASSWORD,
    username="ada",
    first_name="Ada",
    last_name="Lovelace",
    middle_name="Augusta",
    nickname="Countess",
    profile_url="https://ada.example/profile",
    picture="https://ada.example/picture.png",
    website="https://ada.example/",
    gender="female",
    birthdate=date(1815, 12, 10),
    zoneinfo="Europe/London",
    locale="en",
    phone_number="+441234567890",
    street_address="12 St James's Square",
    locality="London",
    region="Greater London",
    postal_code="SW1Y 4JH",
    country="United Kingdom",
)
EmailAddress.objects.create(user=person, email=EMAIL, verified=True, primary=True)

TYPES = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]
common = {
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "response_types": TYPES,
    "redirect_uris": [f"{home}/callback", f"{home}/callback/query?bar=foo"],
    "scope": "openid profile email address phone offline_access",
    "require_pkce": False,
    "post_logout_redirect_uris": [f"{home}/signed-out"],
    "frontchannel_logout_uri": f"{home}/front-channel",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": f"{home}/back-channel",
    "backchannel_logout_session_required": True,
}
# a page of the same site as the server: a browser in private mode gives a frame of another one no cookie
near = {
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "redirect_uris": [f"{home.replace('127.0.0.1', 'localhost')}/near"],
    "frontchannel_logout_uri": "",
}
clients: dict[str, dict[str, Any]] = {
    "first": {},
    "second": {},
    "post": {"token_endpoint_auth_method": "client_secret_post"},
    "near": near,
}
made = {}
for name, changes in clients.items():
    members = {**common, "token_endpoint_auth_method": "client_secret_basic", **changes}
    client, secret = metadata.create(issuer, {**members, "client_name": f"The {name} client"})
    made[name] = {**members, "client_id": client.client_id, "client_secret": secret}
print(json.dumps(made))
