"""response_mode: query, fragment and form_post, for successes and for refusals, and who may use which."""

import base64
import hashlib
import re
from typing import Any

import pytest

from oauth_server.models import Authorization
from tests.flows import CALLBACK, App, Browser, error, fragment, parameters, posted
from tests.specs import front

ISSUER = "http://testserver"
KINDS = ("code", *front.IMPLICIT, *front.HYBRID)
EACH = pytest.mark.parametrize("kind", KINDS)
FORM_POST = pytest.mark.spec("OAuth 2.0 Form Post Response Mode", "2")


@pytest.fixture
def legacy(db: None, settings: Any) -> App:
    front.allow(settings)
    return front.app()


def ask(app: App, browser: Browser, kind: str | None = "code", **changes: Any) -> Any:
    return app.authorize(browser, **{"response_type": kind, "nonce": "n-0S6_WzA2Mj", **changes})


@pytest.mark.seed("S-57")
@pytest.mark.op("A8")
@pytest.mark.spec("OAuth 2.0 Multiple Response Type Encoding Practices", "2.1")
def test_a_code_is_in_the_query_unless_another_mode_is_asked_for(app: App, signed_in: Browser):
    assert "code" in parameters(ask(app, signed_in))
    assert "code" in parameters(ask(app, signed_in, response_mode="query"))
    assert "code" in fragment(ask(app, signed_in, response_mode="fragment"))
    action, fields = posted(ask(app, signed_in, response_mode="form_post"))
    assert (action, fields["iss"]) == (CALLBACK, ISSUER)
    assert "code" in fields


@pytest.mark.threat(16)
@pytest.mark.asvs("10.4.12")
@EACH
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post", "jwt", "web_message"])
def test_which_modes_fit_which_response_type(legacy: App, signed_in: Browser, kind: str, mode: str):
    answer = ask(legacy, signed_in, kind, response_mode=mode)
    if mode == "form_post":
        assert "error" not in posted(answer)[1]
    elif mode == "fragment" or kind != "code":
        assert ("error" in fragment(answer)) == (mode != "fragment")
    else:
        assert ("error" in parameters(answer)) == (mode != "query")


@pytest.mark.threat(16)
@pytest.mark.asvs("10.4.12")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_client_that_names_its_modes_gets_no_other(app: App, signed_in: Browser, mode: str):
    app.row.response_modes = ["form_post"]
    app.row.save()
    answer = ask(app, signed_in, response_mode=mode)
    if mode == "form_post":
        assert "code" in posted(answer)[1]
    else:
        assert posted(answer)[1]["error"] == "invalid_request"
        assert not Authorization.objects.exists()


@pytest.mark.threat(16)
@pytest.mark.asvs("10.4.12")
@EACH
def test_a_client_that_names_its_modes_gets_its_first_where_it_asks_for_none(
    legacy: App, signed_in: Browser, kind: str
):
    """Otherwise whoever writes the link chooses the query, and with it logs and histories."""
    legacy.row.response_modes = ["form_post"] if kind == "code" else ["query", "form_post"]
    legacy.row.save()
    fields = posted(ask(legacy, signed_in, kind))[1]
    assert "error" not in fields
    assert fields["iss"] == ISSUER


@FORM_POST
@pytest.mark.op("P1", "A8")
@EACH
def test_a_success_is_posted(legacy: App, signed_in: Browser, kind: str):
    action, fields = posted(ask(legacy, signed_in, kind, response_mode="form_post"))
    assert action == CALLBACK
    assert set(kind.split(" ")) - {"token"} <= set(fields)
    assert ("access_token" in fields) == ("token" in kind.split(" "))
    assert fields["state"] == "af0ifjsldkj"
    if "code" in fields:
        assert legacy.redeem(fields["code"]).status_code == 200


@FORM_POST
@pytest.mark.op("P2", "A7")
@EACH
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"scope": "openid unknown"}, "invalid_scope"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token id"}, "unsupported_response_type"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request_uri"),
    ],
    ids=str,
)
def test_a_refusal_is_posted_too(legacy: App, visitor: Browser, kind: str, change: dict[str, Any], expected: str):
    action, fields = posted(ask(legacy, visitor, **{"kind": kind, "response_mode": "form_post", **change}))
    assert action == CALLBACK
    assert set(fields) == {"error", "error_description", "state", "iss"}
    assert (fields["error"], fields["state"], fields["iss"]) == (expected, "af0ifjsldkj", ISSUER)


