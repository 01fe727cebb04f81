// openid-client: a web app with private_key_jwt. It pushes its request, hears of a code and an ID token by form_post, lets a device
// ask as well, and is told of the sign-out. openid-client leaves logout tokens to jose, which it is built upon.
import { createRemoteJWKSet, importJWK, jwtVerify } from "jose";
import * as client from "openid-client";
import { CLIENT_ID, ISSUER, SCOPE, site, tell, versionOf } from "./program.mjs";

const jwk = JSON.parse(process.env.PRIVATE_JWK);
const { origin, arrived } = await site(process.env.PORT);
const authentication = client.PrivateKeyJwt({ key: await importJWK(jwk), kid: jwk.kid });
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks, client.useCodeIdTokenResponseType],
});
const metadata = config.serverMetadata();

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: `${origin}/callback`,
  response_mode: "form_post",
  scope: SCOPE,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
tell({ open: url.href });
const answer = await arrived("/callback");
const method = answer.method;
const front = Object.fromEntries(await answer.clone().formData());
const first = await client.authorizationCodeGrant(config, answer, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = first.claims();
const userinfo = await client.fetchUserInfo(config, first.access_token, claims.sub);
const second = await client.refreshTokenGrant(config, first.refresh_token);
const introspection = await client.tokenIntrospection(config, second.access_token);

const begun = await client.initiateDeviceAuthorization(config, { scope: "openid" });
tell({ device: begun.verification_uri_complete });
const device = await client.pollDeviceAuthorizationGrant(config, begun);

tell({
  logout: client.buildEndSessionUrl(config, {
    id_token_hint: first.id_token,
    post_logout_redirect_uri: `${origin}/bye`,
    state,
  }).href,
});
const bye = new URL((await arrived("/bye")).url);
const told = await (await arrived("/logout")).formData();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const logout = await jwtVerify(told.get("logout_token"), keys, {
  issuer: metadata.issuer,
  audience: CLIENT_ID,
  typ: "logout+jwt",
  requiredClaims: ["iat", "exp", "jti", "events"],
});

tell({
  library: "openid-client",
  version: versionOf("openid-client"),
  parameters: [...url.searchParams.keys()].sort(),
  front: { method, names: Object.keys(front).sort() },
  device: { tokens: device, claims: device.claims() },
  logout: { claims: logout.payload, state: bye.searchParams.get("state") === state },
  steps: {
    discovery: { issuer: metadata.issuer },
    code: { tokens: first },
    id_token: { claims },
    userinfo: { claims: userinfo },
    refresh: { tokens: second, claims: second.claims() },
    introspection: { claims: introspection },
  },
});
