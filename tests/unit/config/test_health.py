"""The container's health check."""

import pytest
from pytest_httpserver import HTTPServer

from config.health import healthy
from tests.plugins.servers import free_port


@pytest.mark.parametrize(("status", "expected"), [(200, True), (404, False), (503, False)])
def test_the_metadata_decides(httpserver: HTTPServer, status: int, expected: bool) -> None:
    asked = httpserver.expect_request(
        "/.well-known/openid-configuration", headers={"Host": "id.example.com", "X-Forwarded-Proto": "https"}
    )
    asked.respond_with_data("{}", status=status)
    assert healthy(httpserver.port, "https://id.example.com") is expected
    httpserver.check()


def test_no_server_is_not_healthy() -> None:
    assert healthy(free_port(), "https://id.example.com") is False
