"""What has to end is chosen, previewed, confirmed by its name and with a reason, and ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import clock
from oauth_server.deeds import blast_radius
from oauth_server.models import Authorization, Client
from oauth_server.tokens import lookup, revoke
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import events, last_event, long_ago, new_family, new_tokens

pytestmark = [pytest.mark.bar("O9"), pytest.mark.threat(56)]


@pytest.fixture
def page(db: None) -> str:
    return reverse("admin:oauth_server_revoke")


def test_the_preview_names_what_will_stop_and_only_the_typed_name_with_a_reason_ends_it(
    operator: Browser, page: str, client: Client, person: Any, tokens: IssuedTokens
) -> None:
    Client.objects.filter(pk=client.pk).update(name="<b>Photos</b>")
    chosen = operator.post(page, {"choose": "1", "what": "client", "client": client.client_id})
    assert chosen["Location"] == f"{page}?what=client&client={client.client_id}"
    answer = operator.get(chosen["Location"])
    text = answer.content.decode()
    for told in ("It cannot be undone.", "sign in to it again", str(person), "&lt;b&gt;Photos", client.client_id):
        assert told in text
    assert "<b>Photos" not in text
    radius = answer.context["radius"]
    assert (str(radius.authorizations), str(radius.refresh_tokens), str(radius.access_tokens)) == ("1", "1", "1")
    assert events()[-1] == "client:created", "looking changes nothing"
    for wrong in ({"note": "leaked"}, {"confirmation": client.client_id}, {"note": "leaked", "confirmation": "Photos"}):
        assert operator.post(chosen["Location"], wrong).context["form"].errors
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    form = {"note": "the secret was on a screen", "confirmation": client.client_id}
    done = operator.post(chosen["Location"], form, follow=True)
    assert "It takes effect with the next request" in done.content.decode()
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert (last_event().reason, last_event().actor) == ("the secret was on a screen", "staff:operator@example.org")


@pytest.mark.bar("O12.2")
def test_many_are_ended_only_by_who_showed_who_they_are_and_one_by_support(
    operator: Browser, staff: Callable[..., Browser], page: str, client: Client, tokens: IssuedTokens
) -> None:
    family = Authorization.objects.get()
    many, one = f"{page}?what=client&client={client.client_id}", f"{page}?what=family&family={family.pk}"
    long_ago(operator)
    for answer in (operator.get(many), operator.post(many, {"note": "x", "confirmation": client.client_id})):
        assert answer.status_code == 302
    support = staff("view_authorization", "delete_authorization")
    assert support.get(many).status_code == 403
    assert [value for value, _ in support.get(page).context["form"].fields["what"].choices] == ["family"]
    assert staff("view_authorization", "view_client", "delete_session").get(page).status_code == 403
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert support.post(one, {"note": "asked for"}).status_code == 302
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert last_event().reason == "asked for"
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = support.cookies
    assert strict.post(one, {"note": "x"}).status_code == 403


def test_a_long_one_goes_on_where_it_stopped(
    operator: Browser, page: str, client: Client, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revoke, "BATCH", 2)
    monkeypatch.setattr("oauth_server.deeds.revocation.SECONDS", 0.0)
    for _ in range(5):
        new_family(client, person)
    url = f"{page}?what=person&person={person.pk}"
    first = operator.post(url, {"note": "gone", "confirmation": person.email})
    assert (first.context["ended"], str(first.context["left"])) == (2, "3")
    handle = first.context["handle"]
    late = new_family(client, person)
    other = f"{page}?what=client_person&client={client.client_id}&person={person.pk}"
    for address, value in ((url, "forged"), (other, handle)):
        assert "open for too long" in operator.post(address, {"handle": value}, follow=True).content.decode()
    assert Authorization.objects.filter(revoked_at=None).count() == 4
    second = operator.post(url, {"handle": handle})
    assert (second.context["ended"], str(second.context["left"])) == (4, "1")
    done = operator.post(url, {"handle": second.context["handle"]}, follow=True)
    assert "It takes effect with the next request" in done.content.decode()
    assert list(Authorization.objects.filter(revoked_at=None)) == [late]
    assert {event for event in events() if event.startswith("tokens")} == {"tokens:revoked"}


@pytest.mark.threat(99)
def test_what_names_nothing_or_is_a_token_is_told_and_gets_into_no_address(
    operator: Browser, page: str, client: Client, tokens: IssuedTokens
) -> None:
    for form in (
        {"what": "client", "client": tokens.access_token},
        {"what": "client", "client": "nobody"},
        {"what": "scope", "scope": "\x00"},
        {"what": "issuer", "before": "yesterday"},
        {"what": "x"},
        {},
    ):
        answer = operator.post(page, {"choose": "1", **form})
        assert answer.context["form"].errors, form
        if form:
            assert operator.get(page, form).context["form"].errors, form
    empty = operator.post(page, {"choose": "1", "what": "client_person", "client": client.client_id})
    assert empty.context["form"].errors == {"person": ["This field is required."]}
    assert "look it up" in operator.post(page, {"choose": "1", "what": "client", "client": "eyJ"}).content.decode()


def test_counts_are_bounded(
    operator: Browser, page: str, client: Client, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blast_radius, "MOST", 3)
    for _ in range(5):
        new_tokens(new_family(client, person, created=clock.now() - timedelta(minutes=1)))
    text = operator.get(page, {"what": "issuer", "before": "2099-01-01 00:00"}).content.decode()
    assert "more than 3" in text
