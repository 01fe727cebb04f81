import json

from oauth_server.models import *


class Raw:
    def __init__(self, api):
        self.api = api

    def __call__(self, method, path, body=None, **h):
        data = b"" if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        h.setdefault("authorization", f"Bearer {self.api.token}")
        return self.api.http.generic(
            method,
            f"/api/v1{path}",
            data,
            content_type=h.pop("ct", "application/json"),
            headers={k.replace("_", "-"): v for k, v in h.items()},
        )


def show(label, a):
    body = b"" if a.streaming else a.content
    flag = "!!!!" if a.status_code >= 500 else ""
    print(flag, label, a.status_code, body[:200])


def test_fuzz(api):
    r = Raw(api)
    c = api.make("/clients", client_id="app", client_name="x", redirect_uris=["https://a.example/cb"])
    aud = api.make("/audiences", identifier="https://x.example", name="x")
    sc = api.make("/scopes", name="s")
    times = [
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "0000-01-01T00:00:00Z",
        "2020-01-01",
        "1e9",
        "2020-01-01T00:00:00%2B24:00",
        "%00",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-W01-1T00:00:00Z",
    ]
    for p in ("audit-events", "usage", "audit-events/export"):
        for n in ("since", "until"):
            for t in times:
                a = r("GET", f"/{p}?{n}={t}")
                if a.streaming:
                    list(a.streaming_content)
                if a.status_code >= 500:
                    show((p, n, t), a)
    lists = [
        "clients",
        "scopes",
        "audiences",
        "keys",
        "issuers",
        "sessions",
        "audit-events",
        "usage",
        "consents",
        "clients/app/secrets",
        "key-sets/foo/keys",
    ]
    vals = [
        "%00",
        "%ff",
        "%ed%a0%80",
        "a" * 5000,
        "-1",
        "0",
        "1e3",
        "true",
        "null",
        "[]",
        "%27%22%3B--",
        "~",
        "%F0%9F%98%80",
        "99999999999999999999",
    ]
    names = [
        "client_id",
        "person",
        "scope",
        "audience",
        "search",
        "limit",
        "cursor",
        "order",
        "enabled",
        "issuer",
        "slug",
        "name",
        "state",
        "algorithm",
        "token_format",
        "actor",
        "event",
        "trace_id",
        "span",
        "is_live",
        "registration_source",
    ]
    n = 0
    for l in lists:
        for nm in names:
            for v in vals:
                a = r("GET", f"/{l}?{nm}={v}")
                n += 1
                if a.status_code >= 500:
                    show((l, nm, v), a)
    print(n)
    weird = [
        None,
        0,
        -1,
        1.5,
        1e400,
        10**30,
        True,
        "",
        "\x00",
        "\ud800",
        "a" * 300,
        "😀" * 100,
        [],
        {},
        [None],
        [1],
        ["\x00"],
        [[]],
        {"a": 1},
        {"": ""},
        {"a": {"b": []}},
        [{}],
        ["a" * 300],
        "javascript:alert(1)",
        "https://",
        "http://[",
        "https://a:99999/",
        "https://\u202e.example/",
        "*",
        "openid openid",
        "a\tb",
        "manage:read",
    ]
    members = [m for m in api("GET", "/clients/app").json()] + ["client_secret", "nope"]
    for m in members:
        for w in weird:
            try:
                body = json.dumps({m: w})
            except Exception:
                continue
            for meth in ("PATCH", "PUT"):
                a = r(meth, "/clients/app", body, if_match="*")
                if a.status_code >= 500:
                    show((meth, m, w), a)
            a = r("POST", "/clients", body)
            if a.status_code >= 500:
                show(("POST", m, w), a)
    for path, one in (("/scopes", sc), ("/audiences", aud)):
        for m in one:
            for w in weird:
                body = json.dumps({m: w})
                for meth in ("PATCH", "PUT"):
                    a = r(meth, f"{path}/{one['id']}", body, if_match="*")
                    if a.status_code >= 500:
                        show((meth, path, m, w), a)
                a = r("POST", path, json.dumps({("name" if path == "/scopes" else "identifier"): "q%s" % id(w), m: w}))
                if a.status_code >= 500:
                    show(("POST", path, m, w), a)


