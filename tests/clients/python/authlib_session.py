"""Authlib's session for requests: a confidential app with client_secret_basic."""

from importlib.metadata import version

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet
from program import CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE, Listener, tell

found = OpenIDProviderMetadata(requests.get(get_well_known_url(ISSUER, external=True), timeout=10).json())
found.validate()
keys = KeySet.import_key_set(requests.get(found["jwks_uri"], timeout=10).json())

listener = Listener()
session = OAuth2Session(
    CLIENT_ID,
    CLIENT_SECRET,
    scope=SCOPE,
    redirect_uri=listener.redirect_uri,
    code_challenge_method="S256",
    token_endpoint=found["token_endpoint"],
)
verifier, nonce = generate_token(48), generate_token()
url, state = session.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
tell(open=url)
first = session.fetch_token(authorization_response=listener.wait(), state=state, code_verifier=verifier)

# joserfc verifies the signature, Authlib the claims: issuer, audience, times, nonce, at_hash
signed = jwt.decode(first["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"])
id_token = CodeIDToken(
    signed.claims,
    signed.header,
    {"iss": {"value": found["issuer"]}, "aud": {"value": CLIENT_ID}},
    {"client_id": CLIENT_ID, "nonce": nonce, "access_token": first["access_token"]},
)
id_token.validate()
userinfo = session.get(found["userinfo_endpoint"]).json()
second = session.refresh_token(refresh_token=first["refresh_token"])


def introspect(token: str) -> dict[str, object]:
    return session.introspect_token(found["introspection_endpoint"], token=token).json()


before = introspect(second["access_token"])
revoked = session.revoke_token(found["revocation_endpoint"], token=second["refresh_token"])
after = introspect(second["access_token"])
try:
    session.refresh_token(refresh_token=second["refresh_token"])
    refused = ""
except OAuthError as error:
    refused = error.error

service = OAuth2Session(CLIENT_ID, CLIENT_SECRET, token_endpoint=found["token_endpoint"])
own = service.fetch_token(grant_type="client_credentials")

tell(
    library="authlib",
    version=version("authlib"),
    steps={
        "discovery": {"issuer": found["issuer"]},
        "code": {"tokens": dict(first)},
        "id_token": {"claims": dict(id_token)},
        "userinfo": {"claims": userinfo},
        "refresh": {"tokens": dict(second)},
        "introspection": {"claims": before},
        "revocation": {"status": revoked.status_code, "refused": refused, "active": after["active"]},
        "client_credentials": {"tokens": dict(own), "claims": introspect(own["access_token"])},
    },
)
