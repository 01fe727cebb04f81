"""Keys on their time line, rotated and revoked with the consequences in sight; the incident switch."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import clock
from oauth_server.keys import rotation
from oauth_server.models import Audience, Client, Issuer, SigningKey
from oauth_server.tokens import lookup
from tests.apps.admin.conftest import events, last_event, new_family, new_tokens

CONFIRMED = "the laptop that held it is gone"


@pytest.mark.bar("O8.1", "O8.2")
@pytest.mark.threat(114)
def test_each_key_stands_on_its_time_line_and_is_revoked_with_the_consequences_in_sight(
    operator: Browser, client: Client, person: Any
) -> None:
    issuer = client.issuer
    Audience.objects.create(
        issuer=issuer, identifier="https://api.example.com", name="Orders API", token_format="jwt", algorithm="ES256"
    )
    tokens = new_tokens(new_family(client, person), "jwt")
    url = reverse("admin:oauth_server_keys")
    active, following = (
        issuer.keys.get(algorithm="ES256", state="active"),
        issuer.keys.get(algorithm="ES256", state="next"),
    )
    old = clock.now() - timedelta(days=200)
    SigningKey.objects.filter(pk=active.pk).update(created=old, activated=old)
    text = operator.get(url).content.decode()
    for told in (
        active.kid,
        following.kid,
        "200 days old",
        "Older than it should be",
        "may sign from",
        "Orders API",
        "Photo Market",
        "if it is rotated now",
    ):
        assert told in text
    for private in SigningKey.objects.values_list("sealed", flat=True):
        assert private not in text
    assert "&quot;kty&quot;: &quot;EC&quot;" in text, "the key set as clients see it"
    rotation.rotate(issuer, "ES256", force=True)
    (algorithm, places, _), *_ = operator.get(url, {"issuer": str(issuer.pk)}).context["algorithms"]
    assert (algorithm, [place.key.state for place in places]) == ("ES256", ["next", "active", "retiring"])
    retiring = places[2]
    assert retiring.tokens_until == retiring.key.retired + timedelta(seconds=rotation.longest_lifetime(issuer))
    assert operator.get(url, {"issuer": "x"}).status_code == 200

    preview = f"{reverse('admin:oauth_server_revoke')}?what=key&key={active.kid}"
    page = operator.get(preview)
    for told in (
        "Nothing that this key signed is valid any more",
        "Refresh tokens and opaque access tokens go on",
        "cannot be undone",
    ):
        assert told in page.content.decode()
    assert page.context["radius"].jwt_authorizations.value == 1
    assert page.context["radius"].jwts_until == retiring.tokens_until
    assert operator.post(preview, {"note": CONFIRMED, "confirmation": active.kid}).status_code == 302
    assert (last_event().event, last_event().object, last_event().reason) == ("key:revoked", active.kid, CONFIRMED)
    assert lookup.find(tokens.access_token) is None
    assert lookup.find(tokens.refresh_token).active  # type: ignore[union-attr]
    assert active.kid not in str(operator.get("/.well-known/jwks.json").json())
    # the one that signs: its successor takes over at once
    operator.post(
        f"{reverse('admin:oauth_server_revoke')}?what=key&key={following.kid}",
        {"note": "too", "confirmation": following.kid},
    )
    assert issuer.keys.get(algorithm="ES256", state="active").kid not in {active.kid, following.kid}
    assert issuer.keys.filter(algorithm="ES256", state="next").exists()
    following.refresh_from_db()
    assert (following.state, following.sealed) == ("revoked", "")


@pytest.mark.bar("O9", "O12.2")
@pytest.mark.threat(56)
def test_the_incident_switch_is_turned_with_a_reason_seen_and_turned_back(
    operator: Browser, client: Client, person: Any, issuer: Issuer
) -> None:
    tokens = new_tokens(new_family(client, person))
    url = reverse("admin:oauth_server_issuer_incident", args=[issuer.pk])
    home = reverse("admin:index")
    assert url in operator.get(reverse("admin:oauth_server_issuer_change", args=[issuer.pk])).content.decode()
    for wrong in (
        {"begin": "1", "stop": "on", "confirmation": issuer.identifier},
        {"begin": "1", "stop": "on", "note": "x", "confirmation": "it"},
        {"begin": "1", "note": "x", "confirmation": issuer.identifier},
    ):
        assert operator.post(url, wrong).context["begin"].errors
    assert "issues nothing" not in operator.get(home).content.decode()
    operator.post(url, {"begin": "1", "stop": "on", "note": "a <b>leak</b>", "confirmation": issuer.identifier})
    at_home = operator.get(home).content.decode()
    assert "issues nothing" in at_home
    assert url in at_home
    assert "a &lt;b&gt;leak" in operator.get(url).content.decode()
    assert lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    form = {"begin": "1", "revoke_everything": "on", "note": "worse", "confirmation": issuer.identifier}
    assert operator.post(url, form).status_code == 302
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]
    assert operator.post(url, {"end": "1", "note": ""}).context["end"].errors
    operator.post(url, {"end": "1", "note": "fixed"})
    assert "issues nothing" not in operator.get(home).content.decode()
    assert events()[-3:] == ["issuer:stopped", "issuer:tokens_revoked", "issuer:resumed"]
