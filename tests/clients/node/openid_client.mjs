// openid-client: a confidential app with client_secret_post, the library's default.
import * as client from "openid-client";
import { CLIENT_ID, CLIENT_SECRET, ISSUER, SCOPE, listen, tell, versionOf } from "./program.mjs";

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], // http on loopback; verify the signature too
});

const { redirectUri, wait } = await listen();
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: SCOPE,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
tell({ open: url.href });
const first = await client.authorizationCodeGrant(config, await wait(), {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = first.claims();
const userinfo = await client.fetchUserInfo(config, first.access_token, claims.sub);
const second = await client.refreshTokenGrant(config, first.refresh_token);

const before = await client.tokenIntrospection(config, second.access_token);
await client.tokenRevocation(config, second.refresh_token);
const after = await client.tokenIntrospection(config, second.access_token);
const refused = await client.refreshTokenGrant(config, second.refresh_token).then(
  () => "",
  (error) => error.error,
);

const own = await client.clientCredentialsGrant(config);

tell({
  library: "openid-client",
  version: versionOf("openid-client"),
  steps: {
    discovery: { issuer: config.serverMetadata().issuer },
    code: { tokens: first },
    id_token: { claims },
    userinfo: { claims: userinfo },
    refresh: { tokens: second, claims: second.claims() },
    introspection: { claims: before },
    revocation: { refused, active: after.active },
    client_credentials: { tokens: own, claims: await client.tokenIntrospection(config, own.access_token) },
  },
});
