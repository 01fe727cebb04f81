// oauth4webapi: a native app without a secret, and a service with client_secret_basic whose API reads JWTs.
import * as oauth from "oauth4webapi";
import { API, CLIENT_ID, ISSUER, SCOPE, SERVICE_ID, SERVICE_SECRET, listen, tell, versionOf } from "./program.mjs";

const http = { [oauth.allowInsecureRequests]: true }; // on loopback
const issuer = new URL(ISSUER);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
const client = { client_id: CLIENT_ID };
const nobody = oauth.None();

const { redirectUri, wait } = await listen();
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const url = new URL(as.authorization_endpoint);
url.search = new URLSearchParams({
  client_id: CLIENT_ID,
  redirect_uri: redirectUri,
  response_type: "code",
  scope: SCOPE,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
tell({ open: url.href });
const callback = oauth.validateAuthResponse(as, client, await wait(), state); // checks `iss` too (RFC 9207)
const response = await oauth.authorizationCodeGrantRequest(as, client, nobody, callback, redirectUri, verifier, http);
const first = await oauth.processAuthorizationCodeResponse(as, client, response, {
  expectedNonce: nonce,
  requireIdToken: true,
});
await oauth.validateApplicationLevelSignature(as, response, http);
const claims = oauth.getValidatedIdTokenClaims(first);

const ask = (token) => oauth.userInfoRequest(as, client, token, http);
const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, await ask(first.access_token));
const refresh = async (token) =>
  oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, nobody, token, http));
const second = await refresh(first.refresh_token);

await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, nobody, second.refresh_token, http));
const refused = await refresh(second.refresh_token).then(
  () => "",
  (error) => error.error,
);
const lost = await ask(second.access_token).then(
  (answer) => answer.status,
  (error) => error.status,
);

const service = { client_id: SERVICE_ID };
const basic = oauth.ClientSecretBasic(SERVICE_SECRET);
const own = await oauth.processClientCredentialsResponse(
  as,
  service,
  await oauth.clientCredentialsGrantRequest(as, service, basic, { resource: API }, http),
);
const introspection = await oauth.processIntrospectionResponse(
  as,
  service,
  await oauth.introspectionRequest(as, service, basic, own.access_token, http),
);
const incoming = new Request(API, { headers: { authorization: `Bearer ${own.access_token}` } });
const jwt = await oauth.validateJwtAccessToken(as, incoming, API, http);

tell({
  library: "oauth4webapi",
  version: versionOf("oauth4webapi"),
  steps: {
    discovery: { issuer: as.issuer },
    code: { tokens: first },
    id_token: { claims },
    userinfo: { claims: userinfo },
    refresh: { tokens: second },
    introspection: { claims: introspection },
    revocation: { refused, active: lost !== 401 },
    client_credentials: { tokens: own, claims: introspection },
    jwt_access_token: { claims: jwt },
  },
});
