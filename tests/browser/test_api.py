"""The page on which staff try the management API: Swagger UI under the policy of this server's pages."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_page, violations
from tests.browser.test_admin import operator, server
from tests.plugins.servers import Server

__all__ = ["operator", "server"]


@pytest.mark.bar("D5.2")
def test_staff_tries_the_api_in_the_browser(server: Server, operator: Page, console: Any) -> None:
    operator.goto(f"{server.url}/api/v1/docs")
    expect(operator.get_by_role("heading", name="Management API")).to_be_visible()
    assert violations(operator) == []
    operator.locator("#operations-tag-scopes").click()
    act = operator.locator("#operations-scopes-get_scopes")
    act.get_by_role("button").first.click()
    act.get_by_role("button", name="Try it out").click()
    act.get_by_role("button", name="Execute").click()
    expect(act.locator(".live-responses-table")).to_contain_text('"name": "openid"')
    check_page(operator)