@FORM_POST
@pytest.mark.op("P2", "I3", "H3")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "id_token" in kind])
def test_a_missing_nonce_is_posted_too(legacy: App, signed_in: Browser, kind: str):
    fields = posted(ask(legacy, signed_in, kind, response_mode="form_post", nonce=None))[1]
    assert fields["error"] == "invalid_request"


@FORM_POST
@pytest.mark.op("P1", "A9", "D8")
def test_a_query_of_the_redirect_uri_stays(signed_in: Browser, settings: Any):
    front.allow(settings)
    uri = CALLBACK + "?tenant=7&x=%2F"
    app = front.app(redirect_uris=uri)
    assert posted(ask(app, signed_in, response_mode="form_post"))[0] == uri
    assert ask(app, signed_in)["Location"].startswith(uri + "&code=")
    assert ask(app, signed_in, "id_token")["Location"].startswith(uri + "#id_token=")
    refused = ask(app, signed_in, "id_token", nonce=None)
    assert refused["Location"].startswith(uri + "#error=")


@FORM_POST
@pytest.mark.op("P3")
@pytest.mark.threat(79, 80, 90, 91)
def test_the_page_runs_its_one_script_and_has_a_button(app: App, signed_in: Browser):
    answer = ask(app, signed_in, response_mode="form_post", state="</script><script>alert(1)</script>\"'")
    html = answer.content.decode()
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 1
    assert "<button" in html
    policy = answer["Content-Security-Policy"]
    named = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{named}'" in policy
    assert "unsafe-inline" not in policy
    assert "form-action" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert posted(answer)[1]["state"] == "</script><script>alert(1)</script>\"'"


@FORM_POST
@pytest.mark.threat(10)
@pytest.mark.parametrize(
    ("uri", "mode"),
    [("http://127.0.0.1/cb", "form_post"), ("https://rp.example/cb", "form_post"), ("com.example.app:/cb", "query")],
)
def test_a_form_goes_to_the_web_only(signed_in: Browser, uri: str, mode: str):
    app = front.app(redirect_uris=uri, token_endpoint_auth_method="none", response_types=["code"])
    answer = ask(app, signed_in, response_mode="form_post")
    if mode == "form_post":
        assert posted(answer)[0] == uri
    else:
        assert parameters(answer)["error"] == "invalid_request"


@pytest.mark.threat(14)
@pytest.mark.spec("RFC 9700", "4.11.2")
def test_a_stranger_gets_no_form_that_sends_itself_for_a_fault(signed_in: Browser):
    stranger = front.app(registration_source="dcr")
    answer = ask(stranger, signed_in, response_mode="form_post", scope="unknown")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "<script>" not in html
    assert f'action="{CALLBACK}"' in html
    assert 'value="invalid_scope"' in html
    assert "form-action" not in answer["Content-Security-Policy"]
    assert posted(ask(stranger, signed_in, response_mode="form_post", prompt="none", scope="unknown"))


@pytest.mark.threat(24)
@pytest.mark.spec("RFC 9207", "2")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("change", [{}, {"scope": "unknown"}, {"max_age": "x"}], ids=str)
def test_every_answer_names_its_issuer(app: App, signed_in: Browser, mode: str, change: dict[str, str]):
    answer = ask(app, signed_in, response_mode=mode, **change)
    read: Any = {"query": parameters, "fragment": fragment, "form_post": lambda page: posted(page)[1]}[mode]
    assert read(answer)["iss"] == ISSUER


@pytest.mark.op("B23")
@pytest.mark.threat(13)
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_no_mode_reaches_an_unregistered_redirect_uri(app: App, signed_in: Browser, mode: str):
    answer = ask(app, signed_in, response_mode=mode, redirect_uri="https://evil.example/cb")
    assert error(answer) == (400, "page")
    assert b"evil.example" not in answer.content


@pytest.mark.threat(13, 27)
@pytest.mark.spec("RFC 6749", "4.1.2.1")
@pytest.mark.parametrize("mode", ["fragment", "form_post"])
def test_after_a_page_the_mode_is_the_one_that_was_asked(app: App, person: Any, mode: str):
    browser = Browser()
    arrived = browser.sign_in(ask(app, browser, response_mode=mode), person)
    assert "code" in (fragment(arrived) if mode == "fragment" else posted(arrived)[1])
