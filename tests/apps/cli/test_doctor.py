"""`oauth doctor`, against the real server and against one that does everything wrong."""

import pytest

from tests.apps.cli.conftest import Oauth
from tests.plugins.servers import Server


@pytest.mark.bar("D1.2")
def test_of_a_deployment_in_order_nothing_outside_is_to_be_changed(oauth: Oauth, server: Server) -> None:
    ran = oauth("doctor", "--endpoint", server.url, "--all", "--format", "json")
    assert ran.code == 0, ran.out
    found = ran.json["items"]
    assert [one for one in found if one["result"] != "ok"] == []
    assert {one["area"] for one in found} == {
        "address",
        "metadata",
        "clock",
        "keys",
        "cors",
        "headers",
        "proxy",
        "health",
    }
    assert sum("_endpoint answers" in one["finding"] for one in found) >= 7
    assert oauth("doctor", "--endpoint", server.url).out == ""
