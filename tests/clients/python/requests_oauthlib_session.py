"""requests-oauthlib: a confidential app with client_secret_basic. It reads neither metadata nor ID tokens."""

import os
from importlib.metadata import version

from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError
from program import CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE, Listener, tell
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
TOKEN = f"{ISSUER}/oauth2/token"
USERINFO = f"{ISSUER}/userinfo"
basic = HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET)

listener = Listener()
session = OAuth2Session(CLIENT_ID, scope=SCOPE, redirect_uri=listener.redirect_uri, pkce="S256")
url, _ = session.authorization_url(f"{ISSUER}/oauth2/auth")
tell(open=url)
first = session.fetch_token(TOKEN, authorization_response=listener.wait(), client_secret=CLIENT_SECRET)
userinfo = session.get(USERINFO).json()
second = session.refresh_token(TOKEN, auth=basic)

endpoint, headers, body = session._client.prepare_token_revocation_request(
    f"{ISSUER}/oauth2/revoke", second["refresh_token"], "refresh_token"
)
revoked = session.post(endpoint, headers=headers, data=body, auth=basic, withhold_token=True)
try:
    session.refresh_token(TOKEN, auth=basic)
    refused = ""
except InvalidGrantError as error:
    refused = error.error
status = session.get(USERINFO).status_code

service = OAuth2Session(client=BackendApplicationClient(CLIENT_ID))
own = service.fetch_token(TOKEN, auth=basic)

tell(
    library="requests-oauthlib",
    version=version("requests-oauthlib"),
    steps={
        "code": {"tokens": dict(first)},
        "userinfo": {"claims": userinfo},
        "refresh": {"tokens": dict(second)},
        "revocation": {"status": revoked.status_code, "refused": refused, "active": status != 401},
        "client_credentials": {"tokens": dict(own)},
    },
)
