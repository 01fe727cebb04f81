"""The rows: what a certification looks at, in which specification, under which profile."""

from typing import NamedTuple


class Row(NamedTuple):
    id: str
    behaviour: str
    spec: str


CORE = "OpenID Connect Core 1.0"
DISCOVERY = "OpenID Connect Discovery 1.0"
REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0"
RP_INITIATED = "OpenID Connect RP-Initiated Logout 1.0"
FRONT_CHANNEL = "OpenID Connect Front-Channel Logout 1.0"
BACK_CHANNEL = "OpenID Connect Back-Channel Logout 1.0"
SESSION = "OpenID Connect Session Management 1.0"
RESPONSE_TYPES = "OAuth 2.0 Multiple Response Type Encoding Practices"
FORM_POST = "OAuth 2.0 Form Post Response Mode"

PROFILES: dict[str, tuple[Row, ...]] = {
    "In every profile": (
        Row(
            "A1",
            "ID token: iss, aud, exp, iat, sub; auth_time not in the future; acr never empty; nonce as sent",
            f"{CORE} 2",
        ),
        Row("A2", "ID token: exactly one published key fits its kid, kty, alg and use", f"{CORE} 10.1"),
        Row("A3", "JWKS: a unique kid for every key, public members only", "RFC 7517 4.5"),
        Row("A4", "Codes, tokens and handles hold 128 random bits", "RFC 6749 10.10"),
        Row("A5", "Token response: JSON, no-store, token_type, expires_in", "RFC 6749 5.1"),
        Row("A6", "Token error: 400 or 401, JSON, a description in the allowed characters", "RFC 6749 5.2"),
        Row("A7", "Authorization error: error, state as sent, iss, never a code", f"{CORE} 3.1.2.6"),
        Row("A8", "The answer is in query, fragment or form, as the response type and mode say", f"{RESPONSE_TYPES} 5"),
        Row("A9", "A redirect URI keeps its own query", "RFC 6749 3.1.2"),
        Row("A10", "UserInfo: sub as in the ID token, claims of the right type, none empty", f"{CORE} 5.3.2"),
    ),
    "Config": (
        Row("C1", "The metadata document at the issuer", f"{DISCOVERY} 4"),
        Row("C2", "issuer is the https URL that it was fetched from", f"{DISCOVERY} 4.3"),
        Row("C3", "Every member has its type", "RFC 8414 2"),
        Row("C4", "No unregistered member", "RFC 8414 2"),
        Row("C5", "response_types_supported, subject_types_supported, grant_types_supported", f"{DISCOVERY} 3"),
        Row("C6", "RS256 for ID tokens", f"{DISCOVERY} 3"),
        Row("C7", "Algorithms of UserInfo and request objects", f"{DISCOVERY} 3"),
        Row("C8", "Every endpoint is https", f"{DISCOVERY} 3"),
        Row("C9", "The JWKS answers", f"{DISCOVERY} 3"),
        Row("C10", "scopes_supported with openid, claims_supported", f"{DISCOVERY} 3"),
        Row("C11", "Locales are BCP 47", "RFC 8414 2"),
        Row("C12", "S256 in code_challenge_methods_supported", "RFC 8414 2"),
    ),
    "Basic": (
        Row("B1", "Sign-in with response_type=code", f"{CORE} 3.1"),
        Row("B2", "The ID token holds only what was asked for; at_hash is right", f"{CORE} 5.4"),
        Row("B3", "No response_type", "RFC 6749 3.1.1"),
        Row("B4", "A client without a chosen algorithm gets RS256 with kid", f"{CORE} 3.1.3.7"),
        Row("B5", "alg=none is not listed and not registered", f"{CORE} 2"),
        Row("B6", "UserInfo by GET and by POST, token in the header", f"{CORE} 5.3.1"),
        Row("B7", "UserInfo by POST, token in the body", "RFC 6750 2.2"),
        Row("B8", "No nonce", f"{CORE} 3.1.2.1"),
        Row("B9", "Scopes profile, email, address, phone, and all of them", f"{CORE} 5.4"),
        Row("B10", "Scopes and parameters in another order", "RFC 6749 3.3"),
        Row("B11", "display=page, display=popup", f"{CORE} 15.1"),
        Row("B12", "prompt=login while signed in", f"{CORE} 3.1.2.1"),
        Row("B13", "prompt=none without a session", f"{CORE} 3.1.2.6"),
        Row("B14", "prompt=none when signed in and consented", f"{CORE} 3.1.2.1"),
        Row("B15", "max_age=1, asked two seconds later", f"{CORE} 3.1.2.1"),
        Row("B16", "max_age=15000, then 10000", f"{CORE} 2"),
        Row("B17", "An unknown parameter is ignored", "RFC 6749 3.1"),
        Row("B18", "id_token_hint with prompt=none", f"{CORE} 3.1.2.2"),
        Row("B19", "login_hint; ui_locales and claims_locales with an unknown language", f"{CORE} 15.1"),
        Row("B20", "acr_values", f"{CORE} 3.1.2.1"),
        Row("B21", "A code used again at once", f"{CORE} 3.1.3.4"),
        Row("B22", "A code used again later, and what it had bought", "RFC 6749 4.1.2"),
        Row("B23", "An unregistered redirect_uri gets a page", f"{CORE} 3.1.2.1"),
        Row("B24", "The authorization request as a form", f"{CORE} 3.1.2.1"),
        Row("B25", "client_secret_post", f"{CORE} 9"),
        Row("B26", "request_uri to an unsigned object", f"{CORE} 6.2"),
        Row("B27", "request with an unsigned object", f"{CORE} 6.1"),
        Row("B28", "claims parameter, essential name", f"{CORE} 5.5"),
        Row("B29", "A good redirect_uri inside the object, a bad one outside", f"{CORE} 6.1"),
        Row("B30", "Refresh", f"{CORE} 12.2"),
        Row("B31", "A refresh token of another client", "RFC 6749 6"),
        Row("B32", "PKCE with S256", "RFC 7636 4"),
    ),
    "Implicit": (
        Row("I1", "id_token", f"{CORE} 3.2.2.5"),
        Row("I2", "id_token token, with at_hash", f"{CORE} 3.2.2.9"),
        Row("I3", "No nonce", f"{CORE} 3.2.2.1"),
        Row("I4", "Scope claims: in the ID token alone, or in UserInfo", f"{CORE} 5.4"),
        Row("I5", "claims parameter, essential name", f"{CORE} 5.5"),
        Row("I6", "UserInfo three ways", f"{CORE} 5.3.1"),
        Row("I7", "As in Basic, with the answer in the fragment", f"{CORE} 3.2"),
    ),
    "Hybrid": (
        Row("H1", "c_hash in front, with a token also at_hash", f"{CORE} 3.3.2.11"),
        Row("H2", "code token: no ID token in front, no nonce needed", f"{CORE} 3.3.2.5"),
        Row("H3", "No nonce, both types with id_token", f"{CORE} 3.3.2.11"),
        Row("H4", "Two ID tokens, one sub", f"{CORE} 3.3.3.6"),
        Row("H5", "Both access tokens open UserInfo", f"{CORE} 3.3.3.8"),
        Row("H6", "As in Basic for each type", f"{CORE} 3.3"),
    ),
    "Form post": (
        Row("P1", "The answer is posted to the redirect URI", f"{FORM_POST} 2"),
        Row("P2", "Errors likewise", f"{FORM_POST} 2"),
        Row("P3", "Without script a visible button sends the form", f"{FORM_POST} 2"),
    ),
    "Dynamic": (
        Row("D1", "Metadata names what a dynamic client may choose", f"{CORE} 15.2"),
        Row("D2", "Registration", f"{REGISTRATION} 3.2"),
        Row("D3", "DELETE of the client", "RFC 7592 2.3"),
        Row("D4", "private_key_jwt, audience token endpoint or issuer", f"{CORE} 9"),
        Row("D5", "id_token_signed_response_alg", f"{REGISTRATION} 2"),
        Row("D6", "userinfo_signed_response_alg", f"{CORE} 5.3.2"),
        Row("D7", "Two redirect URIs, none sent", f"{CORE} 3.1.2.1"),
        Row("D8", "A redirect URI with a query, sent alike", f"{CORE} 3.1.2.1"),
        Row("D9", "The query of a redirect URI changed or added", f"{CORE} 3.1.2.1"),
        Row("D10", "A redirect URI with a fragment is not registered", f"{REGISTRATION} 3.3"),
        Row("D11", "Logo, policy and terms on the sign-in page", f"{REGISTRATION} 2"),
        Row("D12", "jwks_uri", f"{REGISTRATION} 2"),
        Row("D13", "Pairwise with sector_identifier_uri", f"{REGISTRATION} 5"),
        Row("D14", "A sector document that lacks the redirect URI", f"{REGISTRATION} 5"),
        Row("D15", "Rotation of the server's keys", f"{CORE} 10.1.1"),
        Row("D16", "Rotation of the client's keys", f"{CORE} 10.1.1"),
        Row("D17", "request_uri, signed", f"{CORE} 6.2"),
        Row("D18", "Rows of Basic again with this client", f"{CORE} 15.2"),
    ),
    "Third-party-initiated login": (
        Row("T1", "initiate_login_uri is kept", f"{CORE} 4"),
        Row("T2", "initiate_login_uri with http is refused", f"{CORE} 4"),
    ),
    "RP-initiated logout": (
        Row("L1", "end_session_endpoint", f"{RP_INITIATED} 2.1"),
        Row("L2", "Hint, registered URI, state", f"{RP_INITIATED} 2"),
        Row("L3", "Without state", f"{RP_INITIATED} 3"),
        Row("L4", "An unregistered URI, or a query added: no redirect", f"{RP_INITIATED} 3"),
        Row("L5", "No hint, a hint with alg=none, a forged hint: no redirect", f"{RP_INITIATED} 4"),
        Row("L6", "No parameters, only state, only a hint: signed out, no redirect", f"{RP_INITIATED} 2"),
    ),
    "Front-channel logout": (
        Row("N1", "Metadata", f"{FRONT_CHANNEL} 3"),
        Row("N2", "An iframe with iss and sid", f"{FRONT_CHANNEL} 3"),
        Row("N3", "Afterwards the redirect, and prompt=none fails", f"{RP_INITIATED} 3"),
    ),
    "Back-channel logout": (
        Row("K1", "Metadata", f"{BACK_CHANNEL} 2.1"),
        Row("K2", "A form with logout_token alone", f"{BACK_CHANNEL} 2.5"),
        Row("K3", "The logout token", f"{BACK_CHANNEL} 2.4"),
        Row("K4", "Afterwards the redirect, and prompt=none fails", f"{RP_INITIATED} 3"),
    ),
    "Session management": (
        Row("S1", "Metadata", f"{SESSION} 3.3"),
        Row("S2", "session_state in the authorization response", f"{SESSION} 2"),
        Row("S3", "The iframe says unchanged while signed in", f"{SESSION} 3.2"),
        Row("S4", "The iframe says changed after the sign-out", f"{SESSION} 3.2"),
    ),
}
ROWS = {row.id: row for rows in PROFILES.values() for row in rows}
