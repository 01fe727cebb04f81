"""A secret is on one page, once; no page holds a token, a digest or a private key."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import clock
from oauth_server.client_auth import secret
from oauth_server.models import Client, SigningKey
from oauth_server.tokens.issue import IssuedTokens
from tests.apps.admin.conftest import CALLBACK, ROWS, digests_of, events, last_event, list_of

ADD = "admin:oauth_server_client_add"


def shown_in(answer: Any) -> str:
    found = re.search(r'<code id="client-secret">(oas_cs_\w+)</code>', answer.content.decode())
    return found[1] if found else ""


def new_client_form(browser: Browser, **changes: Any) -> dict[str, Any]:
    page = browser.get(reverse(ADD))
    form = page.context["adminform"].form
    return {
        "issuer": str(form.get_initial_for_field(form.fields["issuer"], "issuer")),
        "once": form["once"].value(),
        "name": "Photo Market",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": CALLBACK,
        "token_endpoint_auth_method": "client_secret_basic",
        "refresh_token_rule": "offline_access",
        "require_pkce": "on",
        "algorithm": "RS256",
        "subject_type": "public",
        **changes,
    }


@pytest.fixture
def new_secret(client: Client) -> str:
    return reverse("admin:oauth_server_client_secret", args=[client.pk])


def secret_form(browser: Browser, url: str, **changes: Any) -> dict[str, Any]:
    once = browser.get(url).context["form"]["once"].value()
    return {"once": once, "name": "from summer", "days": "30", "confirmed": "1", **changes}


@pytest.mark.seed("S-34")
@pytest.mark.threat(90, 95)
def test_the_secret_of_a_new_client_is_on_the_answer_and_nowhere_else(operator: Browser) -> None:
    answer = operator.post(reverse(ADD), new_client_form(operator))
    value, client = shown_in(answer), Client.objects.get()
    assert secret.verify(client, value, "127.0.0.1")
    assert "no-store" in answer["Cache-Control"]
    assert value not in "".join(f"{name}: {text}" for name, text in answer.items())
    change = reverse("admin:oauth_server_client_change", args=[client.pk])
    history = reverse("admin:oauth_server_client_history", args=[client.pk])
    delete = reverse("admin:oauth_server_client_delete", args=[client.pk])
    for url in (change, history, delete, reverse(ADD), *map(list_of, ROWS), reverse("admin:index")):
        page = operator.get(url).content.decode()
        assert value not in page
        assert not [stored for stored in digests_of(client) if stored in page], url
    assert value not in str(dict(operator.session)) + str(operator.cookies)
    assert not [row for row in client.__class__.objects.values() if value in str(row)]


def test_sending_the_form_again_makes_no_second_client(operator: Browser) -> None:
    form = new_client_form(operator)
    assert shown_in(operator.post(reverse(ADD), form))
    again = operator.post(reverse(ADD), form)
    assert shown_in(again) == ""
    assert "sent before" in again.content.decode()
    assert Client.objects.count() == 1


def test_a_form_that_was_refused_is_sent_again_with_the_mistake_mended(operator: Browser) -> None:
    form = new_client_form(operator)
    assert shown_in(operator.post(reverse(ADD), {**form, "redirect_uris": "http://photos.example/"})) == ""
    assert shown_in(operator.post(reverse(ADD), form))


def test_a_public_client_has_no_secret(operator: Browser) -> None:
    answer = operator.post(reverse(ADD), new_client_form(operator, token_endpoint_auth_method="none"), follow=True)
    client = Client.objects.get()
    assert shown_in(answer) == ""
    assert not client.secrets.exists()
    assert (
        "New secret" not in operator.get(reverse("admin:oauth_server_client_change", args=[client.pk])).content.decode()
    )
    refused = operator.get(reverse("admin:oauth_server_client_secret", args=[client.pk]), follow=True)
    assert "This client has no secret" in refused.content.decode()


@pytest.mark.seed("S-34")
def test_a_second_secret_is_shown_once_and_both_are_valid(
    operator: Browser, client_and_secret: tuple[Client, str], new_secret: str
) -> None:
    client, first = client_and_secret
    form = secret_form(operator, new_secret)
    answer = operator.post(new_secret, form)
    second = shown_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert secret.verify(client, first, "127.0.0.1")
    assert secret.verify(client, second, "127.0.0.1")
    row = client.secrets.get(name="from summer")
    assert row.expires is not None
    assert 29 <= (row.expires - clock.now()).days <= 30
    assert shown_in(operator.post(new_secret, form)) == ""
    assert client.secrets.count() == 2
    page = operator.get(reverse("admin:oauth_server_client_change", args=[client.pk])).content.decode()
    assert "from summer" in page
    assert second not in page
    assert events()[-1] == "secret:created"


@pytest.mark.threat(95)
def test_a_secret_is_retired_for_a_reason_and_refused_at_once(
    operator: Browser, client_and_secret: tuple[Client, str], new_secret: str
) -> None:
    client, first = client_and_secret
    second = shown_in(operator.post(new_secret, secret_form(operator, new_secret)))
    oldest = client.secrets.order_by("pk")[0]
    url = reverse("admin:oauth_server_client_retire", args=[client.pk, oldest.pk])
    assert "Retire this secret?" in operator.get(url).content.decode()
    assert client.secrets.count() == 2
    assert operator.post(url, {}).status_code == 200
    assert client.secrets.count() == 2
    assert operator.post(url, {"note": "it was in a log"}).status_code == 302
    assert not secret.verify(client, first, "127.0.0.1")
    assert secret.verify(client, second, "127.0.0.1")
    assert (last_event().event, last_event().note) == ("secret:deleted", "it was in a log")


def test_a_secret_is_retired_at_its_own_client_only(operator: Browser, client: Client) -> None:
    other = Client.objects.create(issuer=client.issuer, name="Other")
    url = reverse("admin:oauth_server_client_retire", args=[other.pk, client.secrets.get().pk])
    assert operator.post(url).status_code == 404
    assert client.secrets.count() == 1


@pytest.mark.threat(95, 99)
def test_no_page_of_a_row_holds_a_token_a_digest_or_a_private_key(
    operator: Browser, client: Client, person: Any, tokens: IssuedTokens
) -> None:
    for make in ROWS.values():
        make(client, person, 1)
    hidden = [*digests_of(client), tokens.access_token, tokens.refresh_token]
    for table in ROWS:
        for row in operator.get(list_of(table)).context["cl"].result_list[:3]:
            page = operator.get(reverse(f"admin:oauth_server_{table}_change", args=[row.pk]))
            assert page.status_code == 200, table
            assert not [value for value in hidden if value and value in page.content.decode()], table


@pytest.mark.threat(95)
def test_a_signing_key_shows_its_public_part_alone(operator: Browser, client: Client) -> None:
    key = SigningKey.objects.filter(algorithm="RS256")[0]
    page = operator.get(reverse("admin:oauth_server_signingkey_change", args=[key.pk])).content.decode()
    assert key.public["n"] in page
    assert not {"&quot;d&quot;", "&quot;p&quot;", "&quot;q&quot;", "sealed"} & set(page.split('"'))
    assert "&quot;d&quot;" not in page


@pytest.mark.threat(95)
def test_no_view_makes_a_key_a_token_or_an_authorization(operator: Browser, staff: Callable[..., Browser]) -> None:
    for table in ("signingkey", "accesstoken", "refreshtoken", "authorization", "session", "auditevent"):
        assert operator.get(reverse(f"admin:oauth_server_{table}_add")).status_code == 403
        assert operator.post(reverse(f"admin:oauth_server_{table}_add"), {}).status_code == 403
