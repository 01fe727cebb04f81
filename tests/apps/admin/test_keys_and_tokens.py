"""Keys are rotated, tokens are revoked, the log is read."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import clock
from oauth_server.deeds import blast_radius
from oauth_server.models import AuditEvent, Client, Issuer, SigningKey
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import PASSWORD, ROWS, last_event, list_of, long_ago, new_family, new_tokens, of
from tests.factories import AudienceFactory, SessionFactory


def _rotate(browser: Browser, key: SigningKey, **values: str) -> Any:
    form = {
        "action": "rotate",
        "_selected_action": str(key.pk),
        "confirmed": "1",
        "password": PASSWORD,
        "note": "due",
        **values,
    }
    return browser.post(list_of("signingkey"), form, follow=True)


@pytest.mark.parametrize("deed", ["disable", "delete_selected"])
def test_rows_that_are_gone_meanwhile_are_told(operator: Browser, client: Client, deed: str) -> None:
    form = {"action": deed, "_selected_action": str(client.pk + 1), "confirmed": "1", "note": "x"}
    assert "What was chosen is no longer there." in operator.post(list_of("client"), form, follow=True).content.decode()


def test_a_key_is_rotated_once_clients_can_know_the_next(operator: Browser, issuer: Issuer) -> None:
    key = issuer.keys.get(algorithm="ES256", state="active")
    assert "nothing is rotated" in _rotate(operator, key).content.decode()
    assert issuer.keys.get(algorithm="ES256", state="active") == key
    following = issuer.keys.get(algorithm="ES256", state="next")
    SigningKey.objects.filter(pk=following.pk).update(created=clock.now() - timedelta(days=2))
    assert f"{following.kid} signs now" in _rotate(operator, key).content.decode()
    assert issuer.keys.get(algorithm="ES256", state="active") == following
    assert (last_event().event, last_event().object) == ("key:rotated", following.kid)


@pytest.mark.threat(95)
def test_forcing_a_rotation_needs_the_password(operator: Browser, issuer: Issuer) -> None:
    key = issuer.keys.get(algorithm="RS256", state="active")
    long_ago(operator)
    _rotate(operator, key, force="on", password="wrong")
    assert issuer.keys.get(algorithm="RS256", state="active") == key
    _rotate(operator, key, force="on")
    assert issuer.keys.get(algorithm="RS256", state="active") != key
    assert last_event().reason == "forced"


@pytest.mark.bar("O9")
@pytest.mark.threat(56)
@pytest.mark.parametrize(
    ("table", "deed", "dead"),
    [
        ("accesstoken", "revoke_tokens", {"access_token"}),
        ("accesstoken", "revoke_families", {"access_token", "refresh_token"}),
        ("refreshtoken", "revoke_families", {"access_token", "refresh_token"}),
        ("authorization", "revoke_families", {"access_token", "refresh_token"}),
    ],
)
def test_tokens_are_revoked_alone_and_with_their_family(
    table: str, deed: str, dead: set[str], operator: Browser, tokens: IssuedTokens
) -> None:
    row = operator.get(list_of(table)).context["cl"].result_list[0]
    form = {"action": deed, "_selected_action": str(row.pk)}
    asked = operator.post(list_of(table), form).content.decode()
    many = 1 if "refresh_token" in dead else 0
    told = f"for ada@example.org — authorizations: {many}, refresh tokens: {many}, stored access tokens: 1."
    assert f"Photo Market {told}" in asked
    operator.post(list_of(table), {**form, "confirmed": "1", "note": "lost"})
    assert "Nothing that lives is stored for it." in operator.post(list_of(table), form).content.decode()
    for name in ("access_token", "refresh_token"):
        assert lookup.find(getattr(tokens, name)).active is (name not in dead)  # type: ignore[union-attr]
    assert last_event().event in {"token:revoked", "family:revoked"}


@pytest.mark.bar("O9")
def test_what_ends_with_a_sign_in_or_an_authorization_is_said_by_client_and_person(
    operator: Browser, client: Client, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(table: str, deed: str, *rows: Any) -> str:
        form = {"action": deed, "_selected_action": [str(row.pk) for row in rows]}
        return operator.post(list_of(table), form).content.decode()

    session = SessionFactory(user=person)
    lasting = new_family(client, person, session=session, scope="openid offline_access")
    new_tokens(new_family(client, person, session=session))
    new_tokens(lasting)
    one = "authorizations: 1, refresh tokens: 1, stored access tokens: 1."
    ends = asked("session", "end", session)
    assert f"Photo Market for ada@example.org — {one}" in ends
    assert "APIs that check JWTs" not in ends
    AudienceFactory(identifier="https://api.example.com", token_format="jwt")
    own = new_family(client)
    both = asked("authorization", "revoke_families", lasting, own)
    assert "Photo Market for itself — authorizations: 1, refresh tokens: 0, stored access tokens: 0." in both
    assert f"Photo Market for ada@example.org — {one}" in both
    assert "APIs that check JWTs by themselves take one until" in both
    monkeypatch.setattr(blast_radius, "SHOWN", 1)
    assert "There is more, of other clients or people." in asked("authorization", "revoke_families", lasting, own)


def test_the_state_of_a_token_is_said(operator: Browser, client: Client, tokens: IssuedTokens) -> None:
    def state(table: str) -> str:
        row = operator.get(list_of(table)).context["cl"]
        return str(row.model_admin.state(row.result_list[0]))

    assert (state("accesstoken"), state("authorization")) == ("active", "live")
    with time_machine.travel(timedelta(hours=2)):
        assert (state("accesstoken"), state("refreshtoken")) == ("expired", "active")
    operator.post(
        list_of("client"),
        {"action": "revoke_tokens", "_selected_action": str(client.pk), "confirmed": "1", "note": "x"},
    )
    assert state("accesstoken") == "everything before a time was revoked"
    assert state("authorization") == "revoked with all of its client or issuer"


def test_the_log_is_searched_and_filtered(operator: Browser, client: Client, person: Any) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    form = {"action": "disable", "_selected_action": str(client.pk), "confirmed": "1", "note": "x"}
    answer = operator.post(list_of("client"), form, headers=headers)
    assert answer["X-Trace-Id"] == trace
    for query, number in [
        ({"q": trace}, 2), ({"q": client.client_id}, 3), ({"event": "client:created"}, 1), ({"q": "nothing"}, 0)
    ]:  # fmt: skip
        assert len(operator.get(list_of("auditevent"), query).context["cl"].result_list) == number, query
    event = AuditEvent.objects.filter(trace_id=trace)[0]
    assert (event.actor, event.address) == ("staff:operator@example.org", "127.0.0.1")


@pytest.mark.threat(95)
def test_the_log_cannot_be_changed_from_here(operator: Browser, client: Client) -> None:
    event = last_event()
    for page in ("change", "delete"):
        answer = operator.post(of(AuditEvent, page, event.pk), {"post": "yes", "actor": "nobody", "event": "x"})
        assert answer.status_code == 403
    operator.post(list_of("auditevent"), {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert AuditEvent.objects.filter(pk=event.pk, actor=event.actor).exists()


@pytest.mark.threat(79)
def test_every_page_of_a_table_carries_the_headers_of_a_page_for_people(
    operator: Browser, client: Client, person: Any
) -> None:
    urls = [*map(list_of, ROWS), of(Client, "add"), of(Client, "change", client.pk), of(Client, "delete", client.pk)]
    urls += [reverse("admin:oauth_server_token"), reverse("admin:oauth_server_client_secret", args=[client.pk])]
    for url in urls:
        answer = operator.get(url)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.threat(80)
def test_markup_in_a_name_stays_text(operator: Browser, client: Client, tokens: IssuedTokens) -> None:
    sink = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    Client.objects.filter(pk=client.pk).update(name=sink)
    Issuer.objects.update(name=sink)
    ask = {"action": "disable", "_selected_action": str(client.pk)}
    pages = [operator.get(list_of(table)) for table in ROWS]
    pages += [operator.get(of(Client, page, client.pk)) for page in ("change", "delete", "history")]
    pages += [
        operator.post(list_of("client"), ask),
        operator.post(reverse("admin:oauth_server_token"), {"token": tokens.access_token}),
    ]
    pages += [operator.get(reverse("admin:oauth_server_client_secret", args=[client.pk]))]
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()
