"""Tokens, revocations, sign-ins, consents, the audit log and the counters over the management API."""

import json
from datetime import timedelta
from typing import Any

from consent.models import Consent
from oauth_server import clock
from oauth_server.models import AuditEvent, Counter
from tests import factories
from tests.apps.api.conftest import API
from tests.flows import App, Browser

OFFLINE = "openid offline_access"


def test_a_token_is_inspected_and_ended_and_everything_of_a_client_after_a_preview(
    api: API, app: App, signed_in: Browser, person: Any
) -> None:
    tokens = app.tokens(signed_in, scope=OFFLINE)
    told = api("POST", "/tokens/inspect", {"value": tokens["access_token"]}).json()
    assert (told["kind"], told["active"], told["scope"]) == ("access_token", True, OFFLINE)
    family = told["authorization"]
    assert (family["client_id"], family["person"]) == (app.client_id, str(person.pk))
    assert len(told["refresh_tokens"]) == 1
    assert tokens["access_token"] not in json.dumps(told)
    assert AuditEvent.objects.filter(event="token:looked_up", object=f"access_token {family['id']}").exists()
    assert api("POST", "/tokens/inspect", {"value": family["id"]}).json()["kind"] == "authorization"
    assert api("POST", "/tokens/inspect", {"value": "oas_at_unknown"}).json()["rule"] == "not-found"
    ended = api("POST", "/tokens/revoke", {"value": tokens["access_token"], "reason": "leaked"})
    assert ended.json() == {"revoked": True}
    assert not app.is_active(tokens["access_token"])
    assert app.is_active(tokens["refresh_token"])
    assert api("POST", "/tokens/revoke", {"jti": "A" * 22, "reason": "leaked"}).json() == {"revoked": True}

    named = {"what": "client", "client": app.client_id}
    preview = api("POST", "/revocations/preview", named).json()
    assert preview["authorizations"] == {"value": 1, "is_more": False}
    assert preview["clients"][0]["name"] == app.client_id
    assert preview["consequences"]
    assert app.is_active(tokens["refresh_token"])
    done = api("POST", "/revocations", {**named, "reason": "incident 7"}).json()
    assert (done["name"], done["is_over"]) == (app.client_id, True)
    assert not app.is_active(tokens["refresh_token"])
    assert api("POST", "/revocations", {"what": "client", "client": "nobody", "reason": "x"}).status_code == 404
    wrong = api("POST", "/revocations", {"what": "client", "client": tokens["refresh_token"], "reason": "x"}).json()
    assert wrong["errors"][0]["member"] == "client"
    everything = {"what": "person", "person": str(person.pk), "reason": "left"}
    assert api("POST", "/revocations", everything).json()["is_over"] is True


def test_sign_ins_and_consents_are_listed_and_ended(api: API, app: App, signed_in: Browser, person: Any) -> None:
    tokens = app.tokens(signed_in, scope="openid")
    (session,) = api("GET", f"/sessions?person={person.pk}&is_live=true").json()["items"]
    assert session["person"] == str(person.pk)
    assert api("GET", f"/sessions/{session['id']}").json() == session
    ended = api("POST", f"/sessions/{session['id']}/end", {"reason": "lost laptop"}).json()
    assert ended["ended_at"]
    assert not app.is_active(tokens["access_token"])
    assert api("GET", "/sessions?is_live=true").json()["items"] == []

    now = clock.now()
    for audience in ("", "https://shop.example"):
        Consent.objects.create(user=person, client=app.row, audience=audience, scope="openid", created=now, updated=now)
    family = factories.AuthorizationFactory(client=app.row, user=person)
    found = api("GET", f"/consents?client_id={app.client_id}&state=given").json()["items"]
    assert [row["audience"] for row in found] == ["https://shop.example", ""]
    assert api("GET", f"/consents/{found[0]['id']}").json() == found[0]
    withdrawn = api("POST", f"/consents/{found[0]['id']}/withdraw", {"reason": "asked by mail"}).json()
    assert withdrawn["withdrawn_at"]
    family.refresh_from_db()
    assert family.revoked_at
    told = api("POST", "/consents/withdraw", {"person": str(person.pk), "reason": "again"}).json()
    assert told == {"clients": 0, "ended": 0}
    assert AuditEvent.objects.filter(event="consent:withdrawn", reason="asked by mail").exists()


def test_the_audit_log_is_searched_and_exported_and_counters_are_read(api: API, app: App) -> None:
    scope = api.make("/scopes", name="a:b")
    api("PATCH", f"/scopes/{scope['id']}", {"title": "A"}, if_match="*", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    (event,) = api("GET", f"/audit-events?trace_id={'a' * 32}&event=scope:changed").json()["items"]
    assert event["actor"].startswith("client:admin-tokens.")
    assert (event["object"], event["changes"]) == ("a:b", {"title": ["", "A"]})
    assert api("GET", f"/audit-events/{event['id']}").json() == event
    since = (clock.now() - timedelta(hours=1)).isoformat().replace("+", "%2B")
    first = api("GET", f"/audit-events?limit=1&since={since}").json()
    second = api("GET", f"/audit-events?limit=1&since={since}&cursor={first['next']}").json()
    assert first["items"][0]["id"] > second["items"][0]["id"]
    for path in ("/audit-events", "/audit-events/export", "/usage"):
        assert api("GET", f"{path}?since=0001-01-01T00:00:00%2B14:00").status_code == 400
        assert api("GET", f"{path}?until=9999-12-31T23:59:59-14:00").status_code == 400
    answer = api("GET", "/audit-events/export?event=scope:changed")
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert {line["object"] for line in lines} == {"a:b"}
    assert AuditEvent.objects.filter(event="audit:exported").exists()

    at = clock.now().replace(minute=0, second=0, microsecond=0)
    for client_id in ("", app.client_id, "of another issuer"):
        Counter.objects.create(client_id=client_id, span="hour", at=at, name="token:refresh_token", count=3)
    (row,) = api("GET", "/usage?span=hour").json()["items"]
    assert (row["client_id"], row["count"]) == ("", 3)
    assert len(api("GET", f"/usage?client_id={app.client_id}").json()["items"]) == 1
    assert api("GET", "/usage?client_id=of%20another%20issuer").json()["items"] == []