def test_fuzz2(api):
    r = Raw(api)
    c = api.make("/clients", client_id="app", client_name="x", redirect_uris=["https://a.example/cb"])
    weird = [
        None,
        0,
        -1,
        1.5,
        10**30,
        True,
        "",
        "\x00",
        "\ud800",
        "a" * 300,
        "😀" * 100,
        [],
        {},
        [None],
        [1],
        ["\x00"],
        {"a": 1},
        {"": ""},
        [{}],
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "client",
        "person",
        "issuer",
        "key",
        "family",
        "scope",
        "audience",
    ]
    posts = {
        "/revocations": [
            "what",
            "client",
            "person",
            "audience",
            "scope",
            "key",
            "family",
            "issuer",
            "before",
            "reason",
        ],
        "/revocations/preview": ["what", "client", "person", "audience", "scope", "key", "family", "issuer", "before"],
        "/tokens/inspect": ["value"],
        "/tokens/revoke": ["value", "jti", "reason"],
        "/keys": ["algorithm", "jwk"],
        "/keys/rotate": ["algorithm", "force", "reason"],
        "/key-sets/foo/keys": ["alg", "kid", "use", "jwk"],
        "/clients/app/secrets": ["name", "expires_at", "client_secret"],
        "/clients/app/secrets/rotate": ["name", "overlap"],
        "/consents/withdraw": ["person", "client_id", "reason"],
        "/issuers": ["name", "slug", "url", "sample_api", "enabled", "brand"],
        f"/issuers/{api.issuer.pk}/resume": ["reason"],
    }
    good = {
        "what": "client",
        "client": "app",
        "person": "x",
        "reason": "r",
        "value": "oas_at_x",
        "algorithm": "ES256",
        "alg": "ES256",
        "name": "n",
        "family": "12345678-1234-5678-1234-567812345678",
        "scope": "openid",
        "key": "k",
        "audience": "https://x",
    }
    jwks = [
        {"kty": "EC"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA", "kid": "k", "alg": "ES256"},
        {"kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ", "alg": "RS256", "kid": "r"},
        {"kty": "oct", "k": "AAAA", "alg": "ES256", "kid": "q"},
        {"kty": ["EC"]},
        {"kty": "EC", "crv": {}, "alg": []},
        {"kty": "OKP", "crv": "Ed25519", "x": "A", "d": "A", "alg": "EdDSA", "kid": "\u0000"},
        {"kty": "RSA", "n": "A" * 100000, "e": "AQAB", "d": "AQ", "alg": "RS256", "kid": 1},
    ]
    for p, ms in posts.items():
        for m in ms:
            for w in weird + (jwks if m == "jwk" else []):
                body = {k: v for k, v in good.items() if k in ms and not (k in ("algorithm", "alg") and m == "jwk")}
                body[m] = w
                a = r("POST", p, json.dumps(body))
                if a.status_code >= 500:
                    show((p, m, str(w)[:80]), a)
    for w in weird:
        for m in ("name", "brand", "enabled", "tokens_not_before", "slug", "url"):
            a = r("PATCH", f"/issuers/{api.issuer.pk}", json.dumps({m: w}), if_match="*")
            if a.status_code >= 500:
                show(("issuer", m, w), a)
            if a.status_code == 200 and m == "enabled":
                print("disabled?", w, a.status_code)


def test_bombs(api):
    r = Raw(api)
    c = api.make("/clients", client_id="app", client_name="x", redirect_uris=["https://a.example/cb"])
    for b in [
        b"[" * 100000,
        b'{"a":' * 50000,
        b'{"metadata":{"a":' + b"9" * 4000 + b"}}",
        b'{"metadata":{"a":' + b"9" * 9000 + b"}}",
        b'{"metadata":{"a":1e999}}',
        b'{"a":1,"a":2}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"client_name":"\\ud800"}',
        b'{"client_name":"\\u0000"}',
        b'{"metadata":{"\\u0000":1}}',
        b"NaN",
        b'{"metadata":{"a":NaN}}',
        b'"x"',
        b'{"metadata":' + b'{"a":' * 19 + b"1" + b"}" * 20,
        b'{"metadata":{"a":1E400000000000}}',
        b'{"metadata":{"a":-0.0, "b":1e-400}}',
        b'{"default_max_age":1e3}',
        b'{"jwks":{"keys":[{}]}}',
        b'{"jwks":{"keys":"x"}}',
        b'{"lifespans":{"x":1}}',
        b'{"lifespans":{"authorization_code_grant_access_token_lifespan":1e3}}',
    ]:
        a = r("PATCH", "/clients/app", b, if_match="*")
        show(b[:40], a)
        g = r("GET", "/clients/app")
        if g.status_code != 200:
            show("GET after", g)
    for m in ("HEAD", "OPTIONS", "TRACE", "CONNECT", "FOO", "get", "QUERY"):
        show(m, r(m, "/clients"))
    show("override", r("POST", "/clients/app", b"{}", x_http_method_override="DELETE"))
    for p in (
        "/clients/..",
        "/clients/%2e%2e",
        "/clients/.",
        "//clients",
        "/clients/",
        "/clients/~",
        "/clients/~YXBw",
        "/clients/app%2fsecrets",
        "/clients/app/",
        "/clients/app%00",
        "/clients/%ff",
        "/docs",
        "/problems/stale",
        "/problems/x",
        "/openapi.json",
        "/;clients",
        "/clients;x/app",
        "/CLIENTS",
        "/clients/~" + "A" * 1399,
        "/clients/app/secrets/99999999999999999999",
        "/clients/app/secrets/-1",
        "/clients/app/secrets/%D9%A1",
        "/sessions/x",
        "/issuers/%00",
        "/issuers/~",
        "/consents/9999999999999999999",
        "/audit-events/999999999999999999",
        "/keys/~AA",
    ):
        show(p, r("GET", p))
