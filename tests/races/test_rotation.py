"""OpenID Connect Core 1.0 §10.1.1: keys rotate while tokens are made and checked, and no check fails.

Whoever checks keeps the JWKS for its time and never fetches it again for a kid that it does not know: it would hide a key that signs
before it is published. The times are those of production, divided: a day of publication is three seconds.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from oauth_server import issuers
from oauth_server.keys import jose, rotation
from oauth_server.models import SigningKey
from tests import factories
from tests.flows import App
from tests.plugins.figures import Figure
from tests.plugins.servers import Server
from tests.races.parallel import Line, post, refresh

PUBLICATION = 3.0
CACHE = 1.0


class RelyingParty(threading.Thread):
    """Refreshes without a pause, and verifies each ID token by the JWKS that it has."""

    def __init__(self, server: Server, app: App, token: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.server, self.app, self.token, self.over = server, app, token, over
        self.tokens: list[str] = []
        self.problems: list[str] = []
        self.keys: dict[str, Any] = {}
        self.fetched = 0.0

    def run(self) -> None:
        while not self.over.is_set():
            answer = post(self.server, self.app, "/oauth2/token", **refresh(self.token))
            if answer.status != 200:
                self.problems.append(f"{answer.status} {answer.body}")
                return
            self.token = answer.body["refresh_token"]
            self._verify(answer.body["id_token"])

    def _verify(self, token: str) -> None:
        if time.monotonic() - self.fetched > CACHE:
            self.fetched = time.monotonic()
            self.keys = published(self.server)
        header = jwt.get_unverified_header(token)
        try:
            jwt.decode(token, self.keys[header["kid"]], algorithms=[header["alg"]], audience=self.app.client_id)
            self.tokens.append(token)
        except (KeyError, jwt.PyJWTError) as error:
            self.problems.append(f"{header}: {error!r}")


def published(server: Server) -> dict[str, Any]:
    status, _, body = Line(server).send("GET", "/.well-known/jwks.json")
    assert status == 200
    return {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(json.loads(body)).keys}


def rotations(times: int, settings: Any, workers: Callable[..., Server]) -> int:
    """How many ID tokens were verified."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "KEY_PUBLICATION": int(PUBLICATION), "JWKS_MAX_AGE": int(CACHE)}
    issuer, over = issuers.first(), threading.Event()
    apps = [factories.app(algorithm=algorithm) for algorithm in jose.ALGORITHMS]
    rotation.provide(issuer)
    server = workers()
    families = [factories.AuthorizationFactory(client=app.row, audiences=[server.url]) for app in apps]
    parties = [
        RelyingParty(server, app, str(factories.RefreshTokenFactory(authorization=family).clear), over)
        for app, family in zip(apps, families, strict=True)
    ]
    for party in parties:
        party.start()
    try:
        for turn in range(times):
            time.sleep(PUBLICATION + 0.2)
            each_has_used(parties, turn + 1)
            for algorithm in jose.ALGORITHMS:
                rotation.rotate(issuer, algorithm)
            assert rotation.retire(issuer) == 0
        time.sleep(CACHE)
        each_has_used(parties, times + 1)
    finally:
        over.set()
        for party in parties:
            party.join(60)
    for party in parties:
        assert party.problems == [], party.problems[:3]
        assert used(party.tokens) == times + 1, "each key signed"
    # what the first keys signed is good until it expires
    keys = published(server)
    kids = [key.kid for key in SigningKey.objects.all()]
    assert sorted(keys) == sorted(kids)
    assert len(set(kids)) == len(kids) == len(jose.ALGORITHMS) * (times + 2)
    for token in (party.tokens[0] for party in parties):
        header = jwt.get_unverified_header(token)
        jwt.decode(token, keys[header["kid"]], algorithms=[header["alg"]], options={"verify_aud": False})
    return sum(len(party.tokens) for party in parties)


def each_has_used(parties: list[RelyingParty], keys: int) -> None:
    """However slow the machine is, each key signs before the next takes its place."""
    end = time.monotonic() + 60
    while time.monotonic() < end and any(not p.problems and used(list(p.tokens)) < keys for p in parties):
        time.sleep(0.1)


def used(tokens: list[str]) -> int:
    """How many keys signed them."""
    return len(Counter(jwt.get_unverified_header(token)["kid"] for token in tokens))


@pytest.mark.pg
@pytest.mark.op("D15")
@pytest.mark.threat(114)
@pytest.mark.goal("R10")
@pytest.mark.spec("OpenID Connect Core 1.0", "10.1.1")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_no_check_fails_while_keys_rotate(settings: Any, workers: Callable[..., Server]):
    rotations(2, settings, workers)


@pytest.mark.long
@pytest.mark.threat(114)
@pytest.mark.goal("R10")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_no_check_fails_in_twenty_rotations(settings: Any, workers: Callable[..., Server], figure: Figure):
    began = time.monotonic()
    checked = rotations(20, settings, workers)
    text = f"20 rotations of {len(jose.ALGORITHMS)} algorithms, {checked:,} ID tokens verified: none in vain"
    figure("R10", text, time.monotonic() - began)
