// Nimbus' OAuth 2.0 SDK: a native app that registers itself, with a key. It signs its request, and takes itself away in the end.
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.GrantType;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.client.ClientDeleteRequest;
import com.nimbusds.oauth2.sdk.client.ClientReadRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.AuthenticationSuccessResponse;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.rp.ApplicationType;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientInformation;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationRequest;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationResponseParser;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

public class Client {
    static OIDCProviderMetadata provider;
    static ECKey key;
    static ClientID clientID;

    // One line of JSON.
    static void tell(Map<String, ?> words) {
        System.out.println(JSONObjectUtils.toJSONString(words));
    }

    static OIDCTokenResponse tokens(AuthorizationGrant grant) throws Exception {
        var claims = new JWTAuthenticationClaimsSet(clientID, new Audience(provider.getIssuer()));
        var assertion = new PrivateKeyJWT(claims, JWSAlgorithm.ES256, key.toPrivateKey(), key.getKeyID(), null);
        var request = new TokenRequest.Builder(provider.getTokenEndpointURI(), assertion, grant).build();
        return OIDCTokenResponse.parse(request.toHTTPRequest().send());
    }

    public static void main(String[] args) throws Exception {
        provider = OIDCProviderMetadata.resolve(new Issuer(System.getenv("ISSUER")));
        key = new ECKeyGenerator(Curve.P_256).keyUse(KeyUse.SIGNATURE).keyIDFromThumbprint(true).generate();

        var arrived = new CompletableFuture<URI>();
        var listener = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        var callback = URI.create("http://127.0.0.1:" + listener.getAddress().getPort() + "/callback");
        listener.createContext("/callback", exchange -> {
            var page = "<!doctype html><title>Signed in</title><link rel=icon href=data:,><p>Back in the app."
                .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
            arrived.complete(callback.resolve(exchange.getRequestURI()));
        });
        listener.start();

        // RFC 7591
        var scope = Scope.parse(System.getenv("SCOPE"));
        var wanted = new OIDCClientMetadata();
        wanted.setName("Photo Market");
        wanted.setApplicationType(ApplicationType.NATIVE);
        wanted.setRedirectionURI(callback);
        wanted.setGrantTypes(Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN));
        wanted.setScope(scope);
        wanted.setTokenEndpointAuthMethod(ClientAuthenticationMethod.PRIVATE_KEY_JWT);
        wanted.setTokenEndpointAuthJWSAlg(JWSAlgorithm.ES256);
        wanted.setRequestObjectJWSAlg(JWSAlgorithm.ES256);
        wanted.setJWKSet(new JWKSet(key.toPublicJWK()));
        var registration = new OIDCClientRegistrationRequest(provider.getRegistrationEndpointURI(), wanted, null);
        var registered = (OIDCClientInformation) OIDCClientRegistrationResponseParser
            .parse(registration.toHTTPRequest().send()).toSuccessResponse().getClientInformation();
        clientID = registered.getID();

        // RFC 9101
        var state = new State();
        var nonce = new Nonce();
        var verifier = new CodeVerifier();
        var asked = new AuthenticationRequest.Builder(ResponseType.CODE, scope, clientID, callback)
            .state(state).nonce(nonce).codeChallenge(verifier, CodeChallengeMethod.S256).build();
        var claims = new JWTClaimsSet.Builder(asked.toJWTClaimsSet())
            .issuer(clientID.getValue()).audience(provider.getIssuer().getValue()).build();
        var header = new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(new JOSEObjectType("oauth-authz-req+jwt")).keyID(key.getKeyID()).build();
        var signed = new SignedJWT(header, claims);
        signed.sign(new ECDSASigner(key));
        var request = new AuthenticationRequest.Builder(signed, clientID)
            .endpointURI(provider.getAuthorizationEndpointURI()).build();
        tell(Map.of("open", request.toURI().toString(), "client_id", clientID.getValue()));

        var answer = AuthenticationResponseParser.parse(arrived.get());
        listener.stop(0);
        if (!(answer instanceof AuthenticationSuccessResponse success)) {
            throw new IllegalStateException(answer.toErrorResponse().getErrorObject().toString());
        }
        if (!success.getState().equals(state) || !success.getIssuer().equals(provider.getIssuer())) {
            throw new IllegalStateException("another state or issuer");
        }
        var first = tokens(new AuthorizationCodeGrant(success.getAuthorizationCode(), callback, verifier));
        var idToken = IDTokenValidator.create(provider, registered).validate(first.getOIDCTokens().getIDToken(), nonce);
        var bearer = first.getOIDCTokens().getBearerAccessToken();
        var userinfo = UserInfoResponse
            .parse(new UserInfoRequest(provider.getUserInfoEndpointURI(), bearer).toHTTPRequest().send())
            .toSuccessResponse().getUserInfo();
        var second = tokens(new RefreshTokenGrant(first.getOIDCTokens().getRefreshToken()));

        // RFC 7592
        var read = (OIDCClientInformation) OIDCClientRegistrationResponseParser
            .parse(new ClientReadRequest(registered.getRegistrationURI(), registered.getRegistrationAccessToken())
                .toHTTPRequest().send())
            .toSuccessResponse().getClientInformation();
        HTTPResponse removed = new ClientDeleteRequest(read.getRegistrationURI(), registered.getRegistrationAccessToken())
            .toHTTPRequest().send();

        tell(Map.of(
            "library", "Nimbus OAuth 2.0 SDK",
            "version", AuthenticationRequest.class.getPackage().getImplementationVersion(),
            "parameters", request.toParameters().keySet(),
            "registered", read.getOIDCMetadata().toJSONObject(),
            "removed", removed.getStatusCode(),
            "steps", Map.of(
                "discovery", Map.of("issuer", provider.getIssuer().getValue()),
                "code", Map.of("tokens", first.toJSONObject()),
                "id_token", Map.of("claims", idToken.toJSONObject()),
                "userinfo", Map.of("claims", userinfo.toJSONObject()),
                "refresh", Map.of("tokens", second.toJSONObject()))));
        System.exit(0);
    }
}
