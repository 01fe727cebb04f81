"""`oauth doctor`, against the real server and against one that does everything wrong."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from oauth_server import clock, fetch
from oauth_server.cli.doctor import proxy
from oauth_server.cli.doctor.site import STRANGER
from oauth_server.models import SigningKey
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


@pytest.mark.bar("D1.2")
def test_beside_the_server_settings_mail_cache_and_housekeeping_are_looked_at_too(
    oauth: Oauth, at_server: Server
) -> None:
    ran = oauth("doctor", "--all", "--format", "json")
    found = ran.json["items"]
    assert {one["area"] for one in found} >= {"settings", "mail", "cache", "jobs", "metadata"}
    assert all(one["change"] for one in found if one["result"] != "ok")
    assert ran.code == (1 if any(one["result"] == "error" for one in found) else 0)
    lines = oauth("doctor").out.splitlines()
    assert sum(line.startswith(("WARNING", "ERROR")) for line in lines) == sum(one["result"] != "ok" for one in found)
    jobs = next(line for line in lines if "clear_expired" in line)
    assert lines[lines.index(jobs) + 1].strip().startswith("→ Run it from cron")
    assert any("at it for 0 of 90 days" in one["finding"] for one in found if one["area"] == "keys")
    SigningKey.objects.filter(state="active", algorithm="ES256").update(activated=clock.now() - timedelta(days=100))
    aged = oauth("doctor", "--format", "json").json["items"]
    (old,) = [one for one in aged if one["area"] == "keys"]
    assert (old["result"], "older than KEY_LIFETIME" in old["finding"]) == ("warning", True)
    assert "rotate_keys" in old["change"]


def test_an_error_page_of_debug_is_called_so_and_not_a_fault_of_the_proxy() -> None:
    class Debugging:
        discovery_url = url = "http://localhost"
        scheme = "http"
        metadata: dict[str, str] = {}

        def get(self, url: str, headers: Mapping[str, str] | None = None) -> fetch.Response:
            page = f"DisallowedHost: {STRANGER}, because you have <code>DEBUG = True</code>"
            return fetch.Response(400, {}, page.encode())

    told = [finding.what for finding in proxy.check(Debugging())]  # type: ignore[arg-type]
    assert set(told) == {"DEBUG is on: error pages show settings and source code"}
