"""An app that wants to know when its people sign out, and what it hears of it."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests import factories
from tests.flows import App

GOODBYE = "https://rp.example/goodbye"
LOGOUT = "/oauth2/sessions/logout"


@pytest.fixture
def switch(settings: Any) -> Callable[..., None]:
    """`switch(SESSION_MANAGEMENT=True)`: settings of the server, for this test."""

    def change(**values: Any) -> None:
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **values}

    return change


class Listener:
    """A client's address for sign-outs: what came, and what it answers next."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/backchannel?tenant=7")
        self.requests: list[Request] = []
        self.status = 200
        server.expect_request("/backchannel").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        assert request.form is not None
        self.requests.append(request)
        return Response(status=self.status)

    @property
    def tokens(self) -> list[str]:
        return [request.form["logout_token"] for request in self.requests]


@pytest.fixture
def listener(httpserver: HTTPServer, switch: Callable[..., None]) -> Listener:
    switch(FETCH_PRIVATE_HOSTS=["localhost"])
    return Listener(httpserver)


@pytest.fixture
def rp(db: None) -> App:
    """A relying party with an address to go to after signing out, and one for each channel."""
    return factories.app(
        post_logout_redirect_uris=f"{GOODBYE} https://rp.example/bye?tenant=7",
        frontchannel_logout_uri="https://rp.example/frontchannel?tenant=7",
        backchannel_logout_uri="https://rp.example/backchannel",
    )


@pytest.fixture
def quiet_rp(db: None) -> App:
    """One that nobody tells of a sign-out."""
    return factories.app(post_logout_redirect_uris=f"{GOODBYE} https://rp.example/bye?tenant=7")
